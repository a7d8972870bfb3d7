"""Reviews: set, changed, done, missed, cancelled, each with its event; nothing half saved."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services.refusals import said
from followup import services
from followup.models import Reminder, Review, ReviewSchedule
from followup.services import ReviewDetails
from followup.workflow import ReminderStatus
from tests import factories

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate()


def schedule(centre, **fields):
    return services.schedule_review(
        **{
            "episode": centre.episode,
            "kind": "clinic",
            "due_on": today() + timedelta(days=90),
            "responsible": centre.nurse,
            "by": centre.nurse,
        }
        | fields
    )


def details(review, **fields):
    return ReviewDetails(
        **{
            "kind": review.kind,
            "due_on": review.due_on,
            "responsible": review.responsible,
            "note": review.note,
        }
        | fields
    )


ACTIONS = {
    "set": lambda centre, review, by: schedule(centre, by=by),
    "change": lambda centre, review, by: services.change_review(
        review=review, version=None, details=details(review, kind="ct"), by=by
    ),
    "done": lambda centre, review, by: services.record_review(
        review=review, version=None, done_on=today(), finding="no_disease", by=by
    ),
    "missed": lambda centre, review, by: services.mark_review_missed(
        review=review, version=None, what_was_done="Telephoned", new_on=today() + timedelta(days=14), by=by
    ),
    "cancel": lambda centre, review, by: services.cancel_review(
        review=review, version=None, reason="Seen elsewhere", by=by
    ),
}
EVENTS = {
    "set": EventType.REVIEW_SCHEDULED,
    "change": EventType.REVIEW_CHANGED,
    "done": EventType.REVIEW_DONE,
    "missed": EventType.REVIEW_MISSED,
    "cancel": EventType.REVIEW_CANCELLED,
}


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_leaves_its_event_with_the_case(action, centre, make_review):
    made = ACTIONS[action](centre, make_review(due_in=0), centre.nurse)
    event = Event.objects.get(type=EVENTS[action], target_id=made.pk)
    assert (event.target_id, event.case_id, event.by) == (made.pk, centre.case.pk, centre.nurse)
    assert set(event.data) <= {"kind", "due_on", "finding"}


@pytest.mark.parametrize("action", ACTIONS)
def test_where_the_event_cannot_be_written_nothing_is_saved(action, centre, make_review, monkeypatch):
    review = make_review(due_in=0)
    before = list(Review.objects.values())

    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    monkeypatch.setattr("audit.services.record", broken)
    with pytest.raises(DatabaseError):
        ACTIONS[action](centre, review, centre.nurse)
    assert list(Review.objects.values()) == before
    assert not centre.case.events.exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMINISTRATOR}])
@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_is_what_the_permission_table_says(role, action, centre, make_review):
    person, review = factories.member(role, centre.team), make_review(due_in=0)
    if Permission.PLAN_REVIEW in ROLE_PERMISSIONS[role]:
        ACTIONS[action](centre, review, person)
    else:
        with pytest.raises(PermissionDenied):
            ACTIONS[action](centre, review, person)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_nurse_of_another_team_may_not(action, centre, make_review):
    stranger = factories.member(Role.NURSE_SPECIALIST, factories.team())
    with pytest.raises(PermissionDenied):
        ACTIONS[action](centre, make_review(due_in=0), stranger)


@pytest.mark.parametrize("action", ["change", "done", "missed", "cancel"])
@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_what_is_finished_stays_as_it_is(action, status, centre, make_review):
    review = make_review(due_in=0, status=status, done_on=today(), finding="no_disease")
    with pytest.raises(WrongState, match=f"This review is {status}"):
        ACTIONS[action](centre, review, centre.nurse)


def test_an_edit_made_on_an_old_version_is_refused(centre, review):
    services.change_review(review=review, version=1, details=details(review, kind="ct"), by=centre.surgeon)
    with pytest.raises(StaleVersion):
        services.change_review(
            review=review, version=1, details=details(review, note="Mine"), by=centre.nurse
        )
    review.refresh_from_db()
    assert (review.kind, review.note, review.version) == ("ct", "", 2)


# due dates


@pytest.mark.parametrize(
    ("due", "message"),
    [
        ("2026-11-24", "in the past"),
        ("2206-11-25", "too far ahead"),
        ("2041-11-26", "too far ahead"),
        ("1926-11-25", "in the past"),
    ],
)
def test_a_due_date_that_cannot_be_meant_is_refused_with_what_would_be_right(due, message, centre):
    with (
        time_machine.travel("2026-11-25 12:00 +0000"),
        pytest.raises(ValidationError, match=message) as refused,
    ):
        schedule(centre, due_on=date.fromisoformat(due))
    assert list(refused.value.message_dict) == ["due_on"]
    assert "Enter" in str(refused.value)


@pytest.mark.parametrize("due", ["2026-11-25", "2041-11-25"])
def test_today_and_fifteen_years_from_today_can_be_meant(due, centre):
    with time_machine.travel("2026-11-25 12:00 +0000"):
        assert schedule(centre, due_on=date.fromisoformat(due)).due_on == date.fromisoformat(due)


def test_a_leap_day_can_be_due_and_fifteen_years_count_from_one(centre):
    with time_machine.travel("2028-02-29 12:00 +0000"):
        schedule(centre, due_on=date(2028, 2, 29))
        schedule(centre, due_on=date(2043, 2, 28))


def test_today_is_the_day_in_london_not_in_utc(centre):
    with time_machine.travel("2026-06-01 23:30 +0000"), pytest.raises(ValidationError, match="in the past"):
        schedule(centre, due_on=date(2026, 6, 1))


def test_no_review_is_set_for_someone_who_has_died(centre):
    centre.patient.is_dead = True
    centre.patient.save()
    with pytest.raises(ValidationError, match="has died"):
        schedule(centre)


def test_a_person_of_another_team_cannot_be_made_responsible(centre):
    with pytest.raises(ValidationError, match="does not follow up cases in this team"):
        schedule(centre, responsible=factories.member(Role.SURGEON, factories.team()))


def test_everything_that_is_wrong_is_said_at_once(centre):
    stranger = factories.user()
    with pytest.raises(ValidationError) as refused:
        schedule(centre, kind="seance", due_on=date(2020, 1, 1), responsible=stranger, note="x" * 301)
    assert set(refused.value.message_dict) == {"kind", "due_on", "responsible", "note"}


# changed


def test_an_overdue_review_can_be_handed_on_without_a_new_date(centre, make_review):
    review = make_review(due_in=-20)
    services.change_review(
        review=review, version=1, details=details(review, responsible=centre.surgeon), by=centre.nurse
    )
    review.refresh_from_db()
    assert review.responsible == centre.surgeon


def test_a_missed_review_is_planned_again_with_a_new_date_only(centre, make_review):
    review = make_review(due_in=-20, status="missed", status_reason="Did not come")
    with pytest.raises(ValidationError, match="in the past"):
        services.change_review(review=review, version=1, details=details(review), by=centre.nurse)
    again = details(review, due_on=today() + timedelta(days=14))
    assert (
        services.change_review(review=review, version=1, details=again, by=centre.nurse).status == "scheduled"
    )


def test_a_new_date_takes_back_the_reminder_of_the_old_one(centre, make_review):
    review = make_review(due_in=0)
    services.write_due_reminders(today=today())
    later = details(review, due_on=today() + timedelta(days=14))
    services.change_review(review=review, version=1, details=later, by=centre.nurse)
    assert Reminder.objects.get().status == ReminderStatus.SETTLED
    assert services.write_due_reminders(today=later.due_on) == 1


def test_other_words_for_what_is_overdue_write_to_nobody_again(centre, make_review, run, mailoutbox):
    review = make_review(due_in=-20)
    run()
    Reminder.objects.update(read_at=timezone.now())
    sent = len(mailoutbox)
    services.change_review(
        review=review, version=1, details=details(review, note="Ask about the cough"), by=centre.nurse
    )
    run(everything=True)
    assert sent
    assert len(mailoutbox) == sent
    assert not Reminder.objects.unread().exists()


# done


def test_what_was_found_is_on_the_timeline(centre, make_review):
    review = make_review(due_in=0)
    ACTIONS["done"](centre, review, centre.nurse)
    entry = centre.case.events.get()
    assert (entry.type, entry.on, entry.note) == ("reviewed", today(), "Clinic: no evidence of disease")


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"done_on": date(2999, 1, 1)}, "done_on", "in the future"),
        ({"done_on": date(2026, 11, 1)}, "done_on", "before the episode began"),
        ({"done_on": date(1960, 1, 1)}, "done_on", "before the patient was born"),
        ({"finding": ""}, "finding", "needed"),
        ({"finding": "cured"}, "finding", "not a known value"),
        ({"finding": "other", "finding_note": " "}, "finding_note", "say what was found"),
        ({"finding_note": "x" * 4001}, "finding_note", "4000"),
    ],
)
def test_a_finding_that_cannot_be_right_is_refused_by_field(fields, field, message, centre, make_review):
    typed = {"done_on": today(), "finding": "no_disease"} | fields
    with pytest.raises(ValidationError) as refused:
        services.record_review(review=make_review(due_in=0), version=1, by=centre.nurse, **typed)
    assert message in " ".join(refused.value.message_dict[field])


def found(centre, review, finding, **fields):
    return services.record_review(
        review=review, version=None, done_on=today(), finding=finding, by=centre.nurse, **fields
    )


@pytest.mark.parametrize("finding", ["local_recurrence", "metastasis"])
def test_a_recurrence_starts_no_episode_where_nobody_asked_for_one(finding, centre, make_review):
    review = make_review(due_in=0)
    later = today() + timedelta(days=14)
    found(centre, review, finding, next_on=later)
    centre.case.refresh_from_db()
    assert (centre.case.status, centre.case.version, centre.case.episodes.count()) == ("accepted", 1, 1)
    assert review.next.due_on == later


@pytest.mark.parametrize("finding", ["local_recurrence", "metastasis"])
def test_a_recurrence_without_a_new_episode_asks_when_the_patient_is_seen_next(finding, centre, make_review):
    review = make_review(due_in=0)
    with pytest.raises(ValidationError) as refused:
        found(centre, review, finding)
    assert "Enter a date, or start the new episode" in refused.value.message_dict["next_on"][0]
    review.refresh_from_db()
    assert review.status == "scheduled"


def test_of_the_dead_and_of_closed_cases_a_recurrence_is_recorded_as_it_was(centre, make_review):
    centre.patient.is_dead = True
    centre.patient.save()
    assert found(centre, make_review(due_in=-9), "metastasis").status == "done"
    with pytest.raises(ValidationError, match="has died"):
        found(centre, make_review(due_in=-9), "other", finding_note="Cough", next_on=today())


def test_a_day_that_was_typed_is_planned_though_another_review_stands(centre, make_review):
    services.approve_schedule(team=centre.team, pathway="bone_low", by=centre.surgeon)
    schedule = services.set_up_schedule(
        episode=centre.episode, pathway="bone_low", from_on=today(), by=centre.surgeon
    )
    type(schedule).objects.update(status="confirmed")
    review, standing = make_review(due_in=0, schedule=schedule), make_review(due_in=80, schedule=schedule)
    soon = today() + timedelta(days=14)
    found(centre, review, "other", finding_note="Swelling: see again in two weeks", next_on=soon)
    assert review.next.due_on == soon
    assert set(Review.objects.scheduled()) == {review.next, standing}


def test_where_the_next_one_stands_already_another_day_is_refused_with_it(centre, make_review):
    review = make_review(due_in=-9, status="missed", status_reason="Ill")
    after = make_review(due_in=20, follows=review)
    with pytest.raises(ValidationError) as refused:
        found(centre, review, "no_disease", next_on=today())
    assert said(after.due_on) in refused.value.message_dict["next_on"][0]


def test_a_review_can_be_done_before_it_is_due_and_after_it_was_missed(centre, make_review):
    early = make_review(due_in=30)
    late = make_review(due_in=-30, status="missed", status_reason="Was abroad")
    for review in (early, late):
        assert ACTIONS["done"](centre, review, centre.nurse).status == "done"


# missed, cancelled


def test_a_review_is_not_missed_before_it_is_due(centre, make_review):
    with pytest.raises(ValidationError, match="cannot be missed before then"):
        ACTIONS["missed"](centre, make_review(due_in=1), centre.nurse)


def test_what_was_done_about_a_missed_review_is_needed(centre, make_review):
    review = make_review(due_in=0)
    with pytest.raises(ValidationError, match="What was done about it is needed"):
        services.mark_review_missed(
            review=review, version=1, what_was_done="  ", new_on=today(), by=centre.nurse
        )


def test_a_reason_for_cancelling_is_needed(centre, review):
    with pytest.raises(ValidationError, match="Reason is needed"):
        services.cancel_review(review=review, version=1, reason="", by=centre.nurse)


@pytest.fixture
def only(centre, make_review):
    """The one review of a case in follow-up."""
    centre.case.status = "follow_up"
    centre.case.save()
    return make_review(due_in=9)


def cancel(review, by, **fields):
    return services.cancel_review(review=review, version=None, reason="Abroad", by=by, **fields)


def test_the_only_review_of_a_follow_up_is_not_cancelled_without_what_comes_in_its_place(centre, only):
    with pytest.raises(ValidationError, match="New date is needed, or say how follow-up ends"):
        cancel(only, centre.surgeon)
    with pytest.raises(ValidationError, match="choose one of the two"):
        cancel(only, centre.surgeon, new_on=today(), end="completed")
    with pytest.raises(ValidationError, match="not a known value"):
        cancel(only, centre.surgeon, end="died")
    later = today() + timedelta(days=40)
    cancel(only, centre.nurse, new_on=later)
    assert (only.next.due_on, only.next.kind) == (later, only.kind)


@pytest.mark.parametrize("end", ["patient_choice", "transferred", "completed"])
def test_cancelling_the_only_review_may_end_follow_up_with_its_code(end, centre, only):
    cancel(only, centre.surgeon, end=end)
    assert ReviewSchedule.objects.get(episode=centre.episode).ended_reason == end


def test_a_coordinator_does_not_end_follow_up_by_cancelling(centre, only):
    with pytest.raises(PermissionDenied):
        cancel(only, centre.coordinator, end="completed")


def test_with_another_one_planned_a_review_is_cancelled_with_its_reason_alone(centre, only, make_review):
    make_review(due_in=60)
    assert cancel(only, centre.nurse).status == "cancelled"


def test_what_was_missed_and_planned_again_can_still_be_cancelled_for_another_day(centre, only, make_review):
    before = make_review(due_in=-9, status="missed", status_reason="Ill")
    Review.objects.filter(pk=only.pk).update(follows=before, status="cancelled")
    cancel(before, centre.nurse, new_on=today())
    assert Review.objects.scheduled().get().due_on == today()


@pytest.mark.parametrize("action", ["done", "missed", "cancel"])
def test_what_is_settled_leaves_the_inbox(action, centre, make_review):
    review = make_review(due_in=0)
    services.write_due_reminders(today=today())
    ACTIONS[action](centre, review, centre.nurse)
    assert not Reminder.objects.unread().exists()
