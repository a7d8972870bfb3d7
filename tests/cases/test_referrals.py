"""Referrals: received, answered, and every pair of their states."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases import services
from cases.models import Case, Patient, Referral, ReportRequest
from cases.models.case import CaseEventType, EpisodeKind
from cases.workflow import REFERRAL, ReferralStatus
from tests.cases.told import events_of, timeline

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_it_is_received_with_its_patient(referral):
    assert referral.status == ReferralStatus.RECEIVED
    assert events_of(referral) == [EventType.REFERRAL_RECEIVED]


def test_accepting_opens_a_case_and_asks_for_both_readings(referral, coordinator, nurse):
    case = services.accept_referral(referral=referral, version=1, key_worker=nurse, by=coordinator)
    referral.refresh_from_db()
    assert case.reference == f"PEN-{TODAY.year}-0001"
    assert (referral.status, referral.case) == (ReferralStatus.ACCEPTED, case)
    assert (case.key_worker, case.patient_knows) == (nurse, "That it may be a cancer")
    assert case.current_episode.kind == EpisodeKind.PRIMARY
    asked = ReportRequest.objects.filter(episode=case.current_episode)
    assert {(each.kind, each.question) for each in asked} == {
        ("pathology", "Can the leg be kept?"),
        ("imaging", "Can the leg be kept?"),
    }
    assert timeline(case) == [CaseEventType.REFERRED, CaseEventType.ACCEPTED]
    assert Event.objects.filter(case_id=case.pk, type=EventType.REFERRAL_ACCEPTED).count() == 1


def test_the_case_knows_its_first_facts(case):
    facts = case.current_episode.facts
    assert facts == {"disease_status": "primary", "staging_edition": "AJCC8", "age": 54}


def test_a_key_worker_of_another_team_is_refused(referral, coordinator, stranger):
    with pytest.raises(ValidationError, match="not in the team"):
        services.accept_referral(referral=referral, version=1, key_worker=stranger, by=coordinator)
    assert not Case.objects.exists()


def test_a_returned_referral_comes_again_with_more(referral, coordinator, letter):
    services.return_referral(referral=referral, version=1, reason="No imaging", by=coordinator)
    more = letter(reason="MRI attached")
    services.resubmit_referral(referral=referral, version=2, details=more, by=coordinator)
    referral.refresh_from_db()
    assert (referral.status, referral.reason, referral.status_reason) == ("received", "MRI attached", "")
    assert events_of(referral)[1:] == [EventType.REFERRAL_RETURNED, EventType.REFERRAL_CHANGED]


def test_a_declined_one_says_why_and_where_to_go(referral, coordinator):
    services.decline_referral(
        referral=referral, version=1, reason="Lipoma", go_instead_to="Own GP", by=coordinator
    )
    referral.refresh_from_db()
    assert (referral.status, referral.go_instead_to) == ("declined", "Own GP")


def test_a_decline_without_a_reason_or_a_way_on_is_refused(referral, coordinator):
    for missing in ("reason", "go_instead_to"):
        words = {"reason": "Lipoma", "go_instead_to": "GP"} | {missing: " "}
        with pytest.raises(ValidationError) as refused:
            services.decline_referral(referral=referral, version=1, by=coordinator, **words)
        assert list(refused.value.message_dict) == [missing]


@pytest.mark.parametrize(("current", "wanted"), list(product(ReferralStatus, ReferralStatus)))
def test_every_pair_of_states_is_allowed_or_refused_as_the_workflow_says(
    referral, coordinator, case, current, wanted
):
    moves = {
        ReferralStatus.RECEIVED: lambda **of: services.resubmit_referral(**of),
        ReferralStatus.RETURNED: lambda **of: services.return_referral(reason="x", **of),
        ReferralStatus.ACCEPTED: lambda **of: services.accept_referral(key_worker=None, **of),
        ReferralStatus.DECLINED: lambda **of: services.decline_referral(reason="x", go_instead_to="y", **of),
    }
    Referral.objects.filter(pk=referral.pk).update(status=current, version=7)
    if REFERRAL.allows(current, wanted):
        moves[wanted](referral=referral, version=7, by=coordinator)
        assert Referral.objects.get().status == wanted
    else:
        with pytest.raises(WrongState):
            moves[wanted](referral=referral, version=7, by=coordinator)


def test_two_people_cannot_both_answer_it(referral, coordinator):
    services.return_referral(referral=referral, version=1, reason="No imaging", by=coordinator)
    with pytest.raises(StaleVersion):
        services.decline_referral(referral=referral, version=1, reason="x", go_instead_to="y", by=coordinator)


def test_a_referrer_refers_for_their_own_hospital_under_their_own_name(
    referrer, team, district, person, letter
):
    made = services.receive_referral(
        team=team,
        organisation=district,
        patient=person(),
        details=letter(referrer_name="Somebody else"),
        by=referrer,
    )
    assert (made.referred_by, made.referrer_name) == (referrer, referrer.full_name)
    assert made.specialty == "Orthopaedics"
    with pytest.raises(PermissionDenied):
        services.receive_referral(
            team=team,
            organisation=team.organisation,
            patient=person(),
            details=letter(),
            by=referrer,
        )


def test_the_same_referral_is_not_received_twice(referral, team, district, person, letter, coordinator):
    again = person(nhs_number=referral.patient.nhs_number)
    with pytest.raises(ValidationError, match="waiting already"):
        services.receive_referral(
            team=team, organisation=district, patient=again, details=letter(), by=coordinator
        )


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
        ({"received_on": date(1971, 1, 1)}, "received_on"),
        ({"reason": ""}, "reason"),
        ({"referrer_name": ""}, "referrer_name"),
        ({"urgency": "now"}, "urgency"),
        ({"topography": "thigh"}, "topography"),
        ({"question": "x" * 2001}, "question"),
    ],
)
def test_impossible_referrals_are_refused_by_field(team, district, person, letter, coordinator, told, field):
    with pytest.raises(ValidationError) as refused:
        services.receive_referral(
            team=team, organisation=district, patient=person(), details=letter(**told), by=coordinator
        )
    assert field in refused.value.message_dict
    assert not Patient.objects.exists()


def test_another_centre_may_not_answer_it(referral, stranger):
    with pytest.raises(PermissionDenied):
        services.return_referral(referral=referral, version=1, reason="x", by=stranger)
