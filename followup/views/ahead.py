"""What is to come: the month, who has how many, cases for which nothing is planned, and calendar files."""

from datetime import timedelta
from hashlib import sha256

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from audit import reads
from followup import feeds, looking_ahead
from followup.models import Review, ReviewQuerySet
from followup.schedules import add_months
from followup.views.frame import PER_PAGE, teams_of
from mdt.services import feed_of, note_fetch


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """A month of reviews, planned and past."""
    request.user.must(Permission.SEE_CASES)
    teams = teams_of(request)
    today = timezone.localdate()
    first = looking_ahead.month_of(request.GET.get("month", ""), today)
    chosen = {"who": request.GET.get("who", ""), "team": request.GET.get("team", "")}
    rows = _narrowed(request, chosen).select_related("episode__case__patient")
    weeks = looking_ahead.weeks_of(first, rows)
    shown = [review for week in weeks for day in week for review in day.reviews]
    reads.saw(request, {review.episode.case.patient_id for review in shown})
    return render(
        request,
        "followup/review_month.jinja",
        {
            "first": first,
            "weeks": weeks,
            "before": add_months(first, -1),
            "after": add_months(first, 1),
            "count": len(shown),
            "teams": teams,
            "chosen": chosen,
        },
    )


def _narrowed(request: HttpRequest, chosen: dict[str, str]) -> ReviewQuerySet:
    rows = Review.objects.visible_to(request.user)
    if chosen["who"] == "me":
        rows = rows.filter(responsible=request.user)
    if chosen["team"].isdigit():
        rows = rows.filter(episode__case__team=int(chosen["team"][:12]))
    return rows


@require_safe
def load(request: HttpRequest) -> HttpResponse:
    """How many reviews each person has in the next three months; what they can take is theirs to know."""
    request.user.must(Permission.SEE_CASES)
    today = timezone.localdate()
    by_week = request.GET.get("by") == "week"
    shown = looking_ahead.columns(today, by_week=by_week)
    mine = Review.objects.visible_to(request.user)
    rows = looking_ahead.load(mine, today, shown, by_week=by_week)
    totals = [sum(row["counts"][place] for row in rows) for place in range(len(shown))]
    page = {"columns": shown, "rows": rows, "totals": totals, "by_week": by_week}
    return render(request, "followup/review_load.jinja", page | {"yesterday": today - timedelta(days=1)})


@require_safe
def without_plan(request: HttpRequest) -> HttpResponse:
    """Cases in follow-up for which nothing is planned."""
    request.user.must(Permission.SEE_CASES)
    teams = request.user.team_ids()
    rows = looking_ahead.without_plan(teams).with_summary()
    ended = rows.prefetch_related("current_episode__review_schedules").order_by("-opened_on", "-pk")
    page = Paginator(ended, PER_PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {case.patient_id for case in page})
    shown = looking_ahead.to_plan(teams).filter(pk__in=[case.pk for case in page])
    to_plan = set(shown.values_list("pk", flat=True))
    return render(request, "followup/review_without.jinja", {"page": page, "to_plan": to_plan})


@require_safe
def review_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One review for a calendar program: reference, kind, day and link."""
    request.user.must(Permission.SEE_CASES)
    rows = Review.objects.visible_to(request.user).select_related("episode__case")
    review = get_object_or_404(rows, pk=pk)
    reads.saw(request, [review.episode.case.patient_id])
    headers = {"Content-Disposition": f"attachment; filename=review-{review.pk}.ics"}
    return HttpResponse(
        feeds.calendar([review]), content_type="text/calendar; charset=utf-8", headers=headers
    )


@login_not_required
@require_safe
def feed_file(request: HttpRequest, secret: str) -> HttpResponse:
    """The reviews of whoever the secret belongs to, the same one as for their meetings; not found once withdrawn."""
    found = feed_of(secret)
    if found is None:
        raise Http404
    body = feeds.calendar(feeds.reviews_of(found.user))
    note_fetch(feed=found)
    etag = f'"{sha256(body).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "Content-Disposition": "inline; filename=sarcoma-mdt-reviews.ics",
    }
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response
