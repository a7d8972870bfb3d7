"""How follow-up ends: recurrence, closing, lost, and in touch again."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from cases.services import cases as case_services
from followup import services
from followup.models import LossToFollowUp, Review, ScheduleEnd
from tests.followup.following import (
    miss,
    record,
    set_up,
    the_next,
    today,
)

pytestmark = pytest.mark.django_db


# ended


@pytest.mark.parametrize(
    ("finding", "kind"),
    [("local_recurrence", "local_recurrence"), ("metastasis", "metastatic_recurrence")],
)
def test_a_recurrence_ends_the_schedule_and_reopens_the_case_in_one_step(finding, kind, treated, confirmed):
    primary = treated.episode
    facts = dict(primary.facts)
    record(treated, the_next(confirmed), finding=finding, new_episode=True)
    confirmed.refresh_from_db()
    treated.case.refresh_from_db()
    primary.refresh_from_db()
    assert (confirmed.status, confirmed.ended_reason) == ("ended", "recurrence")
    assert treated.case.status == "accepted"
    assert (treated.case.current_episode.kind, treated.case.current_episode.number) == (kind, 2)
    assert (primary.kind, primary.facts) == ("primary", facts)
    assert not Review.objects.scheduled().exists()
    assert treated.case.events.filter(type="reopened").exists()


def test_after_a_new_primary_the_follow_up_of_the_first_goes_on(treated, confirmed):
    record(treated, first := the_next(confirmed), finding="new_primary", new_episode=True)
    treated.case.refresh_from_db()
    confirmed.refresh_from_db()
    assert confirmed.status == "confirmed"
    assert the_next(confirmed).follows == first
    assert treated.case.episodes.count() == 1


def test_where_the_episode_cannot_start_the_review_is_not_recorded(treated, confirmed, monkeypatch):
    def broken(**_):
        raise ValidationError({"started_on": ["No."]})

    monkeypatch.setattr("followup.services.reviewing.reviews.start_episode", broken)
    review = the_next(confirmed)
    with pytest.raises(ValidationError):
        record(treated, review, finding="metastasis", new_episode=True)
    review.refresh_from_db()
    confirmed.refresh_from_db()
    assert (review.status, confirmed.status) == ("scheduled", "confirmed")


def test_a_review_of_an_earlier_episode_starts_no_other(treated, confirmed):
    review = the_next(confirmed)
    case_services.start_episode(
        case=treated.case, kind="local_recurrence", started_on=today(), by=treated.surgeon
    )
    with pytest.raises(ValidationError, match="later episode already"):
        record(treated, review, finding="metastasis", new_episode=True)


@pytest.mark.parametrize("reason", ["completed", "died", "transferred", "lost_to_follow_up", "not_sarcoma"])
def test_closing_the_case_ends_its_follow_up(reason, treated, confirmed, make_review):
    by_hand = make_review(due_in=50)
    treated.patient.is_dead = reason == "died"
    treated.patient.save()
    case_services.close_case(case=treated.case, reason=reason, by=treated.nurse)
    event = Event.objects.get(type=EventType.CASE_CLOSED)
    services.end_with_case(event=event)
    services.end_with_case(event=event)
    confirmed.refresh_from_db()
    expected = "case_closed" if reason == "not_sarcoma" else reason
    assert (confirmed.status, confirmed.ended_reason) == ("ended", expected)
    by_hand.refresh_from_db()
    assert by_hand.status == "cancelled"
    assert not Review.objects.scheduled().exists()
    assert Event.objects.filter(type=EventType.SCHEDULE_ENDED).count() == 1


def test_a_case_that_is_open_again_keeps_its_schedule(treated, confirmed):
    event = Event.objects.create(
        type=EventType.CASE_CLOSED, target_type="cases.case", target_id=treated.case.pk
    )
    services.end_with_case(event=event)
    confirmed.refresh_from_db()
    assert confirmed.status == "confirmed"


@pytest.mark.parametrize("reason", ScheduleEnd.values)
def test_an_end_keeps_its_code_and_cancels_what_the_schedule_planned(reason, treated, confirmed, make_review):
    other = make_review(due_in=50)
    assert services.end_schedules(episode=treated.episode, reason=reason, on=today(), by=None) == 1
    assert services.end_schedules(episode=treated.episode, reason=reason, on=today(), by=None) == 0
    confirmed.refresh_from_db()
    cancelled = Review.objects.get(schedule=confirmed)
    assert (confirmed.ended_reason, cancelled.status) == (reason, "cancelled")
    assert cancelled.status_reason == ScheduleEnd(reason).label
    other.refresh_from_db()
    assert other.status == "scheduled"


def test_a_clinician_ends_a_schedule_with_a_code_on_offer(treated, confirmed):
    with pytest.raises(ValidationError, match="not a known value"):
        services.end_schedule(schedule=confirmed, version=None, reason="died", by=treated.surgeon)
    services.end_schedule(
        schedule=confirmed, version=None, reason="transferred", note="To Leeds", by=treated.surgeon
    )
    confirmed.refresh_from_db()
    assert (confirmed.ended_reason, confirmed.note) == ("transferred", "To Leeds")


# lost, and in touch again


def test_who_is_lost_to_follow_up_is_a_coded_state_with_what_was_tried(treated, confirmed, make_review):
    make_review(due_in=50)
    seen = today() - timedelta(days=200)
    loss = services.lose_to_follow_up(
        episode=treated.episode, tried="Two letters, three calls", last_seen_on=seen, by=treated.surgeon
    )
    treated.case.refresh_from_db()
    confirmed.refresh_from_db()
    assert (loss.tried, loss.last_seen_on) == ("Two letters, three calls", seen)
    assert (treated.case.status, treated.case.closed_reason) == ("closed", "lost_to_follow_up")
    assert (confirmed.status, confirmed.ended_reason) == ("ended", "lost_to_follow_up")
    assert not Review.objects.scheduled().exists()


def test_a_missed_review_may_say_that_the_patient_is_lost(treated, confirmed):
    miss(treated, the_next(confirmed), end="lost_to_follow_up")
    assert LossToFollowUp.objects.get().tried == "Telephoned twice"
    treated.case.refresh_from_db()
    assert treated.case.closed_reason == "lost_to_follow_up"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tried": " "}, "What was tried is needed"),
        ({"tried": "x" * 2001}, "2000"),
        ({"last_seen_on": date(2999, 1, 1)}, "in the future"),
    ],
)
def test_a_loss_that_says_too_little_is_refused(fields, message, treated):
    with pytest.raises(ValidationError, match=message):
        services.lose_to_follow_up(
            **{"episode": treated.episode, "tried": "A letter", "by": treated.surgeon} | fields
        )


def test_a_closed_case_cannot_be_lost_too(treated):
    case_services.close_case(case=treated.case, reason="transferred", by=treated.nurse)
    with pytest.raises(WrongState):
        services.lose_to_follow_up(episode=treated.episode, tried="A letter", by=treated.surgeon)


def test_in_touch_again_opens_the_case_in_follow_up(treated, confirmed):
    loss = services.lose_to_follow_up(episode=treated.episode, tried="A letter", by=treated.surgeon)
    services.find_again(loss=loss, on=today(), by=treated.coordinator)
    treated.case.refresh_from_db()
    loss.refresh_from_db()
    assert (treated.case.status, treated.case.closed_reason) == ("follow_up", "")
    assert (loss.found_on, loss.found_by) == (today(), treated.coordinator)
    assert set_up(treated).status == "proposed"
    with pytest.raises(WrongState):
        services.find_again(loss=loss, on=today(), by=treated.coordinator)


def test_a_completed_follow_up_closes_the_case(treated, confirmed):
    services.close_follow_up(case=treated.case, by=treated.surgeon)
    treated.case.refresh_from_db()
    assert (treated.case.status, treated.case.closed_reason) == ("closed", "completed")
