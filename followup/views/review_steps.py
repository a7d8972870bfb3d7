"""What is done with one review: recorded, missed, changed, cancelled; each with its form and its words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from cases.services.refusals import said
from cases.views.returning import after
from followup import schedules, services
from followup.days import named, said_weekday, said_with_hint
from followup.forms import reviews as forms
from followup.models import Review, ScheduleEnd, ScheduleStatus
from followup.services.reviewing.reviews import takes
from followup.views.finished import already
from followup.views.frame import about, save
from followup.workflow import ReviewStatus

RECORDED = {
    ReviewStatus.DONE: EventType.REVIEW_DONE,
    ReviewStatus.MISSED: EventType.REVIEW_MISSED,
    ReviewStatus.CANCELLED: EventType.REVIEW_CANCELLED,
}
MISSED_WORDS = {ReviewStatus.DONE: "It was held after all", ReviewStatus.SCHEDULED: "Set it again"}


def planned(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {name: cleaned[name] for name in ("kind", "also", "due_on", "responsible", "note")}


def visible(request: HttpRequest, pk: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related(
        "episode__case__patient",
        "episode__case__team",
        "episode__case__key_worker",
        "responsible",
        "created_by",
        "schedule",
        "follows",
        "next",
    )
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def review_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Record a review as done or missed, change or cancel it."""
    request.user.must(Permission.SEE_CASES)
    if step not in STEPS:
        raise Http404
    row, chosen = visible(request, pk), STEPS[step]
    case = row.episode.case
    request.user.must(Permission.PLAN_REVIEW, case.team_id)
    form = chosen.form(request.POST if request.method == "POST" else None, row, request.user)
    if not chosen.is_open(row):
        return _is_done(request, row, chosen, form)
    if step == "change" and (day := named(request.GET.get("on", ""))):
        form.initial["due_on"] = day
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if form.is_valid():
        made, refused = save(
            form, lambda: chosen.service(row, form.cleaned_data, request.user), compared=chosen.compared
        )
        if made:
            messages.success(request, _told(chosen, made, form.cleaned_data))
            if made.finding in services.PROPOSES_REOPENING:
                return redirect("followup:review", row.pk)
            return after(request, "followup:review", row.pk)
        if refused["status"] == 409 and not chosen.is_open(now := visible(request, pk)):
            return _is_done(request, now, chosen, form)
    shown = {
        **about(request, case),
        "form": form,
        "heading": chosen.heading,
        "submit": chosen.submit,
        "review": row,
    }
    shown |= {"back": row.pk, "conflict_of": refused.get("conflict_of")}
    return render(request, "followup/review_form.jinja", shown, status=refused.get("status", 200))


def _is_done(request: HttpRequest, row: Review, chosen: "Step", form: Any) -> HttpResponse:
    """Who recorded it and when, in the place of a form that nothing can come of."""
    standing = getattr(row, "next", None)
    state = f"The next one is {standing.get_status_display().lower()}" if standing else ""
    return already(
        request,
        row.episode.case,
        heading=chosen.heading,
        words=f"Already recorded as {row.get_status_display().lower()}",
        row=row,
        event=RECORDED[ReviewStatus(row.status)],
        more=f"{state}: {said_weekday(standing.due_on)}." if standing else "",
        way=("Open the review", reverse("followup:review", args=[row.pk])),
        form=form,
    )


def _told(chosen: "Step", review: Review, typed: dict[str, Any]) -> str:
    """What was recorded, and what follows: the person who records reads it at once."""
    is_serious = review.finding in services.PROPOSES_REOPENING
    words = [f"{review.get_finding_display()} recorded." if is_serious else chosen.said]
    if review.finding in services.EPISODE_AFTER and typed.get("new_episode"):
        words.append("A new episode has begun.")
    planned = Review.objects.filter(follows=review).first()
    if review.schedule is not None:
        review.schedule.refresh_from_db()
        words.append(_how_it_ended(review.schedule.ended_reason))
    if planned is not None:
        words.append(f"The next one is planned for {said_with_hint(planned.due_on)}.")
    return " ".join(each for each in words if each)


