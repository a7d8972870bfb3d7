"""Pages of the changes that imports offer: which trials have some, and each held beside what is offered."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit.workflow import StaleVersion
from trials.models import Trial
from trials.registry.record import FIELDS
from trials.services import deciding
from trials.services.held import held_of
from trials.views.change_words import shown
from trials.workflow import ChangeStatus

PER_PAGE = 50
LONGEST_NUMBER = 18
OF_ONE: dict[str, Callable[..., Any]] = {"accept": deciding.accept_change, "keep": deciding.keep_change}
OF_ALL: dict[str, Callable[..., Any]] = {"accept_all": deciding.accept_all, "keep_all": deciding.keep_all}
SAID = {
    "accept": "Accepted: {what}.",
    "keep": "Kept as it was: {what}.",
    "accept_all": "Every change was accepted.",
    "keep_all": "Everything was kept as it was.",
    "again": "{what} can be decided again.",
}


@require_safe
def change_list(request: HttpRequest) -> HttpResponse:
    """The trials about which something waits to be decided, those whose recruitment ended first."""
    request.user.must(Permission.KEEP_TRIALS)
    is_open = Q(proposed_changes__status=ChangeStatus.OPEN)
    trials = (
        Trial.objects.visible_to(request.user)
        .filter(is_open)
        .annotate(
            changes=Count("proposed_changes"),
            statuses=Count("proposed_changes", filter=Q(proposed_changes__field="status")),
            offered_at=Max("proposed_changes__study__run__started_at"),
        )
        .order_by("-statuses", "offered_at", "pk")
    )
    page = Paginator(trials, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "trials/import_changes.jinja", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def trial_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What is held beside what is offered; POST decides one change or all of them."""
    request.user.must(Permission.KEEP_TRIALS)
    trial = get_object_or_404(Trial.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        return _page(request, trial)
    try:
        what = _decide(request, trial)
    except StaleVersion:
        note = "Somebody changed this trial while you looked at it. This is how it stands now: decide again."
        return _page(request, trial, note, status=409)
    except ValidationError as error:
        return _page(request, trial, " ".join(error.messages), status=400)
    messages.success(request, SAID[request.POST["do"]].format(what=what))
    return redirect("trials:changes", trial.pk)


def _decide(request: HttpRequest, trial: Trial) -> str:
    """Carry out what was pressed; the name of the field that it was about."""
    do, seen = request.POST.get("do", ""), request.POST.get("seen", "")
    if do in OF_ALL:
        OF_ALL[do](trial=trial, seen=seen, by=request.user)
        return ""
    number = request.POST.get("change", "")
    is_number = number.isdecimal() and len(number) <= LONGEST_NUMBER
    change = get_object_or_404(trial.proposed_changes, pk=int(number) if is_number else 0)
    if do == "again":
        deciding.offer_again(change=change, by=request.user)
    elif do in OF_ONE:
        OF_ONE[do](change=change, seen=seen, by=request.user)
    else:
        raise ValidationError("Choose whether to accept the change or to keep what is held.")
    return FIELDS[change.field]


def _page(request: HttpRequest, trial: Trial, problem: str = "", *, status: int = 200) -> HttpResponse:
    held = held_of(trial)
    order = list(FIELDS)
    latest = sorted(
        trial.proposed_changes.select_related("study", "decided_by")
        .defer("study__record")
        .order_by("field", "-pk")
        .distinct("field"),
        key=lambda change: order.index(change.field),
    )
    waiting = [change for change in latest if change.status == ChangeStatus.OPEN]
    kept = [
        shown(change, held)
        for change in latest
        if change.status == ChangeStatus.KEPT and change.offered != held[change.field]
    ]
    context = {
        "trial": trial,
        "problem": problem,
        "waiting": [shown(change, held) for change in waiting],
        "seen": deciding.seen_of(sorted(waiting, key=lambda change: change.pk), held),
        "kept": kept,
        "asks": request.GET.get("all", "") if waiting else "",
    }
    return render(request, "trials/import_trial.jinja", context, status=status)
