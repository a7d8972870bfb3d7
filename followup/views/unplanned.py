"""Where nothing is planned for a patient in follow-up: plan it, or say how follow-up ends."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from cases.models import Case, Episode
from followup import looking_ahead, services
from followup.forms.schedules import SayEndForm
from followup.views.frame import about, save

DECIDED = "This was planned or ended already, as the page says. Nothing was changed."
"""Sent twice, or after a colleague: what they planned is not cancelled unseen."""


@require_http_methods(["GET", "HEAD", "POST"])
def to_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """How the follow-up of an episode stands, and what can be done so that it does not stay silent."""
    request.user.must(Permission.SEE_CASES)
    mine = Case.objects.in_teams_of(request.user)
    rows = Episode.objects.filter(case__in=mine).select_related(
        "case__patient", "case__team", "case__key_worker"
    )
    episode = get_object_or_404(rows.select_related("case__current_episode"), pk=pk)
    case = episode.case
    may_end = request.user.may(Permission.CONFIRM_SCHEDULE, case.team_id)
    form = SayEndForm(request.POST or None) if may_end else None
    status = 200
    is_open = looking_ahead.to_plan(request.user.team_ids()).filter(pk=case.pk).exists()
    if request.method == "POST":
        request.user.must(Permission.CONFIRM_SCHEDULE, case.team_id)
        form = SayEndForm(request.POST)
        made, refused = _saved(form, episode, request, is_open=is_open)
        if made:
            messages.success(request, f"Follow-up has ended: {made.get_ended_reason_display().lower()}.")
            return redirect("followup:to_plan", episode.pk)
        status = refused["status"]
    shown = {
        **about(request, case),
        "episode": episode,
        "form": form,
        "last": episode.review_schedules.select_related("plan").first(),
        "last_review": episode.reviews.order_by("-due_on", "-pk").first(),
        "is_open": is_open,
        "may_end": may_end,
        "may_plan": request.user.may(Permission.PLAN_REVIEW, case.team_id),
        "may_close": request.user.may(Permission.CHANGE_CASE, case.team_id),
    }
    return render(request, "followup/to_plan.jinja", shown, status=status)


def _saved(
    form: SayEndForm, episode: Episode, request: HttpRequest, *, is_open: bool
) -> tuple[Any, dict[str, Any]]:
    if not form.is_valid():
        return None, {"status": 400}
    if not is_open:
        form.add_error(None, DECIDED)
        return None, {"status": 409}
    return save(form, lambda: services.say_how_it_ends(episode=episode, by=request.user, **form.cleaned_data))
