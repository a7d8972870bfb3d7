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
from cases.models import Case, Episode, Patient
from cases.models.case import CaseEventType, EpisodeKind
from cases.services.cases import start_episode
from cases.services.events import note as note_event
from cases.services.refusals import Refusals, said
from cases.workflow import CaseStatus
from followup.models import ReminderKind, Review, ReviewFinding, ReviewKind, ReviewSchedule, ScheduleEnd
from followup.services.people import must_be_of
from followup.services.reminding.reminders import settle
from followup.services.reviewing.endings import BY_HAND, end_follow_up, end_schedules
from followup.services.reviewing.lost import lose_to_follow_up
from followup.services.reviewing.next_review import plan_again, plan_next
from followup.workflow import REVIEW, ReviewStatus
from mdt.workflow import NotNow

YEARS_AHEAD = 15
"""The longest that a sarcoma is followed up; a later date is a slip of the year."""

NOTE, REASON, FINDING_NOTE = 300, 300, 4000

NOT_HELD = (ReviewStatus.SCHEDULED, ReviewStatus.CANCELLED)
"""While the one after a missed review is in one of these, the missed one may have been held after all."""

PROPOSES_REOPENING = {
    ReviewFinding.LOCAL_RECURRENCE,
    ReviewFinding.METASTASIS,
    ReviewFinding.NEW_PRIMARY,
}
"""Findings after which something else has to begin."""

