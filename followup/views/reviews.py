"""Pages of reviews: what is due, setting one, and one with what became of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.calendar import next_working_day
from accounts.models import User
from accounts.permissions import Permission
from audit import reads
from cases.services.refusals import said
from followup import schedules, services
from followup.days import named, off_day
from followup.forms import reviews as forms
from followup.forms.fields import Filter
from followup.models import Review, ReviewQuerySet, ScheduleEnd
from followup.presenting import happened
from followup.views.frame import PER_PAGE, about, case_for, save, teams_of
from followup.views.review_steps import STEPS, planned, visible
from followup.workflow import ReviewStatus

ORDERS = {
    "due": ["due_on", "pk"],
    "patient": ["episode__case__patient__family_name", "episode__case__patient__given_name", "pk"],
    "responsible": ["responsible__full_name", "due_on", "pk"],
}
NEWEST_DUE = ["-due_on", "-pk"]
NEWEST_FIRST = {
    "done": ["-done_on", "-pk"],
    "waiting": NEWEST_DUE,
    "missed": NEWEST_DUE,
    "cancelled": NEWEST_DUE,
}


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
    shown = shown.with_end().select_related("episode__case__patient", "responsible", "schedule", "next")
    order = NEWEST_FIRST.get(form.chosen["show"], ORDERS["due"])
    if form.chosen["sort"] != "due":
        order = ORDERS[form.chosen["sort"]]
    page = Paginator(shown.order_by(*order), PER_PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {review.episode.case.patient_id for review in page})
    shown = {"filter": form, "page": page, "counts": _counts(mine), "narrowed": narrowed}
    shown |= {"grace": schedules.grace().days, "ends": dict(ScheduleEnd.choices)}
    return render(request, "followup/reviews.jinja", shown)


@dataclass(frozen=True)
class Narrowed:
    """One person's reviews of some days, as the table of who has how many leads to them."""

    asks: dict[str, Any]
    words: str
    query: str


def narrow(request: HttpRequest) -> Narrowed | None:
    """What an address asks for beside the filter; what cannot be read is left out."""
    person = request.GET.get("person", "")
    days = {name: named(request.GET.get(name, "")) for name in ("from", "until")}
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


def _theirs(reviews: ReviewQuerySet, form: Filter, request: HttpRequest) -> ReviewQuerySet:
    if form.chosen["who"] == "me":
        reviews = reviews.filter(responsible=request.user)
    if form.chosen["team"]:
        reviews = reviews.filter(episode__case__team=form.chosen["team"])
    return reviews


def _shown(reviews: ReviewQuerySet, show: str) -> ReviewQuerySet:
    today = timezone.localdate()
    if show == "waiting":
        return reviews.waiting()
    if show in {"missed", "done", "cancelled"}:
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
                episode=case.current_episode, by=request.user, **planned(form.cleaned_data)
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


@require_safe
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: what is planned, what became of it, and what can be done now."""
    request.user.must(Permission.SEE_CASES)
    row = visible(request, pk)
    case = row.episode.case
    may = request.user.may(Permission.PLAN_REVIEW, case.team_id)
    steps = [(name, step.heading_for(row)) for name, step in STEPS.items() if may and step.is_open(row)]
    if row.status == ReviewStatus.MISSED:
        steps.sort(key=lambda each: each[0] != "change")
    is_ahead = row.status == ReviewStatus.SCHEDULED and row.due_on >= timezone.localdate()
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
        "off_day": off_day(row.due_on) if is_ahead else "",
        "working_day": next_working_day(row.due_on),
    }
    return render(request, "followup/review.jinja", shown)
