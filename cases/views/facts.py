"""The clinical facts of a case, where each comes from, and recording those that no report carries."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from cases import forms, services, stage_words
from cases.clinical import vocabulary
from cases.forms.fields import suggestions
from cases.models import Case, Episode, TreatmentGiven
from cases.presenting import needs_items, newest_needs, six_facts, treatment_words
from cases.services.reading import counting_words
from cases.views.access import case_of, frame
from cases.views.attempts import attempt
from cases.views.fact_words import fact_rows


@dataclass(frozen=True)
class Kind:
    """One kind of fact that is recorded by hand."""

    heading: str
    form: type[Any]
    save: Callable[[Episode, dict[str, Any], Any, Any], Any]
    starts_with: Callable[[Case, Episode], dict[str, Any]] = lambda case, episode: {}


def _diagnosis_now(case: Case, episode: Episode) -> dict[str, Any]:
    return {name: episode.facts.get(name) for name in ("morphology", "topography")}


KINDS = {
    "diagnosis": Kind(
        "Record the diagnosis",
        forms.DiagnosisForm,
        lambda episode, typed, form, by: services.record_diagnosis(episode=episode, by=by, **typed),
        _diagnosis_now,
    ),
    "performance-status": Kind(
        "Record general health",
        forms.PerformanceStatusForm,
        lambda episode, typed, form, by: services.record_performance_status(episode=episode, by=by, **typed),
    ),
    "biomarker": Kind(
        "Record a biomarker",
        forms.BiomarkerForm,
        lambda episode, typed, form, by: services.record_biomarker(episode=episode, by=by, **typed),
    ),
    "treatment": Kind(
        "Record a treatment given before",
        forms.TreatmentForm,
        lambda episode, typed, form, by: services.record_treatment_given(
            episode=episode, treatment=form.treatment(), source=TreatmentGiven.Source.TOLD, by=by
        ),
    ),
    "not-known": Kind(
        "Say that a fact cannot be known",
        forms.NotKnownForm,
        lambda episode, typed, form, by: services.record_not_known(episode=episode, by=by, **typed),
    ),
    "staging-table": Kind(
        "Choose the staging table",
        forms.FamilyForm,
        lambda episode, typed, form, by: services.choose_family(episode=episode, by=by, **typed),
        lambda case, episode: {"family": episode.family_override},
    ),
}


@require_safe
def facts(request: HttpRequest, reference: str) -> HttpResponse:
    """All facts with their sources, the reports and rows behind them, and what can be recorded."""
    case = case_of(request, reference, Permission.SEE_CASES)
    episodes = list(case.episodes.all())
    episode = _chosen(episodes, case, request.GET.get("episode", ""))
    context = {
        "episode": episode,
        "episodes": episodes,
        "strip": six_facts(episode),
        "rows": fact_rows(episode),
        "left_out": [
            (vocabulary.FACT_LABELS.get(key, key), message)
            for key, message in episode.fact_sources.get("left_out", {}).items()
        ],
        "warnings": stage_words.warnings(episode.facts),
        "stages": _stages(case, episode),
        "pathology": list(episode.pathology_reports.select_related("reported_by")),
        "counted": counting_words,
        "imaging": list(episode.imaging_reports.select_related("reported_by")),
        "biomarkers": list(episode.biomarkers.all()),
        "treatments": [(row, treatment_words(row)) for row in episode.treatments_given.all()],
        "not_known": [
            (vocabulary.MAY_BE_UNKNOWN.get(row.fact, row.fact), row) for row in episode.not_known.all()
        ],
        "needs": (needs := newest_needs(case)),
        "needs_items": needs_items(needs),
        "asked": list(episode.report_requests.waiting()),
        "imported": list(case.imported_texts.all()) if case.source else [],
        "kinds": KINDS,
    }
    return render(request, "cases/facts.jinja", frame(request, case) | context)


def _stages(case: Case, episode: Episode) -> list[dict[str, Any]]:
    """Every stage that was recorded, newest first; `holds` is the newest of its basis."""
    rows = list(episode.stagings.select_related("overridden_by", "computed_for"))
    holds = {basis: next(row for row in rows if row.basis == basis) for basis in {row.basis for row in rows}}
    return [
        stage_words.card(row, episode, case.team) | {"holds": holds[row.basis] is row, "by": row.computed_for}
        for row in rows
    ]


def _chosen(episodes: list[Episode], case: Case, number: str) -> Episode:
    """The episode that the address names, else the current one."""
    for episode in episodes:
        if str(episode.number) == number or (not number and episode.pk == case.current_episode_id):
            return episode
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, reference: str, what: str) -> HttpResponse:
    """Record one fact of the current episode."""
    case = case_of(request, reference, Permission.RECORD_FACTS)
    if what not in KINDS or case.current_episode is None:
        raise Http404
    kind, episode = KINDS[what], case.current_episode
    form = kind.form(request.POST or None, initial=_start(request, kind, case, episode))
    done, status = attempt(request, form, lambda: kind.save(episode, form.cleaned_data, form, request.user))
    if done:
        fresh = Episode.objects.get(pk=episode.pk)
        messages.success(request, f"Saved. {services.stage_words(fresh)}.")
        return redirect("cases:facts", case.reference)
    context = {
        "form": form,
        "heading": kind.heading,
        "suggestions": suggestions() if what == "diagnosis" else {},
        "back": reverse("cases:facts", args=[case.reference]),
        "submit": "Save",
        "warning": "",
    }
    return render(request, "cases/case_form.jinja", frame(request, case) | context, status=status)


def _start(request: HttpRequest, kind: Kind, case: Case, episode: Episode) -> dict[str, Any]:
    start = {name: value for name, value in kind.starts_with(case, episode).items() if value}
    return start | {key: value for key in ("fact", "name") if (value := request.GET.get(key, ""))}
