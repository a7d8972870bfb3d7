"""Pages of reviews: what is due, setting one, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.permissions import Permission
from audit import reads
from cases.services.refusals import said
from cases.views.returning import after
from followup import schedules, services
from followup.forms import reviews as forms
from followup.forms.fields import Filter
from followup.models import Review, ReviewQuerySet, ScheduleStatus
from followup.presenting import happened
from followup.views.frame import PER_PAGE, about, case_for, save, teams_of
from followup.workflow import REVIEW, ReviewStatus

ORDERS = {
    "due": ["due_on", "pk"],
    "patient": ["episode__case__patient__family_name", "episode__case__patient__given_name", "pk"],
    "responsible": ["responsible__full_name", "due_on", "pk"],
}
NEWEST_FIRST = {"done": ["-done_on", "-pk"], "missed": ["-due_on", "-pk"], "cancelled": ["-due_on", "-pk"]}


@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    """Reviews of the user's teams, overdue first."""
    request.user.must(Permission.SEE_CASES)
    teams = teams_of(request)
    form = Filter(request.GET, show=forms.REVIEWS_SHOWN, sort=forms.REVIEW_ORDERS, teams=teams)
    mine = _theirs(Review.objects.visible_to(request.user), form, request)
    narrowed = narrow(request)
    shown = (
        _shown(mine, form.chosen["show"]) if narrowed is None else mine.scheduled().filter(**narrowed.asks)
    )
    shown = shown.select_related("episode__case__patient", "responsible", "schedule")
    order = NEWEST_FIRST.get(form.chosen["show"], ORDERS["due"])
    if form.chosen["sort"] != "due":
        order = ORDERS[form.chosen["sort"]]
    page = Paginator(shown.order_by(*order), PER_PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {review.episode.case.patient_id for review in page})
    shown = {"filter": form, "page": page, "counts": _counts(mine), "narrowed": narrowed}
    return render(request, "followup/reviews.jinja", shown | {"grace": schedules.grace().days})


@dataclass(frozen=True)
class Narrowed:
    """One person's reviews of some days, as the table of who has how many leads to them."""

    asks: dict[str, Any]
    words: str
    query: str


def narrow(request: HttpRequest) -> Narrowed | None:
    """What an address asks for beside the filter; what cannot be read is left out."""
    person = request.GET.get("person", "")
    days = {name: _day(request.GET.get(name, "")) for name in ("from", "until")}
    if not person.isdigit() and not any(days.values()):
        return None
    asks: dict[str, Any] = {}
    words, query = [], []
    colleagues = User.objects.filter(memberships__team__in=request.user.team_ids())
    if person.isdigit() and (found := colleagues.filter(pk=int(person[:12])).first()):
        asks["responsible"] = found
        words.append(f"of {found.full_name}")
        query.append(f"person={found.pk}")
    for name, lookup in (("from", "due_on__gte"), ("until", "due_on__lte")):
        if day := days[name]:
            asks[lookup] = day
            words.append(f"{name} {said(day)}")
            query.append(f"{name}={day.isoformat()}")
    return Narrowed(asks, " ".join(words), "&".join(query))


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _theirs(reviews: ReviewQuerySet, form: Filter, request: HttpRequest) -> ReviewQuerySet:
    if form.chosen["who"] == "me":
        reviews = reviews.filter(responsible=request.user)
    if form.chosen["team"]:
        reviews = reviews.filter(episode__case__team=form.chosen["team"])
    return reviews


def _shown(reviews: ReviewQuerySet, show: str) -> ReviewQuerySet:
    today = timezone.localdate()
    if show == "missed":
        return reviews.waiting()
    if show in {"done", "cancelled"}:
        return reviews.filter(status=show)
    last = {"due": today + timedelta(days=30), "overdue": today - timedelta(days=1)}.get(show)
    return reviews.scheduled().filter(due_on__lte=last) if last else reviews.scheduled()


