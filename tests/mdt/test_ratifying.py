"""Ratifying a provisional decision, or refusing to: by the person named, once, with what was lacking supplied."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.permissions import SIX_ROLES, Competence, Role
from audit.models import Event
from audit.workflow import WrongState
from cases.services import facts
from cases.workflow import CaseStatus
from mdt import services
from mdt.models import Decision, RatificationRefusal
from mdt.proposing import reasons_for
from mdt.services import DecisionRefused
from mdt.workflow import DecisionKind, Outcome, ProposalReason
from tests import factories

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


def test_agrees_the_plan_by_a_new_decision(provisional, people, plan, episode):
    radiologist = people[Role.RADIOLOGIST]
    made = services.ratify_decision(decision=provisional, rationale="Agreed by phone", by=radiologist)
    plan.refresh_from_db()
    episode.case.refresh_from_db()
    assert (made.kind, made.ratifies, made.replaces) == (DecisionKind.DISCUSSED, provisional, provisional)
    assert made.is_quorate
    assert [each["mode"] for each in made.present if each["role"] == "radiologist"] == ["ratified"]
    assert made.rationale.endswith("Agreed by phone")
    assert made.check_made.pk > provisional.check_made.pk
    assert (plan.status, episode.case.status) == ("agreed", CaseStatus.PLANNED)
    assert Event.objects.filter(type="decision.recorded").count() == 2
    assert list(Decision.objects.standing()) == [made]


def test_a_missing_competence_is_supplied(discussed, details, people, surgeon, team, plan):
    people[Role.ONCOLOGIST].memberships.update(competences=[Competence.SYSTEMIC_TREATMENT])
    marsh = factories.member(Role.ONCOLOGIST, team, competences=[Competence.RADIOTHERAPY])
    first = services.record_decision(
        listing=discussed(*FIVE), details=details(to_ratify_by=marsh), by=surgeon
    )
    services.ratify_decision(decision=first, by=marsh)
    plan.refresh_from_db()
    assert plan.status == "agreed"


def test_only_by_the_person_named(provisional, surgeon, coordinator):
    for by in (surgeon, coordinator):
        with pytest.raises(PermissionDenied):
            services.ratify_decision(decision=provisional, by=by)


def test_a_nurse_who_records_no_decisions_is_written_down_by_someone_who_does(
    discussed, details, people, surgeon, plan
):
    nurse = people[Role.NURSE_SPECIALIST]
    listing = discussed(*[role for role in FIVE if role != Role.NURSE_SPECIALIST])
    first = services.record_decision(listing=listing, details=details(to_ratify_by=nurse), by=surgeon)
    with pytest.raises(PermissionDenied):
        services.ratify_decision(decision=first, by=nurse)
    made = services.ratify_decision(decision=first, by=surgeon)
    plan.refresh_from_db()
    assert plan.status == "agreed"
    assert {"nurse_specialist"} <= {each["role"] for each in made.present}


def test_once(provisional, people):
    made = services.ratify_decision(decision=provisional, by=people[Role.RADIOLOGIST])
    with pytest.raises(WrongState, match="later decision"):
        services.ratify_decision(decision=provisional, by=people[Role.RADIOLOGIST])
    with pytest.raises(WrongState, match="this one is final"):
        services.ratify_decision(decision=made, by=people[Role.RADIOLOGIST])


def test_where_more_is_lacking_the_next_one_is_named(discussed, details, people, surgeon, plan):
    pathologist, radiologist = people[Role.PATHOLOGIST], people[Role.RADIOLOGIST]
    listing = discussed(*FIVE[:3])
    first = services.record_decision(listing=listing, details=details(to_ratify_by=pathologist), by=surgeon)
    with pytest.raises(ValidationError, match="needs a radiologist") as refused:
        services.ratify_decision(decision=first, by=pathologist)
    assert list(refused.value.message_dict) == ["to_ratify_by"]
    with pytest.raises(ValidationError, match="does not supply"):
        services.ratify_decision(decision=first, to_ratify_by=surgeon, by=pathologist)
    second = services.ratify_decision(decision=first, to_ratify_by=radiologist, by=pathologist)
    assert (second.kind, second.to_ratify_by) == (DecisionKind.PROVISIONAL, radiologist)
    third = services.ratify_decision(decision=second, by=radiologist)
    plan.refresh_from_db()
    assert (third.kind, third.is_quorate, plan.status) == (DecisionKind.DISCUSSED, True, "agreed")


def test_facts_that_changed_since_stop_it(provisional, people, episode, surgeon, plan):
    facts.record_performance_status(episode=episode, value=4, on=episode.started_on, by=surgeon)
    facts.record_diagnosis(
        episode=episode,
        morphology="9044/3",
        topography="C49.2",
        certainty="changed",
        on=episode.started_on.replace(year=2026, month=11, day=20),
        by=surgeon,
    )
    with pytest.raises(DecisionRefused) as refused:
        services.ratify_decision(decision=provisional, by=people[Role.RADIOLOGIST])
    plan.refresh_from_db()
    assert "stale" in {each.kind for each in refused.value.obstacles}
    assert plan.status == "proposed"


def test_someone_who_left_the_team_does_not_ratify(provisional, people, surgeon):
    people[Role.RADIOLOGIST].memberships.update(is_active=False)
    with pytest.raises((WrongState, PermissionDenied)):
        services.ratify_decision(decision=provisional, by=surgeon)


def test_a_later_quorate_discussion_ratifies_it_too(
    provisional, listing, details, meeting, surgeon, people, coordinator, plan
):
    services.record_attendance(meeting=meeting, person=people[Role.RADIOLOGIST], by=coordinator)
    services.start_discussion(listing=listing, by=coordinator)
    second = services.record_decision(listing=listing, replaces=provisional, details=details(), by=surgeon)
    plan.refresh_from_db()
    assert (second.ratifies, second.replaces, plan.status) == (provisional, provisional, "agreed")


def test_a_later_discussion_with_another_outcome_does_not_ratify(
    provisional, listing, details, meeting, surgeon, people, coordinator, plan
):
    services.record_attendance(meeting=meeting, person=people[Role.RADIOLOGIST], by=coordinator)
    services.start_discussion(listing=listing, by=coordinator)
    second = services.record_decision(
        listing=listing, replaces=provisional, details=details(outcome=Outcome.TRIAL), by=surgeon
    )
    plan.refresh_from_db()
    assert (second.ratifies, second.replaces, plan.status) == (None, provisional, "proposed")


# Refusing


def refuse(decision, by, reason="The tumour is not resectable."):
    return services.refuse_to_ratify(decision=decision, reason=reason, by=by)


def test_who_refuses_says_why_and_the_plan_stays_proposed(provisional, people, plan, episode):
    radiologist = people[Role.RADIOLOGIST]
    refusal = refuse(provisional, radiologist, "  It grows into the artery. ")
    plan.refresh_from_db()
    assert (refusal.refused_by, refusal.recorded_by) == (radiologist, radiologist)
    assert refusal.reason == "It grows into the artery."
    assert plan.status == "proposed"
    assert list(Decision.objects.standing()) == [provisional]
    event = Event.objects.get(type="decision.not_ratified")
    assert (event.by, event.case_id, event.target_id) == (radiologist, episode.case_id, provisional.pk)
    assert "artery" not in str(event.data)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_a_refusal_needs_a_reason(provisional, people, reason):
    with pytest.raises(ValidationError) as refused:
        refuse(provisional, people[Role.RADIOLOGIST], reason)
    assert list(refused.value.message_dict) == ["reason"]
    assert not RatificationRefusal.objects.exists()


def test_only_the_person_named_refuses(provisional, surgeon, coordinator):
    for by in (surgeon, coordinator):
        with pytest.raises(PermissionDenied):
            refuse(provisional, by)


def test_a_nurses_refusal_is_written_down_by_someone_who_records_decisions(
    discussed, details, people, surgeon
):
    nurse = people[Role.NURSE_SPECIALIST]
    listing = discussed(*[role for role in FIVE if role != Role.NURSE_SPECIALIST])
    first = services.record_decision(listing=listing, details=details(to_ratify_by=nurse), by=surgeon)
    with pytest.raises(PermissionDenied):
        refuse(first, nurse)
    made = refuse(first, surgeon)
    assert (made.refused_by, made.recorded_by) == (nurse, surgeon)


def test_what_is_refused_is_neither_ratified_nor_refused_again(provisional, people):
    radiologist = people[Role.RADIOLOGIST]
    refuse(provisional, radiologist)
    for act in (refuse, lambda decision, by: services.ratify_decision(decision=decision, by=by)):
        with pytest.raises(WrongState, match="refused to ratify it on"):
            act(provisional, radiologist)


def test_what_is_ratified_or_final_is_not_refused(provisional, people):
    radiologist = people[Role.RADIOLOGIST]
    made = services.ratify_decision(decision=provisional, by=radiologist)
    with pytest.raises(WrongState, match="later decision"):
        refuse(provisional, radiologist)
    with pytest.raises(WrongState, match="this one is final"):
        refuse(made, radiologist)


def test_a_fault_in_the_record_leaves_nothing_refused(provisional, people, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the audit is away")

    monkeypatch.setattr("mdt.services.ratifying.audit.record", broken)
    with pytest.raises(RuntimeError):
        refuse(provisional, people[Role.RADIOLOGIST])
    assert not RatificationRefusal.objects.exists()


def test_the_case_is_proposed_for_the_next_meeting_from_the_day_of_the_refusal(
    provisional, people, team, episode, meeting, surgeon
):
    following = factories.meeting(team, days=11)
    assert episode.pk not in reasons_for(following)
    refuse(provisional, people[Role.RADIOLOGIST])
    (why,) = reasons_for(following)[episode.pk]
    assert (why.reason, why.since) == (ProposalReason.NOT_RATIFIED, timezone.localdate())


def test_the_next_meeting_answers_what_was_refused(
    provisional, people, next_meeting, details, surgeon, plan, episode, team
):
    refusal = refuse(provisional, people[Role.RADIOLOGIST])
    listing = next_meeting()
    made = services.record_decision(
        listing=listing, details=details(), replaces=provisional, refusal_seen=refusal.pk, by=surgeon
    )
    plan.refresh_from_db()
    episode.case.refresh_from_db()
    assert (made.replaces, made.ratifies, made.kind) == (provisional, None, DecisionKind.DISCUSSED)
    assert (plan.status, episode.case.status) == ("agreed", CaseStatus.PLANNED)
    assert list(Decision.objects.standing()) == [made]
    assert episode.pk not in reasons_for(factories.meeting(team, days=11))


def test_the_next_meeting_ratifies_what_nobody_answered(provisional, next_meeting, details, surgeon, episode):
    made = services.record_decision(
        listing=next_meeting(), details=details(), replaces=provisional, by=surgeon
    )
    episode.case.refresh_from_db()
    assert (made.replaces, made.ratifies) == (provisional, provisional)
    assert episode.case.status == CaseStatus.PLANNED


# Until when


def test_a_final_decision_is_ratified_by_no_day(discussed, details, surgeon):
    assert (
        services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon).ratify_by_on is None
    )


def test_the_next_one_to_ratify_has_a_day_of_their_own(discussed, details, people, surgeon):
    pathologist, radiologist = people[Role.PATHOLOGIST], people[Role.RADIOLOGIST]
    listing = discussed(*FIVE[:3])
    first = services.record_decision(listing=listing, details=details(to_ratify_by=pathologist), by=surgeon)
    today = timezone.localdate()
    with pytest.raises(ValidationError) as refused:
        services.ratify_decision(
            decision=first, to_ratify_by=radiologist, ratify_by_on=today - timedelta(days=1), by=pathologist
        )
    assert list(refused.value.message_dict) == ["ratify_by_on"]
    second = services.ratify_decision(
        decision=first, to_ratify_by=radiologist, ratify_by_on=today + timedelta(days=4), by=pathologist
    )
    assert second.ratify_by_on == today + timedelta(days=4)
    assert services.ratify_decision(decision=second, by=radiologist).ratify_by_on is None


def test_two_working_days_where_no_day_is_named(discussed, details, people, surgeon):
    pathologist, radiologist = people[Role.PATHOLOGIST], people[Role.RADIOLOGIST]
    listing = discussed(*FIVE[:3])
    first = services.record_decision(listing=listing, details=details(to_ratify_by=pathologist), by=surgeon)
    second = services.ratify_decision(decision=first, to_ratify_by=radiologist, by=pathologist)
    assert second.ratify_by_on == add_working_days(timezone.localdate(), 2)


# At once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_of_one_who_ratifies_and_one_who_refuses_one_is_told_of_the_other(provisional, people, _):
    radiologist = people[Role.RADIOLOGIST]
    start = Barrier(2)

    def act(how):
        start.wait(timeout=10)
        try:
            return how(provisional, radiologist)
        except WrongState as error:
            return str(error)
        finally:
            connection.close()

    def ratify(decision, by):
        return services.ratify_decision(decision=decision, by=by)

    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(act, (ratify, refuse)))
    assert sum(isinstance(each, str) for each in said) == 1
    is_ratified = Decision.objects.filter(ratifies=provisional).exists()
    assert is_ratified != RatificationRefusal.objects.filter(decision=provisional).exists()
