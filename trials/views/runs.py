"""Runs of matching: what set each off, how far it is, how it ended; and starting one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from audit.workflow import WrongState
from trials.models import MatchRun
from trials.services import matching, runs

PER_PAGE = 50


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """The newest first; no run says anything of a patient."""
    request.user.must(Permission.SEE_CASES)
    rows = MatchRun.objects.visible_to(request.user).select_related("trial", "started_by")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    may_start = request.user.may(Permission.KEEP_TRIALS)
    return render(request, "trials/match_runs.jinja", {"page": page, "may_start": may_start})


@require_POST
def run_start(request: HttpRequest) -> HttpResponse:
    """Match everything now."""
    matching.ask_for_matching(by=request.user)
    messages.success(request, "Every case is being matched with every open trial.")
    return redirect("trials:runs")


@require_POST
def run_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a run that a fault ended."""
    request.user.must(Permission.KEEP_TRIALS)
    run = get_object_or_404(MatchRun.objects.visible_to(request.user), pk=pk)
    try:
        runs.resume(run=run, by=request.user)
    except WrongState as error:
        messages.error(request, f"{error} Nothing was changed.")
    else:
        messages.success(request, "The run goes on from where it stopped.")
    return redirect("trials:runs")
