"""Pages of the cases room: who may see what, what is refused and how it is said, and what they cost."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from cases import services
from cases.models import Case, Referral, ReportRequest
from tests import factories
from tests.cases.pages import of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
MOST_STATEMENTS = 15


TEAM_PAGES = {
    "facts": Permission.SEE_CASES,
    "pathology_new": Permission.REPORT_PATHOLOGY,
    "imaging_new": Permission.REPORT_IMAGING,
    "report_ask": Permission.LIST_CASES,
    "patient_change": Permission.CHANGE_CASE,
    "case_change": Permission.CHANGE_CASE,
    "death": Permission.CHANGE_CASE,
    "close": Permission.CHANGE_CASE,
    "episode_new": Permission.RECORD_FACTS,
}
RECORDS = ["diagnosis", "performance-status", "biomarker", "treatment", "not-known", "staging-table"]


def pages_of(case):
    """(address, permission) of every page about one case."""
    found = [(of(view, case), permission) for view, permission in TEAM_PAGES.items()]
    return found + [(of("record", case, what), Permission.RECORD_FACTS) for what in RECORDS]


@pytest.mark.parametrize("view", ["list", "referral_list", "referral_new", "report_waiting"])
def test_lists_ask_to_sign_in(client, view):
    answer = client.get(reverse(f"cases:{view}"))
    assert answer.status_code == 302
    assert "login" in answer.url


def test_pages_of_a_case_ask_to_sign_in(client, case):
    for address, _ in pages_of(case):
        assert client.get(address).status_code == 302, address


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role]])
def test_each_page_of_a_case_opens_for_the_roles_that_the_table_names(case, team, sign_in, role):
    client = sign_in(factories.member(role, team))
    for address, permission in pages_of(case):
        expected = 200 if permission in ROLE_PERMISSIONS[role] else 403
        assert client.get(address).status_code == expected, address


def test_another_hospitals_case_is_not_found(case, sign_in, stranger):
    client = sign_in(stranger)
    for address, _ in pages_of(case):
        assert client.get(address).status_code == 404, address
        assert client.post(address).status_code in (404, 405), address


def test_a_referring_clinician_does_not_open_the_whole_record(case, sign_in, referrer):
    client = sign_in(referrer)
    for address, _ in pages_of(case):
        assert client.get(address).status_code == 404, address


def test_the_case_list_sends_a_referring_clinician_to_their_own_patients(sign_in, referrer):
    answer = sign_in(referrer).get(reverse("cases:list"))
    assert (answer.status_code, answer.url) == (302, reverse("desk:outcomes"))


@pytest.mark.parametrize("role", list(Role))
def test_lists_open_for_the_roles_that_the_table_names(team, sign_in, role):
    client = sign_in(factories.member(role, team))
    held = ROLE_PERMISSIONS[role]
    follows = {Permission.SEE_CASES, Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL} & held
    expected = {
        "referral_list": bool(follows),
        "referral_new": bool({Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL} & held),
        "report_waiting": bool({Permission.REPORT_PATHOLOGY, Permission.REPORT_IMAGING} & held),
    }
    for view, opens in expected.items():
        assert client.get(reverse(f"cases:{view}")).status_code == (200 if opens else 403), view


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(captured)


def test_lists_cost_the_same_however_many_rows(sign_in, team, coordinator, pathologist, district):
    for _ in range(8):
        case = factories.case(team)
        ReportRequest.objects.create(episode=case.current_episode, kind="pathology", asked_by=coordinator)
        Referral.objects.create(
            patient=case.patient, team=team, organisation=district, reason="x", received_on=TODAY
        )
    for person, view in [
        (coordinator, "list"),
        (coordinator, "referral_list"),
        (pathologist, "report_waiting"),
    ]:
        client = sign_in(person)
        assert statements(client, reverse(f"cases:{view}")) <= MOST_STATEMENTS, view


def test_pages_of_a_case_cost_at_most_fifteen_statements(
    sign_in, case, surgeon, pathologist, radiologist, coordinator, nurse
):
    episode = case.current_episode
    for day in range(1, 9):
        on = date(2026, 11, day)
        services.report_imaging(
            episode=episode, report={"modality": "mri", "reported_on": on}, by=radiologist
        )
        services.report_pathology(
            episode=episode, report={"kind": "biopsy", "reported_on": on}, by=pathologist
        )
        services.record_biomarker(episode=episode, name=f"Test {day}", result="x", on=on, by=surgeon)
        treatment = {"modality": "other", "text": f"{day}"}
        services.record_treatment_given(episode=episode, treatment=treatment, source="told", by=surgeon)
    Case.objects.filter(pk=case.pk).update(source="registry", source_id="1")
    for address, permission in pages_of(case):
        person = next(
            each
            for each in (coordinator, surgeon, pathologist, radiologist)
            if permission in each.active_memberships[0].permissions
        )
        assert statements(sign_in(person), address) <= MOST_STATEMENTS, address
