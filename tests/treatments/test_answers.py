"""Answering findings: what is kept, what is refused, and which answer stands."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Event
from audit.workflow import WrongState
from tests import factories
from tests.treatments.plans import (
    AMPUTATION,
    METASTASECTOMY,
    RADIOTHERAPY,
    RESECTION,
    agreed,
    change_facts,
    content,
    give_reason,
    proposed,
)
from treatments import services
from treatments.models import Plan, Response
from treatments.services import TreatmentContent

pytestmark = pytest.mark.django_db


# Answers


def test_a_reason_is_kept_with_who_gave_it(episode, surgeon, team):
    plan = proposed(episode, surgeon, AMPUTATION)
    oncologist = factories.member(Role.ONCOLOGIST, team)
    response = give_reason(plan, surgeon, given_by=oncologist)
    assert (response.given_by, response.recorded_by) == (oncologist, surgeon)
    assert response.check_made == services.newest_check(plan)
    event = Event.objects.get(type="finding.answered")
    assert event.data == {
        "plan": plan.pk,
        "rule": "SURG-2",
        "kind": "reason",
        "reason_code": "technical",
    }


def test_a_second_answer_keeps_the_first_in_the_history(episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    give_reason(plan, surgeon, text="First.")
    give_reason(plan, surgeon, text="Second.")
    assert [response.text for response in services.responses_of(plan)] == ["Second.", "First."]


SPREAD = {"m": "M1", "metastatic_sites": ["lung"]}
REFUSED_ANSWERS = {
    "another rule": ({"rule": "SURG-4"}, "rule"),
    "another treatment": ({"treatment": 1}, "rule"),
    "the whole plan": ({"treatment": None}, "rule"),
    "an acknowledgement of a deviation": ({"kind": "acknowledgement"}, "kind"),
    "no code": ({"reason_code": ""}, "reason_code"),
    "an unknown code": ({"reason_code": "mood"}, "reason_code"),
    "no text": ({"text": "  "}, "text"),
    "a long text": ({"text": "x" * 1001}, "text"),
    "nobody": ({"given_by": None}, "given_by"),
}


@pytest.mark.parametrize("case", REFUSED_ANSWERS)
def test_an_answer_that_does_not_fit_is_refused_by_field(episode, surgeon, case):
    change, field = REFUSED_ANSWERS[case]
    plan = proposed(episode, surgeon, AMPUTATION)
    with pytest.raises(ValidationError) as refused:
        give_reason(plan, surgeon, **change)
    assert field in refused.value.message_dict
    assert not Response.objects.exists()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MANAGER, Role.OBSERVER, Role.TRIAL_COORDINATOR])
def test_a_reason_is_given_by_one_of_the_six_roles(episode, surgeon, team, role):
    plan = proposed(episode, surgeon, AMPUTATION)
    with pytest.raises(ValidationError) as refused:
        give_reason(plan, surgeon, given_by=factories.member(role, team))
    assert "given_by" in refused.value.message_dict


def test_someone_of_another_team_cannot_have_given_it(episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    with pytest.raises(ValidationError):
        give_reason(plan, surgeon, given_by=factories.member(Role.SURGEON, factories.team()))


def test_a_caution_is_acknowledged_with_a_note_by_someone_who_proposes(team, surgeon):
    episode = factories.episode_with_facts(team, **SPREAD)
    plan = proposed(episode, surgeon, METASTASECTOMY, named_surgeon=surgeon)
    nurse = factories.member(Role.NURSE_SPECIALIST, team)
    fields = {
        "plan": plan,
        "rule": "SURG-4",
        "treatment": 0,
        "kind": "acknowledgement",
        "text": "Two nodules.",
    }
    with pytest.raises(ValidationError) as refused:
        services.answer_finding(**fields, given_by=nurse, by=nurse)
    assert "given_by" in refused.value.message_dict
    assert services.answer_finding(**fields, given_by=surgeon, by=nurse).reason_code == ""


UNANSWERABLE = {
    "contradiction": ({"treatments": (METASTASECTOMY,)}, {}, "SURG-5", 0, "cannot be overruled"),
    "missing": ({}, {"performance_status": None}, "FACTS-1", None, "Record it"),
    "advice": ({"treatments": (AMPUTATION,)}, {}, "OPINION-1", None, "needs no answer"),
}


@pytest.mark.parametrize("severity", UNANSWERABLE)
def test_what_takes_no_answer_is_refused(team, surgeon, severity):
    plan_fields, facts, rule, treatment, words = UNANSWERABLE[severity]
    episode = factories.episode_with_facts(team, **facts)
    plan = proposed(episode, surgeon, *plan_fields.get("treatments", ()))
    with pytest.raises(ValidationError, match=words):
        give_reason(plan, surgeon, rule=rule, treatment=treatment)


def test_several_answers_are_saved_together_or_not_at_all(episode, surgeon):
    twice = (AMPUTATION, TreatmentContent("surgery", procedure="amputation", text="the other leg"))
    plan = proposed(episode, surgeon, *twice)
    good = services.Answer("SURG-2", 0, "reason", "Encased.", surgeon, "technical")
    bad = services.Answer("SURG-2", 1, "reason", "", surgeon, "technical")
    with pytest.raises(ValidationError) as refused:
        services.answer_findings(plan=plan, answers=[good, bad], by=surgeon)
    assert set(refused.value.message_dict) == {"1.text"}
    assert not Response.objects.exists()


def test_no_answer_while_the_record_differs_from_what_was_checked(episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    change_facts(episode, size_mm=40)
    with pytest.raises(ValidationError, match="Check it again"):
        give_reason(plan, surgeon)
    services.make_check(plan=plan, by=surgeon)
    assert give_reason(plan, surgeon).pk


def test_no_answer_once_the_plan_is_agreed(episode, surgeon):
    plan = agreed(episode, surgeon)
    with pytest.raises(WrongState, match="no longer be answered"):
        give_reason(plan, surgeon)


@pytest.mark.parametrize("role", [role for role in Role if role not in ("referrer", "hospital_system")])
def test_who_may_answer_is_what_the_permission_table_says(episode, surgeon, team, role):
    plan = proposed(episode, surgeon, AMPUTATION)
    person = factories.member(role, team)
    if Permission.ANSWER_FINDING in ROLE_PERMISSIONS[role]:
        assert give_reason(plan, person, given_by=surgeon).recorded_by == person
    else:
        with pytest.raises(PermissionDenied):
            give_reason(plan, person, given_by=surgeon)


# Answers stay with their rule


def standing(plan):
    judgement = services.judge_plan(plan)
    found = services.standing(judgement, services.responses_of(plan))
    return {(each.finding["rule"], each.finding["treatment"]): each for each in found}


def test_an_answer_follows_its_treatment_to_its_new_place(episode, surgeon):
    plan = services.draft_plan(episode=episode, content=content(AMPUTATION, RADIOTHERAPY), by=surgeon)
    give_reason(plan, surgeon)
    services.change_plan(plan=plan, version=2, content=content(RADIOTHERAPY, AMPUTATION), by=surgeon)
    assert standing(Plan.objects.get(pk=plan.pk))["SURG-2", 1].response.text == "The vessels are encased."


def test_an_answer_does_not_serve_a_treatment_that_says_something_else(episode, surgeon):
    plan = services.draft_plan(episode=episode, content=content(AMPUTATION), by=surgeon)
    give_reason(plan, surgeon)
    other = TreatmentContent("surgery", procedure="amputation", text="above the knee")
    services.change_plan(plan=plan, version=2, content=content(other), by=surgeon)
    assert standing(Plan.objects.get(pk=plan.pk))["SURG-2", 0].is_owed


def test_an_answer_comes_along_to_the_plan_that_replaces_its_own(episode, surgeon):
    old = proposed(episode, surgeon, AMPUTATION)
    before = give_reason(old, surgeon)
    new = services.replace_plan(plan=old, content=content(RADIOTHERAPY, AMPUTATION), by=surgeon)
    after = standing(new)["SURG-2", 1].response
    assert (after.text, after.given_by, after.at) == (before.text, before.given_by, before.at)
    assert after.plan == new
    assert old.responses.get() == before


def test_an_answer_stays_behind_when_its_treatment_changed(episode, surgeon):
    old = proposed(episode, surgeon, AMPUTATION)
    give_reason(old, surgeon)
    new = services.replace_plan(plan=old, content=content(RESECTION), by=surgeon)
    assert not new.responses.exists()


def test_on_other_facts_an_answer_is_owed_again_and_the_old_one_is_shown(team, surgeon):
    episode = factories.episode_with_facts(team)
    monitoring = TreatmentContent("active_monitoring")
    plan = proposed(episode, surgeon, monitoring)
    give_reason(plan, surgeon, rule="SURG-1", treatment=None)
    change_facts(episode, performance_status=2)
    services.make_check(plan=plan, by=surgeon)
    found = standing(Plan.objects.get(pk=plan.pk))["SURG-1", None]
    assert found.is_owed
    assert found.outdated.text == "The vessels are encased."
