"""What follows a decision by itself: the plan waits for the patient, and the case comes back when it was asked."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from cases.services import patients
from mdt import services
from mdt.workflow import Outcome
from treatments import services as treatments
from treatments.models import Hold

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
NOT_TOLD = Hold.Kind.PATIENT_NOT_TOLD


def test_an_agreed_plan_waits_until_the_patient_was_told(discussed, details, surgeon, plan):
    services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
    (hold,) = plan.holds.all()
    assert (hold.kind, hold.placed_by, hold.lifted_at) == (NOT_TOLD, surgeon, None)


def test_a_provisional_decision_holds_nothing_until_it_is_ratified(discussed, details, surgeon, people, plan):
    radiologist = people[Role.RADIOLOGIST]
    first = services.record_decision(
        listing=discussed(*FIVE[:4]), details=details(to_ratify_by=radiologist), by=surgeon
    )
    assert not plan.holds.exists()
    services.ratify_decision(decision=first, by=radiologist)
    assert plan.holds.count() == 1


def test_a_correction_places_no_second_hold_though_the_patient_was_told(discussed, details, surgeon, plan):
    listing = discussed(*FIVE)
    first = services.record_decision(listing=listing, details=details(), by=surgeon)
    treatments.lift_hold(plan=plan, kind=NOT_TOLD, by=surgeon)
    services.record_decision(
        listing=listing, details=details(rationale="As said."), replaces=first, by=surgeon
    )
    assert plan.holds.count() == 1


def test_another_outcome_and_the_dead_are_not_held(discussed, details, surgeon, plan, episode):
    listing = discussed(*FIVE)
    patients.record_death(patient=episode.case.patient, died_on=timezone.localdate(), by=surgeon)
    services.record_decision(listing=listing, details=details(outcome=Outcome.NO_TREATMENT), by=surgeon)
    assert not Hold.objects.exists()


def test_the_day_of_the_next_discussion_is_kept(discussed, details, surgeon):
    day = timezone.localdate() + timedelta(days=20)
    again = details(outcome=Outcome.MORE_IMAGING, relist_on=day)
    assert services.record_decision(listing=discussed(*FIVE), details=again, by=surgeon).relist_on == day


@pytest.mark.parametrize(
    ("outcome", "days"), [(Outcome.MORE_IMAGING, 0), (Outcome.MORE_IMAGING, -3), (Outcome.BENIGN, 9)]
)
def test_a_day_that_has_come_or_a_case_that_closes_is_not_discussed_again(
    discussed, details, surgeon, outcome, days
):
    again = details(outcome=outcome, relist_on=timezone.localdate() + timedelta(days=days))
    with pytest.raises(ValidationError) as refused:
        services.record_decision(listing=discussed(*FIVE), details=again, by=surgeon)
    assert list(refused.value.message_dict) == ["relist_on"]
