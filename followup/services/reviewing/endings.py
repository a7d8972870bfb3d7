"""How follow-up ends: each with a coded reason, and with it the reviews that were planned."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState, check_version
from cases.models import Case, Episode
from cases.services.cases import close_case
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus, ClosedReason
from followup import schedules
from followup.models import (
    ReminderKind,
    Review,
    ReviewQuerySet,
    ReviewSchedule,
    ScheduleEnd,
    ScheduleStatus,
)
from followup.services.reminding.reminders import settle
from followup.workflow import SCHEDULE, ReviewStatus

BY_HAND = (ScheduleEnd.PATIENT_CHOICE, ScheduleEnd.TRANSFERRED, ScheduleEnd.COMPLETED)
"""How a clinician ends follow-up, beside saying that the patient is lost to it."""

WITH_CASE = {
    ClosedReason.COMPLETED: ScheduleEnd.COMPLETED,
    ClosedReason.DIED: ScheduleEnd.DIED,
    ClosedReason.TRANSFERRED: ScheduleEnd.TRANSFERRED,
    ClosedReason.LOST: ScheduleEnd.LOST,
}
"""What the closing of a case says of its follow-up; every other reason: that the case was closed."""


@transaction.atomic
def end_schedules(*, episode: Episode, reason: ScheduleEnd, on: date, by: User | None) -> int:
    """End the episode's open schedule and cancel the reviews planned by it; returns how many ended.

    Who may is asked by the decision that brings it about. `by` None: the service itself, after a death or a closing.
    """
    Case.objects.locked(episode.case_id)
    rows = ReviewSchedule.objects.select_for_update(of=("self",)).open().filter(episode=episode)
    ended = 0
    for schedule in rows.select_related("episode"):
        SCHEDULE.check(schedule.status, ScheduleStatus.ENDED)
        schedule.status, schedule.ended_reason, schedule.ended_on = ScheduleStatus.ENDED, reason, on
        schedule.version += 1
        schedule.save(update_fields=["status", "ended_reason", "ended_on", "version"])
        settle(kind=ReminderKind.SCHEDULE_TO_CONFIRM, target_id=schedule.pk)
        data = {"reason": str(reason)}
        audit.record(
            EventType.SCHEDULE_ENDED, target=schedule, by=by, case_id=schedule.episode.case_id, data=data
        )
        cancel_planned(reviews=schedule.reviews.scheduled(), reason=ScheduleEnd(reason).label, by=by)
        ended += 1
    return ended


@transaction.atomic
def cancel_planned(*, reviews: ReviewQuerySet, reason: str, by: User | None) -> int:
    """Cancel what is planned, with the reason; returns how many. Who may is asked by the caller's decision."""
    planned = reviews.scheduled().select_related("episode").select_for_update(of=("self",)).order_by("pk")
    count = 0
    for review in planned:
        review.status, review.status_reason = ReviewStatus.CANCELLED, reason
        review.version += 1
        review.save(update_fields=["status", "status_reason", "version"])
        settle(kind=ReminderKind.REVIEW_DUE, target_id=review.pk)
        audit.record(EventType.REVIEW_CANCELLED, target=review, by=by, case_id=review.episode.case_id)
        count += 1
    return count


@transaction.atomic
def end_follow_up(*, episode: Episode, reason: ScheduleEnd, on: date, by: User) -> ReviewSchedule:
    """End follow-up with its code, whether a schedule was open or not; everything planned for the episode is off."""
    by.must(Permission.CONFIRM_SCHEDULE, episode.case.team_id)
    if not end_schedules(episode=episode, reason=reason, on=on, by=by):
        _write_end(episode, reason, on, by)
    cancel_planned(reviews=Review.objects.filter(episode=episode), reason=ScheduleEnd(reason).label, by=by)
    return ReviewSchedule.objects.filter(episode=episode, status=ScheduleStatus.ENDED).latest("pk")


