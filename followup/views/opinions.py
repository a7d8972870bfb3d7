"""Pages of second opinions: the list, the request and its changes, and the steps of one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.views.returning import after
from followup import forms, services
from followup.comparing_words import answer_of
from followup.models import FINISHED, SecondOpinion, SecondOpinionQuerySet
from followup.presenting import happened, step_words, steps
from followup.services.opinion import following, opinions, sending
from followup.services.opinion.packing import chosen_parts, is_blind_now
from followup.views.frame import PER_PAGE, about, case_for, save, teams_of
from followup.views.links import panel
from followup.workflow import OPINION, OpinionStatus
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
    form = forms.OpinionFilter(
        request.GET, show=forms.OPINIONS_SHOWN, sort=forms.OPINION_ORDERS, teams=teams_of(request)
    )
    mine = SecondOpinion.objects.visible_to(request.user)
    if form.chosen["who"] == "me":
        mine = mine.filter(owner=request.user)
    if form.chosen["team"]:
        mine = mine.filter(episode__case__team=form.chosen["team"])
    if form.chosen["side"]:
        of_us = Q(asked_by=SecondOpinion.AskedBy.ANOTHER_CENTRE)
        mine = mine.filter(of_us if form.chosen["side"] == "of" else ~of_us)
    shown = shown_of(mine, form.chosen["show"]).select_related(
        "episode__case__patient", "asked_of", "asking", "owner"
    )
    page = Paginator(shown.order_by(*ORDERS[form.chosen["sort"]]), PER_PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {opinion.episode.case.patient_id for opinion in page})
    context = {
        "filter": form,
        "page": page,
        "counts": counts_of(mine),
        "asked": SecondOpinion.objects.asked_of(request.user).filter(status__in=opinions.AWAITED).count(),
    }
    return render(request, "followup/opinions.jinja", context)


def shown_of(opinions: SecondOpinionQuerySet, show: str) -> SecondOpinionQuerySet:
    if show == "finished":
        return opinions.filter(status__in=FINISHED)
    if show == "overdue":
        return opinions.open().filter(step_due_on__lt=timezone.localdate())
    return opinions if show == "all" else opinions.open()


def counts_of(opinions: SecondOpinionQuerySet) -> dict[str, int]:
    open_ones = ~Q(status__in=FINISHED)
    late = open_ones & Q(step_due_on__lt=timezone.localdate())
    return opinions.aggregate(open=Count("pk", filter=open_ones), overdue=Count("pk", filter=late))


@require_http_methods(["GET", "HEAD", "POST"])
def opinion_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask another centre for its view of the case's current episode, or note that one asks for this team's."""
    case = case_for(request, reference, Permission.ASK_OPINION)
    people = services.who_may(Permission.ASK_OPINION, case.team_id)
    start = {"asked_by": "patient", "owner": request.user if request.user in people else None}
    form = forms.OpinionForm(request.POST or None, team=case.team, people=people, initial=start)
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if form.is_valid():
        made, refused = save(
            form,
            lambda: services.request_opinion(episode=case.current_episode, by=request.user, **form.request()),
        )
        if made:
            messages.success(request, f"The request is recorded, and {made.owner} is reminded of each step.")
            return redirect("followup:opinion", made.pk)
    shown = {**about(request, case), "form": form, "opinion": None}
    return render(request, "followup/opinion_form.jinja", shown, status=refused.get("status", 200))


