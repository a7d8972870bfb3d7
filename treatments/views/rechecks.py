"""What a change of the guidance did to open plans: progress of the re-check, and the list to be noted."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Team
from accounts.permissions import Permission
from treatments import services
from treatments.guidance.check import version
from treatments.models import RecheckedPlan
from treatments.rechecked import ChangesFilter, newest_runs, row_of

ROWS = 25
MOST_AT_ONCE = 100


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Open plans of which today's guidance says something else than when they were checked."""
    may_start = Team.objects.filter(pk__in=request.user.team_ids(Permission.RECHECK_PLANS)).order_by("name")
    sees = request.user.may(Permission.SEE_CASES)
    if not sees:
        request.user.must(Permission.RECHECK_PLANS)
    teams = Team.objects.filter(pk__in=request.user.team_ids()) if sees else may_start
    runs = newest_runs(teams)
    is_under_way = any(run.is_running for run in runs)
    context = {"runs": runs, "is_under_way": is_under_way, "guidance_version": version()}
    if request.htmx:
        return _progress(request, context)
    form = ChangesFilter(request.GET, teams=teams)
    rows = form.choose(RecheckedPlan.objects.visible_to(request.user).standing())
    page = Paginator(rows.for_the_list(), ROWS).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context |= {
        "form": form,
        "page": page,
        "rows": [row_of(each) for each in page.object_list],
        "query": query.urlencode(),
        "may_start": list(may_start),
        "sees": sees,
    }
    return render(request, "treatments/changes.jinja", context)


def _progress(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The moving part of the page; when the work is done, the whole page is asked for."""
    answer = render(request, "treatments/recheck_progress.jinja", context)
    if not context["is_under_way"]:
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_POST
def recheck(request: HttpRequest) -> HttpResponse:
    """Check every open plan of a team again."""
    request.user.must(Permission.RECHECK_PLANS)
    teams = Team.objects.filter(pk__in=request.user.team_ids(Permission.RECHECK_PLANS))
    team = teams.filter(reference_prefix=request.POST.get("team", "")).first()
    if team is None:
        raise Http404
    run = services.start_recheck(team=team, by=request.user)
    messages.success(request, f"The open plans of {run.team.name} are being checked again.")
    return redirect("treatments:changes")


@require_POST
def changes_seen(request: HttpRequest) -> HttpResponse:
    """Note one change, or those of a page."""
    request.user.must(Permission.RECHECK_PLANS)
    told = [int(text) for text in request.POST.getlist("change") if text.isdecimal() and len(text) < 18]
    rows = RecheckedPlan.objects.visible_to(request.user).filter(pk__in=told[:MOST_AT_ONCE])
    found = services.see_changes(rechecked=rows, by=request.user)
    if found:
        messages.success(request, "1 change is noted." if found == 1 else f"{found} changes are noted.")
    else:
        messages.info(request, "Those changes were noted already.")
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return redirect(reverse("treatments:changes") + (f"?{query}" if query else ""))
