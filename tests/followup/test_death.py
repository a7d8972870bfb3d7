"""A recorded death stops reviews and reminders at once."""

import pytest
from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from followup import services
from followup.models import Reminder, Review
from followup.workflow import ReminderStatus
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def death(centre):
    centre.patient.is_dead = True
    centre.patient.save()
    return Event.objects.create(
        type=EventType.PATIENT_DIED,
        target_type="cases.patient",
        target_id=centre.patient.pk,
        by=centre.nurse,
    )


def test_planned_reviews_are_cancelled_with_the_reason(centre, make_review, death):
    reviews = [make_review(due_in=days) for days in (-5, 0, 400)]
    services.stop_for_death(event=death)
    for review in reviews:
        review.refresh_from_db()
        assert (review.status, review.status_reason, review.version) == (
            "cancelled",
            "The patient has died",
            2,
        )
    events = Event.objects.filter(type=EventType.REVIEW_CANCELLED, case_id=centre.case.pk, by=None)
    assert events.count() == 3


def test_what_was_done_or_missed_before_stays(make_review, death):
    done = make_review(status="done", done_on=timezone.localdate(), finding="no_disease")
    missed = make_review(status="missed")
    services.stop_for_death(event=death)
    assert set(Review.objects.filter(pk__in=[done.pk, missed.pk]).values_list("status", flat=True)) == {
        "done",
        "missed",
    }


def test_another_patients_reviews_and_reminders_stay(centre, make_review, death):
    others = make_review(due_in=0, episode=factories.case(centre.team).current_episode)
    services.write_due_reminders(today=timezone.localdate())
    services.stop_for_death(event=death)
    others.refresh_from_db()
    assert others.status == "scheduled"
    assert Reminder.objects.get().status == ReminderStatus.PENDING


@pytest.mark.parametrize("status", ["pending", "failed", "claimed"])
def test_reminders_not_yet_sent_are_cancelled_and_leave_the_inbox(status, centre, make_review, death):
    review = make_review(due_in=0)
    reminder = Reminder.objects.create(
        kind="review_due",
        target_id=review.pk,
        step="x",
        person=centre.nurse,
        case=centre.case,
        due_on=review.due_on,
        status=status,
        message_id="<one@example.org>",
    )
    services.stop_for_death(event=death)
    reminder.refresh_from_db()
    assert reminder.status == ReminderStatus.CANCELLED
    assert reminder.read_at is not None


def test_one_that_is_at_the_mail_server_is_still_marked_as_sent(
    centre, make_review, post_day, monkeypatch, death
):
    centre.patient.is_dead = False
    centre.patient.save()
    make_review(due_in=0)
    services.write_due_reminders(today=timezone.localdate())
    monkeypatch.setattr(
        "django.core.mail.backends.locmem.EmailBackend.send_messages",
        lambda self, messages: services.stop_for_death(event=death),
    )
    services.send_due_reminders(worker="test")
    assert Reminder.objects.get().status == ReminderStatus.SENT


def test_open_second_opinions_stay_for_a_person_and_nobody_is_reminded(opinion, death):
    services.stop_for_death(event=death)
    opinion.refresh_from_db()
    assert opinion.status == "requested"
    assert services.write_due_reminders(today=opinion.step_due_on) == 0


def test_being_told_twice_changes_nothing_more(make_review, death):
    make_review(due_in=0)
    services.stop_for_death(event=death)
    services.stop_for_death(event=death)
    assert Event.objects.filter(type=EventType.REVIEW_CANCELLED).count() == 1


def test_a_death_recorded_on_the_patients_page_stops_them(
    centre, make_review, django_capture_on_commit_callbacks
):
    from cases.services import record_death

    review = make_review(due_in=9)
    with django_capture_on_commit_callbacks(execute=True):
        record_death(patient=centre.patient, died_on=timezone.localdate(), by=centre.nurse)
    review.refresh_from_db()
    assert review.status == "cancelled"
