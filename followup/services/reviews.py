"""Reviews: set, changed, done, missed, cancelled; a finding proposes what follows and never does it."""

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
from cases.models.case import CaseEventType
from cases.services.events import note as note_event
from cases.services.refusals import Refusals, said
from followup.models import ReminderKind, Review, ReviewFinding, ReviewKind
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
"""Findings after which the case may have to go back to the meeting; people decide that."""


@dataclass(frozen=True)
class ReviewDetails:
    """What is planned: which look at the patient, when, and by whom."""

    kind: str
    due_on: date
    responsible: User
    note: str = ""


@transaction.atomic
def schedule_review(
    *, episode: Episode, kind: str, due_on: date, responsible: User, note: str = "", by: User
) -> Review:
    """Plan a review of a living patient."""
    episode = Episode.objects.select_related("case").get(pk=episode.pk)
    by.must(Permission.PLAN_REVIEW, episode.case.team_id)
    details = ReviewDetails(kind, due_on, responsible, note)
    refused = Refusals()
    _refuse_for_the_dead(episode, refused)
    _refuse_details(details, episode, refused)
    _refuse_due(due_on, refused)
    refused.settle()
    review = Review.objects.create(
        episode=episode, kind=kind, due_on=due_on, responsible=responsible, note=note, created_by=by
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
    _refuse_for_the_dead(review.episode, refused)
    _refuse_details(details, review.episode, refused)
    if again or details.due_on != review.due_on:
        _refuse_due(details.due_on, refused)
    refused.settle()
    review.kind, review.due_on, review.note = details.kind, details.due_on, details.note
    review.responsible, review.status = details.responsible, ReviewStatus.SCHEDULED
    review.save()
    settle(kind=ReminderKind.REVIEW_DUE, target_id=review.pk)
    _record(EventType.REVIEW_CHANGED, review, by)
    return review


@transaction.atomic
def record_review(
    *, review: Review, version: int | None, done_on: date, finding: str, finding_note: str = "", by: User
) -> Review:
    """Say what the review found. A recurrence is proposed to the meeting by a person, not by this."""
    review = _locked(review, by)
    REVIEW.check(review.status, ReviewStatus.DONE)
    check_version(review, version)
    refused = Refusals()
    patient, episode = review.episode.case.patient, review.episode
    refused.past("done_on", "Date of the review", done_on, born=patient.birth_on)
    refused.order("done_on", "Date of the review", done_on, "the episode began", episode.started_on)
    refused.choice("finding", "Finding", finding, ReviewFinding.values)
    refused.need("finding", "Finding", finding)
    refused.length("finding_note", "Detail", finding_note, FINDING_NOTE)
    if finding == ReviewFinding.OTHER and not finding_note.strip():
        refused.add("finding_note", "Detail is needed where the finding is “Other”: say what was found.")
    refused.settle()
    review.status, review.done_on = ReviewStatus.DONE, done_on
    review.finding, review.finding_note = finding, finding_note
    _finish(review, EventType.REVIEW_DONE, by, {"finding": finding})
    words = f"{review.get_kind_display()}: {review.get_finding_display().lower()}"
    note_event(case=episode.case, type=CaseEventType.REVIEWED, on=done_on, note=words, by=by)
    return review


@transaction.atomic
def mark_review_missed(*, review: Review, version: int | None, what_was_done: str, by: User) -> Review:
    """Say that the review did not happen, and what was done about it."""
    review = _locked(review, by)
    REVIEW.check(review.status, ReviewStatus.MISSED)
    check_version(review, version)
    refused = Refusals()
    if review.due_on > timezone.localdate():
        refused.add(
            "__all__", f"This review is due on {said(review.due_on)}: it cannot be missed before then."
        )
    _refuse_reason("what_was_done", "What was done about it", what_was_done, refused)
    refused.settle()
    review.status, review.status_reason = ReviewStatus.MISSED, what_was_done
    _finish(review, EventType.REVIEW_MISSED, by)
    return review


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
    refused.length("note", "Note", details.note, NOTE)
    team = episode.case.team_id
    must_be_of(
        team, details.responsible, Permission.PLAN_REVIEW, refused, "responsible", "Who is responsible"
    )


def _refuse_due(due_on: date, refused: Refusals) -> None:
    today = timezone.localdate()
    if due_on < today:
        refused.add("due_on", f"Due date ({said(due_on)}) is in the past. Enter today or a later date.")
    elif (due_on.year - YEARS_AHEAD, due_on.month, due_on.day) > (today.year, today.month, today.day):
        message = f"Due date ({said(due_on)}) is too far ahead. Enter a date within {YEARS_AHEAD} years."
        refused.add("due_on", message)


def _refuse_reason(field: str, label: str, text: str, refused: Refusals) -> None:
    refused.need(field, label, text.strip())
    refused.length(field, label, text, REASON)