def _how_it_ended(reason: str) -> str:
    if not reason:
        return ""
    if reason == ScheduleEnd.RECURRENCE:
        return "The schedule has ended."
    return f"{ScheduleEnd(reason).label}."


@dataclass(frozen=True)
class Step:
    """One thing that can be done with a review: its form, its service and its words."""

    to: ReviewStatus
    heading: str
    submit: str
    said: str
    form: Callable[[Any, Review, User], Any]
    service: Callable[[Review, dict[str, Any], Any], Review]
    compared: list[str]

    def is_open(self, review: Review) -> bool:
        return takes(review, self.to)

    def heading_for(self, review: Review) -> str:
        """What its button says."""
        if review.status == ReviewStatus.MISSED:
            return MISSED_WORDS.get(self.to, self.heading)
        return self.heading


def _change_form(data: Any, row: Review, by: User) -> forms.ReviewForm:
    people = services.who_may(Permission.PLAN_REVIEW, row.episode.case.team_id)
    names = ("kind", "also", "due_on", "responsible", "note", "version")
    return forms.ReviewForm(data, people=people, initial={name: getattr(row, name) for name in names})


def _done_form(data: Any, row: Review, by: User) -> forms.DoneForm:
    """With the date that the schedule gives, which may be put aside; when a late one was held is not guessed."""
    today = timezone.localdate()
    is_late = row.due_on < today
    current = row.episode_id == row.episode.case.current_episode_id
    start = {"version": row.version, "done_on": None if is_late else today, "new_episode": current}
    return forms.DoneForm(
        data,
        by_schedule=_by_schedule(row, min(row.due_on, today)),
        is_late=is_late,
        offers_episode=current,
        offers_next=getattr(row, "next", None) is None,
        initial=start,
    )


def _by_schedule(row: Review, done_on: date) -> str:
    if row.schedule is None or row.schedule.status != ScheduleStatus.CONFIRMED:
        return "No schedule stands: without a date nothing more is planned."
    look = services.look_after(row.schedule, done_on)
    if look is None:
        return "By the schedule this is the last one. Enter a date if there is to be another."
    return (
        f"By the schedule on {said_weekday(look.due_on)}, if this one was held on {said(done_on)}. "
        "Enter a date only to change that."
    )


def _missed_form(data: Any, row: Review, by: User) -> forms.MissedForm:
    may_end = by.may(Permission.CONFIRM_SCHEDULE, row.episode.case.team_id)
    soon = f"Within two weeks would be by {said(timezone.localdate() + schedules.grace())}"
    return forms.MissedForm(data, may_end=may_end, soon=soon, initial={"version": row.version})


def _cancel_form(data: Any, row: Review, by: User) -> forms.CancelForm:
    may_end = by.may(Permission.CONFIRM_SCHEDULE, row.episode.case.team_id)
    is_the_last = services.is_the_last(row)
    return forms.CancelForm(data, is_the_last=is_the_last, may_end=may_end, initial={"version": row.version})


STEPS = {
    "done": Step(
        ReviewStatus.DONE,
        "Record the review",
        "Record it",
        "The review is recorded.",
        _done_form,
        lambda row, typed, by: services.record_review(review=row, by=by, **typed),
        [],
    ),
    "missed": Step(
        ReviewStatus.MISSED,
        "Mark the review as missed",
        "Mark it as missed",
        "The review is recorded as missed.",
        _missed_form,
        lambda row, typed, by: services.mark_review_missed(review=row, by=by, **typed),
        [],
    ),
    "change": Step(
        ReviewStatus.SCHEDULED,
        "Change the review",
        "Save the change",
        "The change is saved.",
        _change_form,
        lambda row, typed, by: services.change_review(
            review=row, version=typed["version"], details=services.ReviewDetails(**planned(typed)), by=by
        ),
        ["kind", "also", "due_on", "responsible", "note"],
    ),
    "cancel": Step(
        ReviewStatus.CANCELLED,
        "Cancel the review",
        "Cancel the review",
        "The review is cancelled.",
        _cancel_form,
        lambda row, typed, by: services.cancel_review(review=row, by=by, **typed),
        [],
    ),
}
