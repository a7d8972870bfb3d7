"""Ratifying a provisional decision: by the person named, once, with what was lacking then supplied."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.permissions import SIX_ROLES, Competence, Role
from audit.models import Event
from audit.workflow import WrongState
from cases.services import facts
from cases.workflow import CaseStatus
from mdt import services
from mdt.models import Decision
from mdt.services import DecisionRefused
from mdt.workflow import DecisionKind, Outcome
from tests import factories

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def provisional(discussed, details, people, surgeon):
    """Decided without the radiologist, who is named to ratify it."""
    listing = discussed(*FIVE[:4])
    return services.record_decision(
        listing=listing, details=details(to_ratify_by=people[Role.RADIOLOGIST]), by=surgeon
    )


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
