"""Saving a plan with its answers and putting it before the MDT in one press."""

import pytest
from django.urls import reverse

from tests.treatments.pages import RADIATION, SURGERY, new, text_of, typed, url
from tests.treatments.plans import proposed
from treatments import services
from treatments.models import Plan
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
