"""Stages on the pages: side by side, explained, overridden after a look, and what differs today."""

import html
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from cases import services
from cases.models import Staging
from cases.models.staging import Basis
from tests import factories
from tests.cases.pages import of
from tests.cases.told import facts_of

pytestmark = pytest.mark.django_db
PRE = Basis.PRE_TREATMENT
VIEWS = ["stage_override", "stage_withdraw"]
TEAM_ROLES = [
    role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role] and role != Role.HOSPITAL_SYSTEM
]


def day(n):
    return date(2026, 11, n)


@pytest.fixture
def staged(old, held, seen, found):
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=82, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")
    return standing(old)


def standing(episode, basis=PRE):
    return Staging.objects.filter(episode=episode).standing().get(basis=basis)


@pytest.fixture
def shown(sign_in, surgeon, case):
    def shown(user=None):
        page = sign_in(user or surgeon).get(reverse("desk:case", args=[case.reference]))
        return html.unescape(page.text)

    return shown


def test_pre_treatment_and_integrated_stand_side_by_side(shown, staged, found):
    found(
        day(12), "planned_excision", size_mm=104, differentiation_score=3, mitoses_score=3, necrosis_score=1
    )
    page = shown()
    assert page.index("Pre-treatment: Stage IIIA") < page.index("Integrated: Stage IIIB")
    assert "cT2 N0 cM0 G2" in page
    assert "pT3 N0 cM0 G3" in page
    assert "AJCC, 8th edition" in page
    assert "Recorded " in page


def test_the_other_edition_is_pointed_out(shown, staged, seen):
    seen(day(5), node_status="N1")
    assert "UICC 8 would give IIIB." in shown()


def test_the_teams_edition_of_today_is_named_where_it_is_another(shown, staged, seen, team):
    seen(day(5), node_status="N1")
    team.staging_edition = "UICC8"
    team.save()
    assert "UICC 8 would give IIIB. UICC 8 is the edition in which the team stages now." in shown()


def test_tables_that_changed_since_are_shown_and_rewrite_nothing(shown, old, staged):
    Staging.objects.filter(pk=staged.pk).update(group="IIIB")
    assert "with the tables of today: IIIA." in shown()
    assert standing(old).group == "IIIB"


def test_facts_that_changed_since_are_shown(shown, old, staged):
    old.refresh_from_db()
    old.facts["size_mm"] = 120
    old.save()
    assert "Recorded IIIA under AJCC 8 on " in shown()
    assert "with the facts of today: IIIB." in shown()


def test_a_combination_that_cannot_be_is_a_warning_on_the_page(shown, held):
    held(day(1), "8936/3", "C49.2")
    assert "A GIST arises in the gastrointestinal tract" in shown()


def test_a_biopsys_grade_is_a_minimum_wherever_it_is_shown(sign_in, surgeon, shown, staged):
    assert "At least grade 2" in shown()
    assert "At least 2 (high)" in shown()
    assert "At least 2 (high)" in sign_in(surgeon).get(reverse("cases:list")).text


def test_the_stage_is_overridden_after_a_look_at_what_will_hold(sign_in, surgeon, case, old, staged, shown):
    client = sign_in(surgeon)
    page = html.unescape(client.get(of("stage_override", case, PRE)).text)
    assert "T3, over 100 and up to 150 mm" in page
    assert "As worked out: T2" in page
    typed = {"version": staged.pk, "family": "", "t": "T3", "reason": "The satellite belongs to it"}
    looked = client.post(of("stage_override", case, PRE), typed)
    assert "This will hold: pre-treatment stage IIIB (T3 N0 M0)." in looked.text
    assert not standing(old).is_overridden
    seen = {"confirmed": "yes", "seen": "pre-treatment stage IIIB (T3 N0 M0)"}
    assert client.post(of("stage_override", case, PRE), typed | seen).status_code == 302
    page = shown()
    assert f"Overridden by {surgeon.full_name}" in page
    assert "The satellite belongs to it" in page
    assert "Worked out: stage IIIA (T2 N0 M0)" in page


def test_what_was_not_looked_at_is_shown_before_it_is_saved(sign_in, surgeon, case, old, staged):
    typed = {"version": staged.pk, "t": "T4", "reason": "Measured again", "confirmed": "yes"}
    typed["seen"] = "pre-treatment stage IIIB (T3 N0 M0)"
    assert (
        "This will hold: pre-treatment stage IIIB (T4 N0 M0)."
        in sign_in(surgeon).post(of("stage_override", case, PRE), typed).text
    )
    assert not standing(old).is_overridden


