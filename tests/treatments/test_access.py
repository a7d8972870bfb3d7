"""Who may open the pages of a plan, and what the state of the plan refuses."""

import pytest
from django.urls import reverse

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from tests import factories
from tests.treatments.pages import SURGERY, in_state, new, text_of, typed, url
from tests.treatments.plans import (
    AMPUTATION,
    give_reason,
    proposed,
)
from treatments.models import Response

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ("referrer", "hospital_system", "administrator")]
TEAM_ROLES.remove(Role.INTEGRATION_ENGINEER)
P = Permission


# Who may open what


PAGES = {
    "plan": (P.SEE_CASES, "draft", "get"),
    "propose": (P.PROPOSE_PLAN, "draft", "get"),
    "discard": (P.PROPOSE_PLAN, "draft", "get"),
    "replace": (P.PROPOSE_PLAN, "proposed", "get"),
    "answer": (P.ANSWER_FINDING, "proposed", "post"),
    "check": (P.CHECK_PLAN, "proposed", "post"),
    "decline": (P.DELIVER_PLAN, "proposed", "get"),
    "hold": (P.TELL_PATIENT, "proposed", "get"),
    "start": (P.DELIVER_PLAN, "agreed", "get"),
    "not_delivered": (P.DELIVER_PLAN, "agreed", "get"),
    "complete": (P.DELIVER_PLAN, "in_progress", "get"),
}


@pytest.mark.parametrize("role", TEAM_ROLES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_the_roles_that_the_permission_table_names(
    sign_in, episode, surgeon, team, page, role
):
    permission, state, method = PAGES[page]
    plan = in_state(state, episode, surgeon)
    client = sign_in(factories.member(role, team))
    response = getattr(client, method)(url(page, plan))
    if permission in ROLE_PERMISSIONS[role]:
        assert response.status_code in (200, 302)
    else:
        assert response.status_code == 403


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_a_new_plan_and_its_preview_are_for_those_who_propose(sign_in, episode, team, role):
    client = sign_in(factories.member(role, team))
    preview = reverse("treatments:preview", args=[episode.case.reference])
    wanted = 200 if P.PROPOSE_PLAN in ROLE_PERMISSIONS[role] else 403
    assert client.get(new(episode)).status_code == wanted
    assert client.post(preview, typed(SURGERY)).status_code == wanted


@pytest.mark.parametrize("page", [*PAGES, "lift"])
def test_without_signing_in_every_page_leads_to_the_sign_in(client, episode, surgeon, page):
    plan = proposed(episode, surgeon)
    response = client.post(url(page, plan))
    assert response.status_code == 302
    assert "login" in response["Location"]


@pytest.mark.parametrize("page", [*PAGES, "lift"])
def test_a_plan_of_another_hospital_is_not_found(sign_in, episode, surgeon, page):
    plan = proposed(episode, surgeon)
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert client.post(url(page, plan)).status_code == 404


def test_a_case_of_another_hospital_is_not_found(sign_in, episode):
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    preview = reverse("treatments:preview", args=[episode.case.reference])
    assert client.get(new(episode)).status_code == 404
    assert client.post(preview, typed(SURGERY)).status_code == 404


def test_a_plan_of_another_hospital_lends_no_answers_to_a_preview(sign_in, surgeon, episode):
    other_team = factories.team()
    stranger = factories.member(Role.SURGEON, other_team)
    elsewhere = factories.episode_with_facts(other_team)
    plan = proposed(elsewhere, stranger, AMPUTATION)
    give_reason(plan, stranger, text="Secret of the other hospital.")
    preview = reverse("treatments:preview", args=[episode.case.reference])
    line = {"modality": "surgery", "procedure": "amputation"}
    response = sign_in(surgeon).post(preview, typed(line, plan=str(plan.pk)))
    assert "Secret" not in text_of(response)


def test_reading_a_plan_is_recorded(sign_in, draft, surgeon):
    sign_in(surgeon).get(url("plan", draft))
    read = Read.objects.get()
    assert read.patient_ids == [draft.episode.case.patient_id]
    assert read.view == "treatments:plan"


# Wrong state


WRONG = {
    "propose": ("proposed", "get"),
    "discard": ("proposed", "get"),
    "start": ("proposed", "get"),
    "complete": ("agreed", "get"),
    "decline": ("in_progress", "get"),
    "not_delivered": ("proposed", "get"),
    "answer": ("agreed", "post"),
    "check": ("agreed", "post"),
}


@pytest.mark.parametrize("page", WRONG)
def test_a_step_in_the_wrong_state_is_answered_409_with_the_reason(sign_in, episode, surgeon, page):
    state, method = WRONG[page]
    plan = in_state(state, episode, surgeon)
    data = {"a-SURG-2-0-text": "x"}
    response = getattr(sign_in(surgeon), method)(url(page, plan), data)
    if page == "answer":
        assert response.status_code == 302
        assert not Response.objects.exists()
    else:
        assert response.status_code == 409
        assert "This plan is" in text_of(response)


@pytest.mark.parametrize("state", ["proposed", "agreed"])
def test_a_plan_whose_content_is_fixed_is_not_changed_by_its_form(sign_in, episode, surgeon, state):
    plan = in_state(state, episode, surgeon)
    response = sign_in(surgeon).post(url("plan", plan), typed(SURGERY, version=str(plan.version)))
    assert response.status_code == 409
    assert plan.treatments.count() == 2


def test_there_is_no_new_plan_for_a_patient_who_has_died(sign_in, episode, surgeon):
    patient = episode.case.patient
    patient.is_dead = True
    patient.save()
    response = sign_in(surgeon).get(new(episode))
    assert response.status_code == 409
    assert "has died" in text_of(response)
