"""The next review after one that was done or missed: by its schedule, never two."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from followup import schedules
from followup.models import Review, ReviewSchedule, ScheduleEnd, ScheduleStatus
from followup.schedules import Look
from followup.services.people import who_may
from followup.services.reviewing.endings import end_schedules
from followup.workflow import ReviewStatus


def look_after(schedule: ReviewSchedule, last_on: date, planned_on: date | None = None) -> Look | None:
    """What the schedule asks for after a review on that day; None when it is over."""
    phases = schedules.read_phases(schedule.phases)
    return schedules.next_look(phases, from_on=schedule.from_on, last_on=last_on, planned_on=planned_on)


def last_seen_on(schedule: ReviewSchedule) -> date:
    """The day from which the first review counts: the newest that was done since treatment ended, else that end."""
    done = Review.objects.filter(
        episode=schedule.episode_id, status=ReviewStatus.DONE, done_on__gte=schedule.from_on
    )
    newest = done.order_by("-done_on").first()
    return newest.done_on if newest and newest.done_on else schedule.from_on


def becomes_first(schedule: ReviewSchedule, planned: Review) -> bool:
    """Whether a review that is planned is near enough to be the first of the schedule."""
    look = look_after(schedule, last_seen_on(schedule))
    latest = max(look.due_on, timezone.localdate()) + schedules.grace() if look else None
    return latest is None or planned.due_on <= latest


@transaction.atomic
def plan_first(*, schedule: ReviewSchedule, due_on: date | None, by: User) -> Review | None:
    """Plan a confirmed schedule's first review, on the day that was chosen or by the schedule.

    Where no day was chosen, one that is planned for the episode already becomes it, as it is, if it is near enough.
    """
    planned = Review.objects.select_for_update(of=("self",)).scheduled().filter(episode=schedule.episode_id)
    standing = planned.order_by("due_on", "pk").first()
    if standing is not None and due_on is None and becomes_first(schedule, standing):
        standing.schedule = schedule
        standing.version += 1
        standing.save(update_fields=["schedule", "version"])
        return standing
    last_on = last_seen_on(schedule)
    look = look_after(schedule, last_on)
    if look is None and due_on is None:
        return None
    kinds = look.kinds if look else schedules.read_phases(schedule.phases)[-1].kinds
    on = due_on or (look.due_on if look else last_on)
    return _plan(schedule=schedule, follows=None, due_on=on, kinds=kinds, by=by)


@transaction.atomic
def plan_next(*, review: Review, last_on: date, due_on: date | None, by: User) -> Review | None:
    """Plan the review after this one, on the day that was chosen or by its schedule; a schedule that is over ends.

    Nothing where the next one stands already, where no date was chosen and no schedule stands, or for the dead.
    """
    if review.episode.case.patient.is_dead or Review.objects.filter(follows=review).exists():
        return None
    schedule = _standing(review)
    if schedule is None:
        return _by_hand(review, due_on, by) if due_on else None
    if due_on is None and schedule.reviews.scheduled().exclude(pk=review.pk).exists():
        return None
    look = look_after(schedule, last_on, review.due_on)
    if look is None and due_on is None:
        today = timezone.localdate()
        end_schedules(episode=review.episode, reason=ScheduleEnd.COMPLETED, on=today, by=by)
        return None
    kinds = look.kinds if look else (review.kind, *review.also)
    on = due_on or (look.due_on if look else last_on)
    return _plan(schedule=schedule, follows=review, due_on=on, kinds=kinds, by=by)


@transaction.atomic
def plan_again(*, review: Review, due_on: date, by: User) -> Review:
    """The same look at the patient on another day, after it was missed or cancelled."""
    schedule = _standing(review)
    if schedule is None:
        return _by_hand(review, due_on, by)
    return _plan(schedule=schedule, follows=review, due_on=due_on, kinds=(review.kind, *review.also), by=by)


def _unfollowed(review: Review | None) -> Review | None:
    """The review, unless another was planned after it already: each is followed by one."""
    return None if review is None or Review.objects.filter(follows=review).exists() else review


def _standing(review: Review) -> ReviewSchedule | None:
    """The review's schedule, while it stands; its row is the lock against two next ones."""
    if review.schedule_id is None:
        return None
    rows = ReviewSchedule.objects.select_for_update(of=("self",)).filter(status=ScheduleStatus.CONFIRMED)
    return rows.select_related("episode__case").filter(pk=review.schedule_id).first()


def _by_hand(review: Review, due_on: date, by: User) -> Review:
    made = Review.objects.create(
        episode=review.episode,
        follows=_unfollowed(review),
        kind=review.kind,
        also=review.also,
        due_on=due_on,
        responsible=_who(review.episode.case.team_id, review.responsible, by),
        created_by=by,
    )
    return _recorded(made, by)


def _plan(
    *, schedule: ReviewSchedule, follows: Review | None, due_on: date, kinds: Sequence[str], by: User
) -> Review:
    """A date that has passed meanwhile is today: it is due at once."""
    kind, *also = kinds
    named = (schedule.responsible, follows.responsible if follows else None)
    made = Review.objects.create(
        episode=schedule.episode,
        schedule=schedule,
        follows=_unfollowed(follows),
        kind=kind,
        also=also,
        due_on=max(due_on, timezone.localdate()),
        responsible=_who(schedule.episode.case.team_id, *named, by),
        created_by=by,
    )
    return _recorded(made, by)


def _who(team: int, *named: User | None) -> User:
    """The first who still follows up cases in the team; the last is whoever records, who may."""
    able = who_may(Permission.PLAN_REVIEW, team)
    chosen = next((person for person in named if person in able), named[-1])
    if chosen is None:
        raise ValueError("whoever records a review is named last")
    return chosen


def _recorded(review: Review, by: User) -> Review:
    data = {"kind": review.kind, "due_on": review.due_on.isoformat()}
    audit.record(EventType.REVIEW_SCHEDULED, target=review, by=by, case_id=review.episode.case_id, data=data)
    return review