def test_another_table_brings_its_own_categories(sign_in, surgeon, case, old, staged):
    client = sign_in(surgeon)
    page = html.unescape(client.get(of("stage_override", case, PRE) + "?family=head_neck").text)
    assert "T4a, invades orbit" in page
    assert "As worked out: T3" in page
    typed = {"version": staged.pk, "family": "retroperitoneum", "n": "N1", "reason": "It arises behind"}
    said = "pre-treatment stage IIIB (T2 N1 M0)"
    client.post(of("stage_override", case, PRE), typed | {"confirmed": "yes", "seen": said})
    assert facts_of(old)["family"] == "retroperitoneum"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"reason": ""}, "is needed"),
        ({"t": ""}, "Nothing differs from what was worked out"),
        ({"t": "T9"}, "Choose from the list"),
        ({"reason": "x" * 501}, "must be 500 characters or fewer"),
    ],
)
def test_an_impossible_override_is_refused_and_nothing_typed_is_lost(
    sign_in, surgeon, case, old, staged, told, words
):
    typed = {"version": staged.pk, "t": "T3", "n": "N1", "reason": "Measured again"} | told
    if told == {"t": ""}:
        typed["n"] = ""
    page = html.unescape(sign_in(surgeon).post(of("stage_override", case, PRE), typed).text)
    assert words in page
    assert typed["reason"][:50] in page
    assert not standing(old).is_overridden


def test_a_stage_that_changed_meanwhile_is_a_conflict(sign_in, surgeon, case, staged, seen):
    seen(day(5), size_mm=120)
    typed = {"version": staged.pk, "t": "T4", "reason": "Measured again"}
    answer = sign_in(surgeon).post(of("stage_override", case, PRE), typed)
    assert answer.status_code == 409
    assert "Someone else changed this" in answer.text
    assert "Measured again" in answer.text


def test_an_override_is_withdrawn_with_a_reason(sign_in, surgeon, case, old, staged, shown):
    row = services.override_stage(
        episode=old, basis=PRE, version=staged.pk, values={"t": "T3"}, reason="Oedema counted", by=surgeon
    )
    client = sign_in(surgeon)
    assert "What was worked out holds again: stage IIIA" in client.get(of("stage_withdraw", case, PRE)).text
    typed = {"version": row.pk, "reason": "It was oedema"}
    assert client.post(of("stage_withdraw", case, PRE), typed).status_code == 302
    assert "An override was withdrawn: It was oedema" in shown()
    records = html.unescape(client.get(of("facts", case)).text)
    assert "Oedema counted" in records
    assert records.count("Pre-treatment") == 3


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("role", TEAM_ROLES)
def test_only_those_whom_the_table_names_see_the_form(sign_in, team, case, old, staged, surgeon, view, role):
    services.override_stage(
        episode=old, basis=PRE, version=staged.pk, values={"t": "T3"}, reason="Why", by=surgeon
    )
    may = Permission.OVERRIDE_STAGE in ROLE_PERMISSIONS[role]
    assert sign_in(factories.member(role, team)).get(of(view, case, PRE)).status_code == (200 if may else 403)


@pytest.mark.parametrize("view", VIEWS)
def test_another_centres_case_and_a_basis_that_is_not_there_are_not_found(
    sign_in, surgeon, case, staged, view
):
    stranger = factories.member(Role.SURGEON, factories.team())
    assert sign_in(stranger).get(of(view, case, PRE)).status_code == 404
    for basis in ("integrated", "moon"):
        assert sign_in(surgeon).get(of(view, case, basis)).status_code == 404


def test_the_pages_cost_the_same_however_many_records(
    sign_in, surgeon, case, old, staged, seen, found, override_all
):
    found(day(12), "planned_excision", size_mm=104)
    client = sign_in(surgeon)
    for address, most in ((reverse("desk:case", args=[case.reference]), 15), (of("facts", case), 20)):
        costs = []
        for n in range(2):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            costs.append(len(captured))
            override_all(f"Reason {n}")
        assert costs[0] == costs[1] <= most


@pytest.fixture
def override_all(old, surgeon):
    """Overrides every record that stands, once more."""

    def override_all(reason):
        for row in Staging.objects.filter(episode=old).standing():
            t = "T1" if row.t != "T1" else "T4"
            services.override_stage(
                episode=old, basis=row.basis, version=row.pk, values={"t": t}, reason=reason, by=surgeon
            )

    return override_all


def test_after_saving_the_stage_that_stands_is_told(old, staged, surgeon, treated, seen):
    override = {"episode": old, "basis": PRE, "version": staged.pk, "reason": "So held", "by": surgeon}
    services.override_stage(**override, values={"group": "IV"})
    old.refresh_from_db()
    assert services.stage_words(old) == f"Stage IV, AJCC, 8th edition, overridden by {surgeon}"
    treated(modality="radiotherapy", timing="neoadjuvant", started_on=day(5))
    seen(day(15), size_mm=45)
    old.refresh_from_db()
    assert services.stage_words(old) == "Stage II, AJCC, 8th edition"