def _counts(reviews: ReviewQuerySet) -> dict[str, int]:
    """Overdue, due within 7 and within 30 days, missed and not planned again: one statement."""
    today = timezone.localdate()
    planned = Q(status=ReviewStatus.SCHEDULED)
    ahead = planned & Q(due_on__gte=today)
    return reviews.aggregate(
        overdue=Count("pk", filter=planned & Q(due_on__lt=today)),
        week=Count("pk", filter=ahead & Q(due_on__lte=today + timedelta(days=7))),
        month=Count("pk", filter=ahead & Q(due_on__lte=today + timedelta(days=30))),
        missed=Count("pk", filter=Q(pk__in=reviews.waiting().values("pk"))),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def review_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Set a review of a case's current episode."""
    case = case_for(request, reference, Permission.PLAN_REVIEW)
    people = services.who_may(Permission.PLAN_REVIEW, case.team_id)
    start = {"kind": "clinic", "responsible": request.user if request.user in people else None}
    form = forms.ReviewForm(request.POST or None, people=people, initial=start)
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if form.is_valid():
        made, refused = save(
            form,
            lambda: services.schedule_review(
                episode=case.current_episode, by=request.user, **_planned(form.cleaned_data)
            ),
        )
        if made:
            messages.success(
                request, f"The review is set, and {made.responsible} is reminded when it is due."
            )
            return redirect("followup:review", made.pk)
    shown = {
        **about(request, case),
        "form": form,
        "heading": "Set a review",
        "submit": "Set the review",
        "back": "",
    }
    return render(request, "followup/review_form.jinja", shown, status=refused.get("status", 200))


def _planned(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {name: cleaned[name] for name in ("kind", "also", "due_on", "responsible", "note")}


def _visible(request: HttpRequest, pk: int) -> Review:
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


@require_safe
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: what is planned, what became of it, and what can be done now."""
    request.user.must(Permission.SEE_CASES)
    row = _visible(request, pk)
    case = row.episode.case
    may = request.user.may(Permission.PLAN_REVIEW, case.team_id)
    steps = [(name, step) for name, step in STEPS.items() if may and step.is_open(row)]
    shown = {
        **about(request, case),
        "review": row,
        "steps": steps,
        "events": happened(row),
        "proposes": row.finding in services.PROPOSES_REOPENING,
        "may_list": request.user.may(Permission.LIST_CASES, case.team_id),
        "may_plan": may,
        "may_confirm": request.user.may(Permission.CONFIRM_SCHEDULE, case.team_id),
        "is_late": row.status == ReviewStatus.SCHEDULED
        and row.due_on + schedules.grace() < timezone.localdate(),
        "after": getattr(row, "next", None),
    }
    return render(request, "followup/review.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def review_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Record a review as done or missed, change or cancel it."""
    request.user.must(Permission.SEE_CASES)
    if step not in STEPS:
        raise Http404
    row, chosen = _visible(request, pk), STEPS[step]
    case = row.episode.case
    request.user.must(Permission.PLAN_REVIEW, case.team_id)
    if request.method != "POST" and not chosen.is_open(row):
        REVIEW.check(row.status, chosen.to)
    form = chosen.form(request.POST if request.method == "POST" else None, row, request.user)
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if form.is_valid():
        made, refused = save(
            form, lambda: chosen.service(row, form.cleaned_data, request.user), compared=chosen.compared
        )
        if made:
            messages.success(request, chosen.said + _what_follows(made))
            if made.finding in services.PROPOSES_REOPENING:
                return redirect("followup:review", row.pk)
            return after(request, "followup:review", row.pk)
    shown = {
        **about(request, case),
        "form": form,
        "heading": chosen.heading,
        "submit": chosen.submit,
        "review": row,
    }
    shown |= {"back": row.pk, "conflict_of": refused.get("conflict_of")}
    return render(request, "followup/review_form.jinja", shown, status=refused.get("status", 200))


def _what_follows(review: Review) -> str:
    """The next review, or how the schedule ended: the person who records reads it at once."""
    after = Review.objects.filter(follows=review).first()
    if after is not None:
        return f" The next one is planned for {said(after.due_on)}."
    if review.schedule is None:
        return ""
    review.schedule.refresh_from_db()
    return f" {review.schedule.get_ended_reason_display()}." if review.schedule.ended_reason else ""


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
        if self.to == ReviewStatus.SCHEDULED and getattr(review, "next", None) is not None:
            return False
        return self.to == review.status == ReviewStatus.SCHEDULED or REVIEW.allows(review.status, self.to)


def _change_form(data: Any, row: Review, by: User) -> forms.ReviewForm:
    people = services.who_may(Permission.PLAN_REVIEW, row.episode.case.team_id)
    names = ("kind", "also", "due_on", "responsible", "note", "version")
    return forms.ReviewForm(data, people=people, initial={name: getattr(row, name) for name in names})


def _done_form(data: Any, row: Review, by: User) -> forms.DoneForm:
    """With the date that the schedule gives, which may be put aside."""
    done_on = min(row.due_on, timezone.localdate())
    current = row.episode_id == row.episode.case.current_episode_id
    start = {"version": row.version, "done_on": done_on, "new_episode": current}
    return forms.DoneForm(
        data,
        by_schedule=_by_schedule(row, done_on),
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
        f"By the schedule on {said(look.due_on)}, if this one was held on {said(done_on)}. "
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
            review=row, version=typed["version"], details=services.ReviewDetails(**_planned(typed)), by=by
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