@require_http_methods(["GET", "HEAD", "POST"])
def opinion_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the question, the parts, blindness, or who chases it, while the opinion is not in."""
    row = opinion_of(request, pk, Permission.ASK_OPINION)
    case = row.episode.case
    start = {
        "version": row.version,
        "team_asked": row.team_asked_id or forms.AnswererField.OUTSIDE,
        "question": row.question,
        "parts": row.parts,
        "is_blind": row.is_blind,
        "owner": row.owner,
    }
    people = services.who_may(Permission.ASK_OPINION, case.team_id)
    typed = request.POST if request.method == "POST" else None
    form = forms.ChangeForm(typed, opinion=row, team=case.team, people=people, initial=start)
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if form.is_valid():
        compared = ["question", "parts", "is_blind", "owner"]
        made, refused = save(
            form,
            lambda: opinions.change_opinion(opinion=row, by=request.user, **form.cleaned_data),
            compared=compared,
        )
        if made:
            _say_changed(request, row, made)
            return redirect("followup:opinion", row.pk)
    shown = {**about(request, case), "form": form, "opinion": row} | _conflict(refused)
    return render(request, "followup/opinion_form.jinja", shown, status=refused.get("status", 200))


def _say_changed(request: HttpRequest, before: SecondOpinion, after: SecondOpinion) -> None:
    if before.consent and not after.consent:
        messages.warning(
            request, "Changed. More is sent than was agreed to, so consent has to be recorded again."
        )
    else:
        messages.success(request, "The request is changed.")


def _conflict(refused: dict[str, Any]) -> dict[str, Any]:
    return {"conflict_of": refused.get("conflict_of")}


@require_http_methods(["GET", "HEAD", "POST"])
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """One second opinion: its steps, what was asked and answered, what may leave, and the next step."""
    row = opinion_of(request, pk, Permission.SEE_CASES)
    form = forms.StepForm(
        request.POST if request.method == "POST" else None, opinion=row, initial=_step_start(row)
    )
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if request.method == "POST":
        request.user.must(Permission.ASK_OPINION, row.episode.case.team_id)
        if form.is_valid():
            made, refused = save(
                form,
                lambda: services.move_opinion(opinion=row, by=request.user, **form.cleaned_data),
            )
            if made:
                messages.success(request, f"Recorded: {made.get_status_display().lower()}.")
                return after(request, "followup:opinion", row.pk)
    return opinion_page(request, row, step_form=form, refused=refused)


def opinion_page(
    request: HttpRequest,
    row: SecondOpinion,
    *,
    step_form: Any = None,
    why_form: Any = None,
    refused: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of one, with the form that was refused."""
    may = request.user.may(Permission.ASK_OPINION, row.episode.case.team_id)
    holds = Hold.objects.filter(plan__episode=row.episode_id, kind=Hold.Kind.SECOND_OPINION, lifted_at=None)
    start = {"version": row.version}
    step_form = step_form or forms.StepForm(opinion=row, initial=_step_start(row))
    again = SecondOpinion.objects.filter(pk=row.pk)
    shown = {
        **about(request, row.episode.case),
        "opinion": row,
        "parts": [part.label for part in chosen_parts(row)],
        "is_blind_now": is_blind_now(row),
        "status_words": step_words(row, row.status),
        "steps": steps(row, happened(row)),
        "form": step_form if may and step_form.fields["to"].choices else None,
        "may_ask": may,
        "may_list": request.user.may(Permission.LIST_CASES, row.episode.case.team_id),
        "may_answer": _may_answer(request, row),
        "why_not_sent": sending.why_not_sent(row),
        "is_awaited": row.status in opinions.AWAITED,
        "can_be_received": not row.is_of_us and OPINION.allows(row.status, OpinionStatus.RECEIVED),
        "expert_link": panel(row, request.user),
        "answer": _answer(row),
        "proposes_listing": following.to_discuss_again(again).exists(),
        "why_form": why_form or forms.WhyNotForm(initial=start),
        "refused_form": why_form or (step_form if step_form.is_bound else None),
        "holds": list(holds.select_related("plan")),
    } | _conflict(refused or {})
    return render(request, "followup/opinion.jinja", shown, status=(refused or {}).get("status", 200))


def _step_start(row: SecondOpinion) -> dict[str, Any]:
    """After a death with its reason, to be confirmed once the other centre was told."""
    start: dict[str, Any] = {"version": row.version}
    if not row.outlived_the_patient:
        return start
    told = f" {row.other_centre.name} was told." if row.status != OpinionStatus.REQUESTED else ""
    return start | {"reason": f"The patient has died.{told}"}


def _may_answer(request: HttpRequest, row: SecondOpinion) -> bool:
    """Give this team's own view, where another centre asks for it."""
    return row.is_of_us and request.user.may(Permission.ANSWER_OPINION, row.episode.case.team_id)


def _answer(row: SecondOpinion) -> dict[str, Any] | None:
    answer = answer_of(row)
    return answer and answer | {"files": list(row.files.all())}


@require_POST
def opinion_not_listed(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why an opinion that differs needs no new discussion."""
    row = opinion_of(request, pk, Permission.ASK_OPINION)
    form = forms.WhyNotForm(request.POST)
    refused: dict[str, Any] = {"status": 400}
    if form.is_valid():
        made, refused = save(
            form,
            lambda: following.say_why_not_listed(opinion=row, by=request.user, **form.cleaned_data),
        )
        if made:
            messages.success(request, "Recorded: it is not discussed again, and why.")
            return redirect("followup:opinion", row.pk)
    return opinion_page(request, row, why_form=form, refused=refused)


def opinion_of(request: HttpRequest, pk: int, permission: Permission) -> SecondOpinion:
    """One of the user's teams' cases, in which their role carries the permission."""
    request.user.must(permission)
    rows = SecondOpinion.objects.visible_to(request.user).select_related(
        "episode__case__patient",
        "episode__case__team__organisation",
        "episode__case__key_worker",
        "asked_of",
        "asking",
        "team_asked",
        "owner",
        "created_by",
        "consent_recorded_by",
    )
    row = get_object_or_404(rows, pk=pk)
    request.user.must(permission, row.episode.case.team_id)
    return row