EPISODE_AFTER = {
    ReviewFinding.LOCAL_RECURRENCE: EpisodeKind.LOCAL_RECURRENCE,
    ReviewFinding.METASTASIS: EpisodeKind.METASTATIC_RECURRENCE,
}
"""The episode that a finding starts: it ends the schedule, and the case goes back to the meeting.

A new primary is a second case, which people open; the follow-up of the first goes on.
"""

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
    moved = again or details.due_on != review.due_on
    refused = Refusals()
    if again and Review.objects.filter(follows=review).exists():
        refused.add("__all__", "The review after this one is planned already. Change that one.")
    _refuse_for_the_dead(review.episode, refused)
    _refuse_details(details, review.episode, refused)
    if moved:
        _refuse_due(details.due_on, refused)
    refused.settle()
    review.kind, review.due_on, review.note = details.kind, details.due_on, details.note
    review.responsible, review.status = details.responsible, ReviewStatus.SCHEDULED
    review.also = list(details.also)
    review.save()
    # Other words, or another person, leave it owed: settled here, everybody would be written to once more.
    if moved:
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

    A recurrence or metastasis ends the schedule; with `new_episode` it starts the new episode too, and re-opens the
    case. Without one it asks for the day on which the patient is seen next.
    """
    review = _locked(review, by)
    REVIEW.check(review.status, ReviewStatus.DONE)
    check_version(review, version)
    _must_take(review, ReviewStatus.DONE)
    _refuse_outcome(review, done_on, finding, finding_note, next_on, new_episode=new_episode)
    review.status, review.done_on = ReviewStatus.DONE, done_on
    review.finding, review.finding_note = finding, finding_note
    _finish(review, EventType.REVIEW_DONE, by, {"finding": finding})
    words = f"{review.get_kind_display()}: {review.get_finding_display().lower()}"
    note_event(case=review.episode.case, type=CaseEventType.REVIEWED, on=done_on, note=words, by=by)
    if finding in EPISODE_AFTER:
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
    _refuse_next(review, finding, next_on, refused, new_episode=new_episode)
    if new_episode and finding in EPISODE_AFTER and episode.pk != episode.case.current_episode_id:
        message = "The case is at a later episode already: record the review without starting another."
        refused.add("new_episode", message)
    refused.settle()


def _refuse_next(
    review: Review, finding: str, next_on: date | None, refused: Refusals, *, new_episode: bool
) -> None:
    """A day that was typed is never passed over; what ends the schedule is never left without what follows."""
    case, after = review.episode.case, Review.objects.filter(follows=review).first()
    if next_on is None:
        is_here = case.current_episode_id == review.episode_id and case.status != CaseStatus.CLOSED
        if finding in EPISODE_AFTER and is_here and not new_episode and not case.patient.is_dead:
            word = ReviewFinding(finding).label.lower()
            message = (
                f"Next review is needed: a {word} ends the schedule. Enter a date, or start the new episode."
            )
            refused.add("next_on", message)
    elif after is not None:
        message = f"The review after this one is planned already ({said(after.due_on)}). Change that one."
        refused.add("next_on", message)
    elif case.patient.is_dead:
        refused.add("next_on", "The patient has died, so no review can be planned.")
    else:
        _refuse_due(next_on, refused, "next_on", "Next review")


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
    _refuse_what_follows(new_on, end, ENDS_WHEN_MISSED, refused, is_needed=True)
    refused.settle()
    review.status, review.status_reason = ReviewStatus.MISSED, what_was_done
    _finish(review, EventType.REVIEW_MISSED, by)
    if new_on is not None:
        plan_again(review=review, due_on=new_on, by=by)
    elif end == ScheduleEnd.LOST:
        lose_to_follow_up(episode=review.episode, tried=what_was_done, last_seen_on=last_seen_on, by=by)
    else:
        end_follow_up(episode=review.episode, reason=ScheduleEnd(end), on=timezone.localdate(), by=by)
    return review


def _refuse_what_follows(
    new_on: date | None, end: str, ends: Sequence[ScheduleEnd], refused: Refusals, *, is_needed: bool
) -> None:
    """One of the two: what is needed is never left without either."""
    refused.choice("end", "How follow-up ends", end, ends)
    if is_needed and new_on is None and not end:
        refused.add("new_on", "New date is needed, or say how follow-up ends.")
    if new_on is not None and end:
        refused.add("new_on", "Follow-up ends, so there is no new date: choose one of the two.")
    elif new_on is not None:
        _refuse_due(new_on, refused, "new_on", "New date")


@transaction.atomic
def cancel_review(
    *,
    review: Review,
    version: int | None,
    reason: str,
    new_on: date | None = None,
    end: str = "",
    by: User,
) -> Review:
    """Say why the review is not needed any more; the last one of a follow-up, what comes in its place too."""
    review = _locked(review, by)
    REVIEW.check(review.status, ReviewStatus.CANCELLED)
    check_version(review, version)
    refused = Refusals()
    _refuse_reason("reason", "Reason", reason, refused)
    _refuse_what_follows(new_on, end, BY_HAND, refused, is_needed=is_the_last(review))
    if new_on is not None:
        _refuse_for_the_dead(review.episode, refused)
    refused.settle()
    review.status, review.status_reason = ReviewStatus.CANCELLED, reason
    _finish(review, EventType.REVIEW_CANCELLED, by)
    if new_on is not None:
        plan_again(review=review, due_on=new_on, by=by)
    elif end:
        end_follow_up(episode=review.episode, reason=ScheduleEnd(end), on=timezone.localdate(), by=by)
    return review


def takes(review: Review, to: ReviewStatus) -> bool:
    """Whether it can still be said. Of a missed one what follows stands: only that it was held after all is said."""
    if review.status == ReviewStatus.SCHEDULED:
        return True
    if not REVIEW.allows(review.status, to):
        return False
    if to == ReviewStatus.DONE:
        standing = Review.objects.filter(follows=review).first()
        return standing is None or standing.status in NOT_HELD
    return Review.objects.waiting().filter(pk=review.pk).exists()


def _must_take(review: Review, to: ReviewStatus) -> None:
    if not takes(review, to):
        raise NotNow(
            "This review was missed, and what followed it is recorded already. Look at the next one."
        )


def is_the_last(review: Review) -> bool:
    """Whether, without it, nobody would see the patient of a follow-up again."""
    episode, case = review.episode, review.episode.case
    if case.patient.is_dead or case.status == CaseStatus.CLOSED or episode.pk != case.current_episode_id:
        return False
    others = Review.objects.scheduled().filter(episode__case=case).exclude(pk=review.pk)
    followed = (
        case.status == CaseStatus.FOLLOW_UP or ReviewSchedule.objects.open().filter(episode=episode).exists()
    )
    return followed and not others.exists()


def _locked(review: Review, by: User) -> Review:
    """The case first, as everything that ends follow-up does: the other way round two could wait for each other."""
    Case.objects.locked(Episode.objects.only("case_id").get(reviews=review.pk).case_id)
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
