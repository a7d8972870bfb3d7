"""Overriding a stage, withdrawing that, and turning the percentages of GIST on or off."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from accounts.services import show_afip_percentages
from cases import services, stage_words
from cases.clinical import vocabulary
from cases.clinical.gist_risk import NOT_SIGNED_OFF
from cases.forms.staging import FamilyChoice, OverrideForm, WithdrawForm
from cases.models import Case, Episode, Staging
from cases.models.staging import Basis
from cases.services.reading import staging_words
from cases.views.access import case_of, frame
from cases.views.attempts import attempt

METHODS = ["GET", "HEAD", "POST"]


def _episode(case: Case, basis: str) -> Episode:
    if case.current_episode is None or basis not in Basis.values:
        raise Http404
    return case.current_episode


def _standing(episode: Episode, basis: str) -> Staging:
    for row in stage_words.standing(episode):
        if row.basis == basis:
            return row
    raise Http404


@require_http_methods(METHODS)
def stage_override(request: HttpRequest, reference: str, basis: str) -> HttpResponse:
    """Choose the table, then the categories; see what will hold; override."""
    case = case_of(request, reference, Permission.OVERRIDE_STAGE)
    episode = _episode(case, basis)
    shown = _standing(episode, basis)
    family = _family(request, shown)
    computed = services.computed_stage(episode=episode, basis=basis, family=family)
    form = OverrideForm(request.POST or None, initial=_start(shown, family), computed=computed, family=family)
    done, status = attempt(
        request,
        form,
        lambda: _override(request, episode, basis, form),
        lambda current: {name: getattr(current, name) for name in ("t", "n", "m", "group")},
    )
    if done and done.pk:
        messages.success(request, f"Overridden: {staging_words(done)}.")
        return redirect("desk:case", case.reference)
    context = {
        "form": form,
        "families": FamilyChoice(initial={"family": family}),
        "table": vocabulary.FAMILIES.get(family or computed.family or "", "none"),
        "shown": stage_words.card(shown, episode, case.team),
        "preview": staging_words(done) if done else "",
        "back": reverse("desk:case", args=[case.reference]),
    }
    return render(request, "cases/stage_override.jinja", frame(request, case, "") | context, status=status)


def _override(request: HttpRequest, episode: Episode, basis: str, form: OverrideForm) -> Staging:
    """Saved only when what will hold is what was looked at; else what would hold, unsaved."""
    told = {
        "episode": episode,
        "basis": basis,
        "version": form.cleaned_data["version"] or 0,
        "values": form.values(),
        "reason": form.cleaned_data["reason"],
        "by": request.user,
    }
    would_hold = services.preview_override(**told)
    if request.POST.get("confirmed") and request.POST.get("seen") == staging_words(would_hold):
        return services.override_stage(**told)
    return would_hold


def _family(request: HttpRequest, shown: Staging) -> str:
    """The table that was asked for; at first that of an override that stands."""
    asked = request.POST.get("family") if request.method == "POST" else request.GET.get("family")
    if asked is None:
        asked = (shown.overridden or {}).get("family", "")
    return asked if asked in vocabulary.FAMILIES else ""


def _start(shown: Staging, family: str) -> dict[str, Any]:
    """What the override that stands says, as far as its table is the one that is shown."""
    held = shown.overridden or {}
    same_table = held.get("family", "") == family
    return {"version": shown.version, "family": family} | (held if same_table else {})


@require_http_methods(METHODS)
def stage_withdraw(request: HttpRequest, reference: str, basis: str) -> HttpResponse:
    """Let the computed stage hold again."""
    case = case_of(request, reference, Permission.OVERRIDE_STAGE)
    episode = _episode(case, basis)
    shown = _standing(episode, basis)
    if not shown.is_overridden:
        raise Http404
    computed = services.computed_stage(episode=episode, basis=basis)
    form = WithdrawForm(request.POST or None, initial={"version": shown.version})
    done, status = attempt(
        request,
        form,
        lambda: services.withdraw_override(
            episode=episode,
            basis=basis,
            version=form.cleaned_data["version"] or 0,
            reason=form.cleaned_data["reason"],
            by=request.user,
        ),
    )
    if done:
        messages.success(request, f"Override withdrawn: {staging_words(done)}, as worked out.")
        return redirect("desk:case", case.reference)
    outcome = (
        f"stage {computed.group}" if computed.group else vocabulary.STAGE_STATUSES[computed.status].lower()
    )
    context = {
        "form": form,
        "heading": f"Withdraw the override: {shown.get_basis_display().lower()}",
        "warning": f"What was worked out holds again: {outcome}. The override stays in the records.",
        "submit": "Withdraw the override",
        "suggestions": {},
        "back": reverse("desk:case", args=[case.reference]),
    }
    return render(request, "cases/case_form.jinja", frame(request, case, "") | context, status=status)


@require_http_methods(METHODS)
def afip_percentages(request: HttpRequest, reference: str) -> HttpResponse:
    """A pathologist answers for the AFIP percentages, for the whole team."""
    case = case_of(request, reference, Permission.SHOW_PERCENTAGES)
    turns_on = case.team.afip_percentages_by_id is None
    if request.method == "POST":
        wanted = request.POST.get("on") == "yes"
        show_afip_percentages(team=case.team, on=wanted, by=request.user)
        messages.success(
            request, f"The AFIP percentages are {'shown' if wanted else 'no longer shown'} to the team."
        )
        return redirect("desk:case", case.reference)
    context = {"turns_on": turns_on, "why": NOT_SIGNED_OFF, "team": case.team}
    return render(request, "cases/afip_percentages.jinja", frame(request, case, "") | context)
