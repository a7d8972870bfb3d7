"""Saving a plan with its answers and putting it before the MDT in one press."""

import pytest
from django.urls import reverse

from accounts.permissions import Role
from tests import factories
from tests.treatments.pages import RADIATION, SURGERY, new, text_of, typed, url
from tests.treatments.plans import AMPUTATION as AMPUTATION_PLAN
from tests.treatments.plans import content, proposed
from treatments import services
from treatments.models import Plan
from treatments.views import editing
from treatments.workflow import PlanStatus

pytestmark = pytest.mark.django_db

AMPUTATION = SURGERY | {"procedure": "amputation"}


def reason(surgeon, **more):
    answer = {"text": "The vessels are encased.", "reason_code": "technical", "given_by": surgeon.pk}
    return {f"a-SURG-2-0-{name}": value for name, value in (answer | more).items()}


def test_plan_and_answers_are_proposed_together(sign_in, episode, surgeon):
    response = sign_in(surgeon).post(
        new(episode), typed(AMPUTATION, do="propose", **reason(surgeon)), follow=True
    )
    plan = Plan.objects.get()
    assert plan.status == PlanStatus.PROPOSED
    (answer,) = services.responses_of(plan)
    assert (answer.rule, answer.text, answer.given_by) == ("SURG-2", "The vessels are encased.", surgeon)
    assert response.redirect_chain == [(url("plan", plan), 302)]
    assert "Plan 1 is proposed." in text_of(response)


def test_a_plan_is_proposed_with_what_it_still_owes(sign_in, episode, surgeon):
    sign_in(surgeon).post(new(episode), typed(AMPUTATION, do="propose"))
    plan = Plan.objects.get()
    assert plan.status == PlanStatus.PROPOSED
    assert services.newest_check(plan).verdict == "needs_reason"


def test_nothing_is_proposed_while_an_answer_is_not_complete(sign_in, episode, surgeon):
    response = sign_in(surgeon).post(
        new(episode), typed(AMPUTATION, do="propose", **reason(surgeon, reason_code=""))
    )
    assert response.status_code == 400
    assert Plan.objects.get().status == PlanStatus.DRAFT
    assert "The vessels are encased." in response.content.decode()


def test_a_plan_that_cannot_be_saved_is_not_proposed(sign_in, episode, surgeon):
    response = sign_in(surgeon).post(new(episode), typed(RADIATION, SURGERY, do="propose", intent=""))
    assert response.status_code == 400
    assert not Plan.objects.exists()


def test_a_plan_is_not_proposed_while_an_operation_or_its_time_is_not_chosen(sign_in, episode, surgeon):
    lines = [SURGERY | {"procedure": ""}, RADIATION | {"timing": ""}]
    response = sign_in(surgeon).post(new(episode), typed(*lines, do="propose"), follow=True)
    plan = Plan.objects.get()
    assert plan.status == PlanStatus.DRAFT
    for words in (
        "Treatment 1, surgery: choose the operation",
        "Treatment 2, radiotherapy: choose when it is",
    ):
        assert words in text_of(response)
    again = {"version": plan.version}
    assert "choose the operation" in text_of(
        sign_in(surgeon).post(reverse("treatments:propose", args=[plan.pk]), again, follow=True)
    )


def test_where_another_plan_is_proposed_the_step_asks_first(sign_in, episode, surgeon):
    earlier = proposed(episode, surgeon)
    response = sign_in(surgeon).post(new(episode), typed(RADIATION, SURGERY, do="propose"))
    plan = Plan.objects.exclude(pk=earlier.pk).get()
    assert plan.status == PlanStatus.DRAFT
    assert response.url == reverse("treatments:propose", args=[plan.pk])


def test_a_draft_is_saved_and_proposed_from_its_own_page(sign_in, draft, surgeon):
    values = typed(RADIATION, SURGERY, do="propose", version=draft.version)
    sign_in(surgeon).post(url("plan", draft), values)
    draft.refresh_from_db()
    assert draft.status == PlanStatus.PROPOSED


def test_the_form_offers_both_buttons_and_says_the_scope(sign_in, episode, surgeon):
    response = sign_in(surgeon).post(
        new(episode), typed(RADIATION, SURGERY, do="add", add_modality="ablation")
    )
    page, words = response.content.decode(), text_of(response)
    assert 'value="save">Save and check' in page
    assert 'value="propose">Save and propose' in page
    assert "Soft tissue sarcoma: every rule applies." in words


def test_what_a_colleague_saves_before_the_proposal_is_shown_and_not_proposed_unseen(
    sign_in, team, draft, surgeon, monkeypatch
):
    colleague = factories.member(Role.ONCOLOGIST, team)
    given = editing.answering.given

    def saved_meanwhile(*said):
        theirs = Plan.objects.get(pk=draft.pk)
        services.change_plan(
            plan=theirs, version=theirs.version, content=content(AMPUTATION_PLAN), by=colleague
        )
        return given(*said)

    monkeypatch.setattr(editing.answering, "given", saved_meanwhile)
    values = typed(RADIATION, SURGERY, do="propose", version=draft.version)
    response = sign_in(surgeon).post(url("plan", draft), values)
    draft.refresh_from_db()
    assert (response.status_code, draft.status) == (409, PlanStatus.DRAFT)
    assert colleague.full_name in text_of(response)
    assert "Amputation" in text_of(response)
