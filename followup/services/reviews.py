"""Reviews: set, changed, done, missed, cancelled; each done or missed plans the next, or says how follow-up ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.models import Episode, Patient
from cases.models.case import CaseEventType, EpisodeKind
from cases.services.cases import start_episode
from cases.services.events import note as note_event
from cases.services.refusals import Refusals, said
from followup.models import ReminderKind, Review, ReviewFinding, ReviewKind, ScheduleEnd
from followup.services.endings import end_follow_up, end_schedules
from followup.services.lost import lose_to_follow_up
from followup.services.next_review import plan_again, plan_next
from followup.services.people import must_be_of
from followup.services.reminders import settle
from followup.workflow import REVIEW, ReviewStatus

YEARS_AHEAD = 15
"""The longest that a sarcoma is followed up; a later date is a slip of the year."""

NOTE, REASON, FINDING_NOTE = 300, 300, 4000

PROPOSES_REOPENING = {
    ReviewFinding.LOCAL_RECURRENCE,
    ReviewFinding.METASTASIS,
    ReviewFinding.NEW_PRIMARY,
}
"""Findings that end the schedule: the case has to go back to the meeting."""

EPISODE_AFTER = {
    ReviewFinding.LOCAL_RECURRENCE: EpisodeKind.LOCAL_RECURRENCE,
    ReviewFinding.METASTASIS: EpisodeKind.METASTATIC_RECURRENCE,
}
"""The episode that a finding starts; a new primary is a second case, which people open."""

ENDS_WHEN_MISSED = (ScheduleEnd.LOST, ScheduleEnd.PATIENT_CHOICE, ScheduleEnd.TRANSFERRED)
"""How follow-up may end with a review that was missed."""


@dataclass(frozen=True)
class ReviewDetails:
    """What is planned: which look at the patient, when, and by whom."""

    kind: str
    due_on: date
    responsible: User
    note: str = ""
    also: Sequence[str] = ()


@transaction.atomic
def schedule_review(
    *,
    episode: Episode,
    kind: str,
    due_on: date,
    responsible: User,
    note: str = "",
    also: Sequence[str] = (),
    by: User,
) -> Review:
    """Plan a review of a living patient; `also`: imaging to have by then."""
    episode = Episode.objects.select_related("case").get(pk=episode.pk)
    by.must(Permission.PLAN_REVIEW, episode.case.team_id)
    details = ReviewDetails(kind, due_on, responsible, note, also)
    refused = Refusals()
    _refuse_for_the_dead(episode, refused)
    _refuse_details(details, episode, refused)
    _refuse_due(due_on, refused)
    refused.settle()
    review = Review.objects.create(
        episode=episode,
        kind=kind,
        also=list(also),
        due_on=due_on,
        responsible=responsible,
        note=note,
        created_by=by,
    )
    _record(EventType.REVIEW_SCHEDULED, review, by)
    return review


@transaction.atomic
def change_review(*, review: Review, version: int | None, details: ReviewDetails, by: User) -> Review:
    """Change what is planned; a missed review is planned again."""
    review = _locked(review, by)
    if review.status != ReviewStatus.SCHEDULED:
        REVIEW.check(review.status, ReviewStatus.SCHEDULED)
    check_version(review, version)
    again = review.status == ReviewStatus.MISSED
    refused = Refusals()
    if again and Review.objects.filter(follows=review).exists():
        refused.add("__all__", "The review after this one is planned already. Change that one.")
    _refuse_for_the_dead(review.episode, refused)
    _refuse_details(details, review.episode, refused)
    if again or details.due_on != review.due_on:
        _refuse_due(details.due_on, refused)
    refused.settle()
    review.kind, review.due_on, review.note = details.kind, details.due_on, details.note
    review.responsible, review.status = details.responsible, ReviewStatus.SCHEDULED
    review.also = list(details.also)
    review.save()
    settle(kind=ReminderKind.REVIEW_DUE, target_id=review.pk)
    _record(EventType.REVIEW_CHANGED, review, by)
    return review


@transaction.atomic
def record_review(
    *,
    review: Review,
    version: int | None,
    done_on: date,
    finding: str,
    finding_note: str = "",
    next_on: date | None = None,
    new_episode: bool = False,
    by: User,
) -> Review:
    """Say what the review found, and plan the next one: on `next_on`, or by its schedule.

    A recurrence, metastasis or new primary ends the schedule; with `new_episode` it starts the new episode too, and
    re-opens the case.
    """
    review = _locked(review, by)
    REVIEW.check(review.status, ReviewStatus.DONE)
    check_version(review, version)
    _refuse_outcome(review, done_on, finding, finding_note, next_on, new_episode=new_episode)
    review.status, review.done_on = ReviewStatus.DONE, done_on
    review.finding, review.finding_note = finding, finding_note
    _finish(review, EventType.REVIEW_DONE, by, {"finding": finding})
    words = f"{review.get_kind_display()}: {review.get_finding_display().lower()}"
    note_event(case=review.episode.case, type=CaseEventType.REVIEWED, on=done_on, note=words, by=by)
    if finding in PROPOSES_REOPENING:
        end_schedules(episode=review.episode, reason=ScheduleEnd.RECURRENCE, on=done_on, by=by)
    if new_episode and finding in EPISODE_AFTER:
        kind = EPISODE_AFTER[ReviewFinding(finding)]
        start_episode(case=review.episode.case, kind=kind, started_on=done_on, by=by)
    plan_next(review=review, last_on=done_on, due_on=next_on, by=by)
    return review


def _refuse_outcome(
    review: Review, done_on: date, finding: str, note: str, next_on: date | None, *, new_episode: bool
) -> None:
    refused = Refusals()
    patient, episode = review.episode.case.patient, review.episode
    refused.past("done_on", "Date of the review", done_on, born=patient.birth_on)
    refused.order("done_on", "Date of the review", done_on, "the episode began", episode.started_on)
    refused.choice("finding", "Finding", finding, ReviewFinding.values)
    refused.need("finding", "Finding", finding)
    refused.length("finding_note", "Detail", note, FINDING_NOTE)
    if finding == ReviewFinding.OTHER and not note.strip():
        refused.add("finding_note", "Detail is needed where the finding is “Other”: say what was found.")
    if next_on is not None:
        _refuse_due(next_on, refused, "next_on", "Next review")
    if new_episode and finding in EPISODE_AFTER and episode.pk != episode.case.current_episode_id:
        message = "The case is at a later episode already: record the review without starting another."
        refused.add("new_episode", message)
    refused.settle()


@transaction.atomic
def mark_review_missed(
    *,
    review: Review,
    version: int | None,
    what_was_done: str,
    new_on: date | None = None,
    end: str = "",
    last_seen_on: date | None = None,
    by: User,
) -> Review:
    """Say that the review did not happen, what was done about it, and what follows: a new date, or a coded end."""
    review = _locked(review, by)
    REVIEW.check(review.status, ReviewStatus.MISSED)
    check_version(review, version)
    refused = Refusals()
    if review.due_on > timezone.localdate():
        refused.add(
            "__all__", f"This review is due on {said(review.due_on)}: it cannot be missed before then."
        )
    _refuse_reason("what_was_done", "What was done about it", what_was_done, refused)
    _refuse_what_follows(new_on, end, refused)
    refused.settle()
    review.status, review.status_reason = ReviewStatus.MISSED, what_was_done
    _finish(review, EventType.REVIEW_MISSED, by)
    if new_on is not None:
        plan_again(review=review, due_on=new_on, by=by)
    elif end == ScheduleEnd.LOST:
        lose_to_follow_up(episode=review.episode, tried=what_was_done, last_seen_on=last_seen_on, by=by)
    else:
        today = timezone.localdate()
        ended = end_follow_up(episode=review.episode, reason=ScheduleEnd(end), on=today, by=by)
        if review.schedule_id is None:
            review.schedule = ended
            review.save(update_fields=["schedule"])
    return review


def _refuse_what_follows(new_on: date | None, end: str, refused: Refusals) -> None:
    """One of the two: a missed review is never left without either."""
    refused.choice("end", "How follow-up ends", end, ENDS_WHEN_MISSED)
    if new_on is None and not end:
        refused.add("new_on", "New date is needed, or say how follow-up ends.")
    if new_on is not None and end:
        refused.add("new_on", "Follow-up ends, so there is no new date: choose one of the two.")
    elif new_on is not None:
        _refuse_due(new_on, refused, "new_on", "New date")


@transaction.atomic
def cancel_review(*, review: Review, version: int | None, reason: str, by: User) -> Review:
    """Say why the review is not needed any more."""
    review = _locked(review, by)
    REVIEW.check(review.status, ReviewStatus.CANCELLED)
    check_version(review, version)
    refused = Refusals()
    _refuse_reason("reason", "Reason", reason, refused)
    refused.settle()
    review.status, review.status_reason = ReviewStatus.CANCELLED, reason
    _finish(review, EventType.REVIEW_CANCELLED, by)
    return review


def _locked(review: Review, by: User) -> Review:
    review = (
        Review.objects.select_for_update(of=("self",))
        .select_related("episode__case__patient", "responsible")
        .get(pk=review.pk)
    )
    by.must(Permission.PLAN_REVIEW, review.episode.case.team_id)
    return review


def _finish(review: Review, event: EventType, by: User | None, data: dict[str, str] | None = None) -> None:
    review.save()
    settle(kind=ReminderKind.REVIEW_DUE, target_id=review.pk)
    _record(event, review, by, data)


def _record(event: EventType, review: Review, by: User | None, data: dict[str, str] | None = None) -> None:
    data = {"kind": review.kind, "due_on": review.due_on.isoformat(), **(data or {})}
    audit.record(event, target=review, by=by, case_id=review.episode.case_id, data=data)


def _refuse_for_the_dead(episode: Episode, refused: Refusals) -> None:
    """Under the patient's lock, so that a death recorded at the same moment is seen here or sees this review."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=episode.case.patient_id)
    if patient.is_dead:
        refused.add("__all__", "The patient has died, so no review can be planned.")


def _refuse_details(details: ReviewDetails, episode: Episode, refused: Refusals) -> None:
    refused.choice("kind", "Kind", details.kind, ReviewKind.values)
    refused.need("kind", "Kind", details.kind)
    for each in details.also:
        refused.choice("also", "Imaging", each, ReviewKind.values)
    refused.length("note", "Note", details.note, NOTE)
    team = episode.case.team_id
    must_be_of(
        team, details.responsible, Permission.PLAN_REVIEW, refused, "responsible", "Who is responsible"
    )


def _refuse_due(due_on: date, refused: Refusals, field: str = "due_on", label: str = "Due date") -> None:
    today = timezone.localdate()
    if due_on < today:
        refused.add(field, f"{label} ({said(due_on)}) is in the past. Enter today or a later date.")
    elif (due_on.year - YEARS_AHEAD, due_on.month, due_on.day) > (today.year, today.month, today.day):
        message = f"{label} ({said(due_on)}) is too far ahead. Enter a date within {YEARS_AHEAD} years."
        refused.add(field, message)


def _refuse_reason(field: str, label: str, text: str, refused: Refusals) -> None:
    refused.need(field, label, text.strip())
    refused.length(field, label, text, REASON)
