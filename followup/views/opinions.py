"""Pages of second opinions: the list, the request, and the steps of one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit import reads
from followup import forms, services
from followup.models import FINISHED, SecondOpinion, SecondOpinionQuerySet
from followup.presenting import happened, steps
from followup.views.frame import PER_PAGE, about, case_for, save, teams_of
from treatments.models import Hold

ORDERS: dict[str, list[Any]] = {
    "due": [F("step_due_on").asc(nulls_last=True), "pk"],
    "patient": ["episode__case__patient__family_name", "episode__case__patient__given_name", "pk"],
    "newest": ["-pk"],
}


@require_safe
def opinion_list(request: HttpRequest) -> HttpResponse:
    """Second opinions of the user's teams, the step that is longest overdue first."""
    request.user.must(Permission.SEE_CASES)
    form = forms.Filter(
        request.GET, show=forms.OPINIONS_SHOWN, sort=forms.OPINION_ORDERS, teams=teams_of(request)
    )
    mine = SecondOpinion.objects.visible_to(request.user)
    if form.chosen["who"] == "me":
        mine = mine.filter(owner=request.user)
    if form.chosen["team"]:
        mine = mine.filter(episode__case__team=form.chosen["team"])
    shown = _shown(mine, form.chosen["show"]).select_related("episode__case__patient", "asked_of", "owner")
    page = Paginator(shown.order_by(*ORDERS[form.chosen["sort"]]), PER_PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {opinion.episode.case.patient_id for opinion in page})
    return render(request, "followup/opinions.jinja", {"filter": form, "page": page, "counts": _counts(mine)})


def _shown(opinions: SecondOpinionQuerySet, show: str) -> SecondOpinionQuerySet:
    if show == "finished":
        return opinions.filter(status__in=FINISHED)
    if show == "overdue":
        return opinions.open().filter(step_due_on__lt=timezone.localdate())
    return opinions if show == "all" else opinions.open()


def _counts(opinions: SecondOpinionQuerySet) -> dict[str, int]:
    open_ones = ~Q(status__in=FINISHED)
    late = open_ones & Q(step_due_on__lt=timezone.localdate())
    return opinions.aggregate(open=Count("pk", filter=open_ones), overdue=Count("pk", filter=late))


@require_http_methods(["GET", "HEAD", "POST"])
def opinion_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask another centre for its view of the case's current episode."""
    case = case_for(request, reference, Permission.ASK_OPINION)
    people = services.who_may(Permission.ASK_OPINION, case.team_id)
    start = {"asked_by": "patient", "owner": request.user if request.user in people else None}
    form = forms.OpinionForm(request.POST or None, team=case.team, people=people, initial=start)
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if form.is_valid():
        made, refused = save(
            form,
            lambda: services.request_opinion(
                episode=case.current_episode, by=request.user, **form.cleaned_data
            ),
        )
        if made:
            messages.success(request, f"The request is recorded, and {made.owner} is reminded of each step.")
            return redirect("followup:opinion", made.pk)
    shown = {**about(request, case), "form": form}
    return render(request, "followup/opinion_form.jinja", shown, status=refused.get("status", 200))


@require_http_methods(["GET", "HEAD", "POST"])
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """One second opinion: its steps, what was asked and answered, and the form for the next step."""
    request.user.must(Permission.SEE_CASES)
    row = _visible(request, pk)
    case = row.episode.case
    may = request.user.may(Permission.ASK_OPINION, case.team_id)
    form = forms.StepForm(
        request.POST if request.method == "POST" else None, opinion=row, initial={"version": row.version}
    )
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if request.method == "POST":
        request.user.must(Permission.ASK_OPINION, case.team_id)
        if form.is_valid():
            made, refused = save(form, lambda: _move(row, form.cleaned_data, request))
            if made:
                messages.success(request, f"Recorded: {made.get_status_display().lower()}.")
                return redirect("followup:opinion", row.pk)
    holds = Hold.objects.filter(plan__episode=row.episode_id, kind=Hold.Kind.SECOND_OPINION, lifted_at=None)
    shown = {
        **about(request, case),
        "opinion": row,
        "steps": steps(row, happened(row)),
        "form": form if may and form.fields["to"].choices else None,
        "holds": list(holds.select_related("plan")),
        "conflict_of": refused.get("conflict_of"),
    }
    return render(request, "followup/opinion.jinja", shown, status=refused.get("status", 200))


def _move(row: SecondOpinion, typed: dict[str, Any], request: HttpRequest) -> SecondOpinion:
    return services.move_opinion(
        opinion=row,
        version=typed["version"],
        to=typed["to"],
        reason=typed["reason"],
        opinion_text=typed.get("opinion_text", ""),
        by=request.user,
    )


def _visible(request: HttpRequest, pk: int) -> SecondOpinion:
    rows = SecondOpinion.objects.visible_to(request.user).select_related(
        "episode__case__patient",
        "episode__case__team",
        "episode__case__key_worker",
        "asked_of",
        "owner",
        "created_by",
    )
    return get_object_or_404(rows, pk=pk)