def _write_end(episode: Episode, reason: ScheduleEnd, on: date, by: User) -> None:
    """Where no schedule stood, a row of its own says how follow-up ended."""
    schedule = ReviewSchedule.objects.create(
        episode=episode,
        pathway=schedules.OWN,
        edition=schedules.edition(),
        from_on=on,
        phases=[],
        status=ScheduleStatus.ENDED,
        ended_reason=reason,
        ended_on=on,
    )
    data = {"reason": str(reason)}
    audit.record(EventType.SCHEDULE_ENDED, target=schedule, by=by, case_id=episode.case_id, data=data)


@transaction.atomic
def end_schedule(
    *, schedule: ReviewSchedule, version: int | None, reason: str, note: str = "", by: User
) -> ReviewSchedule:
    """A clinician ends a schedule: the patient's choice, followed up elsewhere, or completed."""
    schedule = locked_schedule(schedule)
    by.must(Permission.CONFIRM_SCHEDULE, schedule.episode.case.team_id)
    SCHEDULE.check(schedule.status, ScheduleStatus.ENDED)
    check_version(schedule, version)
    refused = Refusals()
    refused.need("reason", "How follow-up ends", reason)
    refused.choice("reason", "How follow-up ends", reason, BY_HAND)
    refused.length("note", "Note", note, 300)
    refused.settle()
    if note:
        schedule.note = note
    schedule.save(update_fields=["note", "version"])
    end_schedules(episode=schedule.episode, reason=ScheduleEnd(reason), on=timezone.localdate(), by=by)
    schedule.refresh_from_db()
    return schedule


@transaction.atomic
def say_how_it_ends(*, episode: Episode, reason: str, note: str = "", by: User) -> ReviewSchedule:
    """A clinician ends follow-up for which nothing is planned, with its code."""
    case = Case.objects.locked(episode.case_id)
    by.must(Permission.CONFIRM_SCHEDULE, case.team_id)
    if case.status == CaseStatus.CLOSED:
        raise WrongState("case", "closed", "followed up no longer")
    refused = Refusals()
    refused.need("reason", "How follow-up ends", reason)
    refused.choice("reason", "How follow-up ends", reason, BY_HAND)
    refused.length("note", "Note", note, 300)
    refused.settle()
    ended = end_follow_up(episode=episode, reason=ScheduleEnd(reason), on=timezone.localdate(), by=by)
    if note:
        ended.note = note
        ended.save()
    return ended


@transaction.atomic
def close_follow_up(*, case: Case, by: User) -> Case:
    """Close a case whose follow-up is completed."""
    by.must(Permission.CONFIRM_SCHEDULE, case.team_id)
    return close_case(case=case, reason=ClosedReason.COMPLETED, by=by)


@transaction.atomic
def end_with_case(*, event: Event) -> None:
    """A closed case has no follow-up. Consumer of the outbox; safe to run twice, and idle where it was re-opened."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=event.target_id)
    if case.status != CaseStatus.CLOSED:
        return
    reason = WITH_CASE.get(ClosedReason(case.closed_reason), ScheduleEnd.CLOSED)
    on = case.closed_on or timezone.localdate()
    for episode in case.episodes.all():
        end_schedules(episode=episode, reason=reason, on=on, by=None)
    cancel_planned(
        reviews=Review.objects.filter(episode__case=case), reason=ScheduleEnd(reason).label, by=None
    )


def locked_schedule(schedule: ReviewSchedule) -> ReviewSchedule:
    """Held until the transaction ends, with what its rules ask; its case first, as with reviews."""
    Case.objects.locked(Episode.objects.only("case_id").get(review_schedules=schedule.pk).case_id)
    rows = ReviewSchedule.objects.select_for_update(of=("self",))
    return rows.select_related("episode__case__patient", "episode__case__team", "responsible").get(
        pk=schedule.pk
    )
