"""Schedules that are followed: each review plans the next, or says how follow-up ends."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from followup import schedules, services
from followup.models import Review, ReviewSchedule
from followup.schedules import add_months
from tests.followup.following import (
    miss,
    record,
    the_next,
    today,
)

pytestmark = pytest.mark.django_db


# followed


def test_each_review_that_is_done_plans_the_next(treated, confirmed):
    first = the_next(confirmed)
    record(treated, first)
    second = the_next(confirmed)
    assert (second.follows, second.due_on) == (first, add_months(today(), 3))


def test_the_next_date_may_be_another_than_the_schedules(treated, confirmed):
    chosen = today() + timedelta(days=50)
    record(treated, the_next(confirmed), next_on=chosen)
    assert the_next(confirmed).due_on == chosen


def test_a_review_that_was_missed_is_planned_again_in_the_same_step(treated, confirmed):
    first = the_next(confirmed)
    again_on = today() + timedelta(days=10)
    miss(treated, first, new_on=again_on)
    again = the_next(confirmed)
    assert (again.follows, again.due_on, again.kind, again.also) == (
        first,
        again_on,
        "clinic",
        ["chest_imaging"],
    )
    assert not Review.objects.waiting().exists()


def test_a_missed_review_is_never_left_without_a_date_or_an_end(treated, confirmed):
    first = the_next(confirmed)
    with pytest.raises(ValidationError, match="New date is needed, or say how follow-up ends"):
        miss(treated, first)
    with pytest.raises(ValidationError, match="choose one of the two"):
        miss(treated, first, new_on=today(), end="patient_choice")
    with pytest.raises(ValidationError, match="in the past"):
        miss(treated, first, new_on=today() - timedelta(days=1))
    with pytest.raises(ValidationError, match="not a known value"):
        miss(treated, first, end="bored")
    first.refresh_from_db()
    assert first.status == "scheduled"


@pytest.mark.parametrize("end", ["patient_choice", "transferred"])
def test_a_missed_review_may_end_follow_up_with_its_code(end, treated, confirmed):
    miss(treated, the_next(confirmed), end=end)
    confirmed.refresh_from_db()
    assert (confirmed.status, confirmed.ended_reason, confirmed.ended_on) == ("ended", end, today())
    assert not Review.objects.scheduled().exists()
    assert not Review.objects.waiting().exists()


def test_the_end_is_coded_where_no_schedule_stood(treated, make_review):
    review = make_review(due_in=-3)
    miss(treated, review, end="patient_choice")
    assert ReviewSchedule.objects.get().ended_reason == "patient_choice"
    assert not Review.objects.waiting().exists()


def test_a_coordinator_gives_a_new_date_and_leaves_the_end_to_clinicians(treated, confirmed):
    first = the_next(confirmed)
    with pytest.raises(PermissionDenied):
        miss(treated, first, end="patient_choice", by=treated.coordinator)
    miss(treated, first, new_on=today(), by=treated.coordinator)


def test_a_review_recorded_late_as_done_has_no_second_next_one(treated, confirmed):
    first = the_next(confirmed)
    miss(treated, first, new_on=today() + timedelta(days=10))
    again = the_next(confirmed)
    record(treated, first)
    assert the_next(confirmed) == again


def test_a_missed_review_that_was_planned_again_is_not_set_back(treated, confirmed):
    first = the_next(confirmed)
    miss(treated, first, new_on=today() + timedelta(days=10))
    planned = services.ReviewDetails("clinic", today(), treated.nurse)
    with pytest.raises(ValidationError, match="planned already"):
        services.change_review(review=first, version=None, details=planned, by=treated.nurse)


def test_a_review_set_by_hand_has_a_next_one_where_a_date_is_given(centre, make_review):
    record(centre, make_review(due_in=0))
    assert Review.objects.count() == 1
    record(centre, last := make_review(due_in=0), next_on=today() + timedelta(days=180))
    assert last.next.due_on == today() + timedelta(days=180)


def test_a_person_who_left_the_team_is_not_made_responsible_again(treated, confirmed):
    first = the_next(confirmed)
    treated.nurse.memberships.update(is_active=False)
    record(treated, first, by=treated.surgeon)
    assert the_next(confirmed).responsible == treated.surgeon


def test_ten_years_of_reviews_come_one_after_another_and_then_ask_for_the_end(
    treated, confirmed, time_machine_to
):
    schedule, months = confirmed, []
    while (review := schedule.reviews.filter(status="scheduled").first()) is not None:
        time_machine_to(f"{review.due_on.isoformat()} 12:00 +0000")
        record(treated, review, done_on=review.due_on)
        months.append(schedules.months_since(schedule.from_on, review.due_on))
        assert schedule.reviews.scheduled().count() <= 1
    assert months == [*range(3, 37, 3), *range(42, 61, 6), *range(72, 121, 12)]
    schedule.refresh_from_db()
    assert (schedule.status, schedule.ended_reason) == ("ended", "completed")
