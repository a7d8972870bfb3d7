"""The risk of a GIST on the case page: explained, uncertain where sources differ, percentages only where turned on."""

import html
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from accounts.services import show_afip_percentages
from audit.models import Event
from cases import services
from tests import factories
from tests.cases.pages import of
from tests.cases.told import facts_of

pytestmark = pytest.mark.django_db
TEAM_ROLES = [
    role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role] and role != Role.HOSPITAL_SYSTEM
]


def day(n):
    return date(2026, 11, n)


@pytest.fixture
def gist(held, seen, found):
    """A GIST of this site, size and count."""

    def gist(site="C16.9", size_mm=71, mitoses=3, **report):
        held(day(1), "8936/3", site)
        seen(day(2), size_mm=size_mm, metastasis_status="M0")
        return found(day(3), mitoses_per_5_mm2=mitoses, **report)

    return gist


@pytest.fixture
def page(sign_in, case, nurse):
    def page(user=None):
        answer = sign_in(user or nurse).get(reverse("desk:case", args=[case.reference]))
        return html.unescape(answer.text)

    return page


@pytest.mark.parametrize(
    ("told", "risk"),
    [
        ({}, "Intermediate risk"),
        ({"site": "C17.1"}, "High risk"),
        ({"size_mm": 18}, "Very low risk"),
        ({"size_mm": 40}, "Low risk"),
        ({"mitoses": 11}, "High risk"),
        ({"size_mm": 15, "mitoses": 7, "site": "C17.1"}, "Intermediate or high: sources differ"),
        ({"size_mm": 18, "tumour_ruptured": True}, "High risk"),
    ],
)
def test_the_modified_nih_risk_follows_from_the_reports(gist, page, told, risk):
    gist(**told)
    shown = page()
    assert risk in shown
    assert "Joensuu, Hum Pathol 2008" in shown
    assert "MRI 2 Nov 2026" in shown


def test_a_gist_of_the_omentum_that_is_staged_as_gastric_has_the_column_of_the_stomach(
    gist, page, old, surgeon
):
    gist(site="C48.1")
    assert "AFIP (Miettinen" not in page()
    services.choose_family(episode=old, family="gist_gastric", by=surgeon)
    assert "AFIP (Miettinen" in page()


def test_a_rupture_seen_by_anyone_counts_and_stays(gist, page, seen, old):
    gist(size_mm=18, tumour_ruptured=False)
    seen(day(5), tumour_ruptured=True)
    assert "High risk" in page()
    seen(day(9), tumour_ruptured=False)
    assert "High risk" in page()
    facts_of(old)
    assert old.fact_sources["gist"]["ruptured"]["text"] == "MRI 5 Nov 2026"


def test_what_is_missing_is_said(held, page):
    held(day(1), "8936/3", "C16.9")
    assert "the size and the mitotic count are not recorded" in page()


def test_treatment_before_surgery_is_a_warning(gist, page, treated):
    gist()
    treated(modality="targeted_therapy", drugs=["imatinib"], timing="neoadjuvant", started_on=day(5))
    assert "the table is for tumours that were operated on first" in page()


def test_other_tumours_have_no_such_panel(held, page):
    held(day(1), "8890/3", "C16.9")
    assert "Risk of this GIST" not in page()


def test_percentages_are_shown_only_after_a_pathologist_turned_them_on(
    gist, page, sign_in, pathologist, case, team
):
    gist()
    assert "3.6 per cent" not in page()
    assert "a pathologist of the team has to turn them on" in page()
    client = sign_in(pathologist)
    assert "Published copies of this table disagree" in client.get(of("afip_percentages", case)).text
    client.post(of("afip_percentages", case), {"on": "yes"})
    shown = page()
    assert "3.6 per cent with progressive disease" in shown
    assert f"turned on by {pathologist.full_name}" in shown
    assert Event.objects.get(type="team.percentages").data == {"on": True}
    sign_in(pathologist).post(of("afip_percentages", case), {"on": "no"})
    assert "3.6 per cent" not in page()


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_only_a_pathologist_of_the_team_turns_them_on(sign_in, team, case, role):
    person = factories.member(role, team)
    answer = sign_in(person).post(of("afip_percentages", case), {"on": "yes"})
    team.refresh_from_db()
    may = Permission.SHOW_PERCENTAGES in ROLE_PERMISSIONS[role]
    assert (answer.status_code, team.afip_percentages_by_id) == ((302, person.pk) if may else (403, None))


def test_another_teams_pathologist_may_not(team):
    with pytest.raises(PermissionDenied):
        show_afip_percentages(team=team, on=True, by=factories.member(Role.PATHOLOGIST, factories.team()))


def test_turning_them_on_twice_changes_nothing(team, pathologist):
    first = show_afip_percentages(team=team, on=True, by=pathologist)
    second = show_afip_percentages(team=team, on=True, by=factories.member(Role.PATHOLOGIST, team))
    assert (second.afip_percentages_by, second.version) == (pathologist, first.version)
    assert Event.objects.filter(type="team.percentages").count() == 1
