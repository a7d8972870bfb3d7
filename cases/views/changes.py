"""Changing a patient and a case, and the steps of a case that are taken by hand."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from cases.forms import CaseForm, CloseForm, DeathForm, EpisodeForm, PatientForm, RequestForm
from cases.models import Case
from cases.services import (
    ask_for_report,
    change_case,
    change_patient,
    close_case,
    record_death,
    start_episode,
)
from cases.views.access import case_of, frame
from cases.views.attempts import attempt, values_of

PATIENT = ["family_name", "given_name", "title", "birth_on", "sex", "nhs_number"]
CASE = ["key_worker", "responsible_consultant", "patient_knows", "patient_wants"]


def _form(
    request: HttpRequest,
    case: Case,
    form: Any,
    status: int,
    heading: str,
    submit: str = "Save",
    warning: str = "",
) -> HttpResponse:
    """`warning`: what will happen, where it cannot be taken back."""
    context = {
        "form": form,
        "heading": heading,
        "submit": submit,
        "warning": warning,
        "suggestions": {},
        "back": reverse("desk:case", args=[case.reference]),
    }
    return render(request, "cases/case_form.jinja", frame(request, case, "") | context, status=status)


def _done(request: HttpRequest, case: Case, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("desk:case", case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
def patient_change(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct who the patient is."""
    case = case_of(request, reference, Permission.CHANGE_CASE)
    patient = case.patient
    start = values_of(patient, PATIENT) | {"version": patient.version}
    form = PatientForm(request.POST or None, initial=start)
    done, status = attempt(
        request,
        form,
        lambda: change_patient(
            patient=patient,
            version=form.cleaned_data["version"] or 0,
            details=form.details(),
            by=request.user,
        ),
        lambda current: values_of(current, PATIENT),
    )
    if done:
        return _done(request, case, "Patient details saved.")
    return _form(request, case, form, status, "Change the patient’s details")


@require_http_methods(["GET", "HEAD", "POST"])
def case_change(request: HttpRequest, reference: str) -> HttpResponse:
    """Who looks after the patient; what they know and want."""
    case = case_of(request, reference, Permission.CHANGE_CASE)
    start = values_of(case, CASE) | {"version": case.version}
    form = CaseForm(request.POST or None, initial=start, team=case.team)
    done, status = attempt(
        request,
        form,
        lambda: change_case(
            case=case, version=form.cleaned_data["version"] or 0, details=form.details(), by=request.user
        ),
        lambda current: values_of(current, CASE),
    )
    if done:
        return _done(request, case, "Case details saved.")
    return _form(request, case, form, status, "Change the case’s details")


@require_http_methods(["GET", "HEAD", "POST"])
def death(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that the patient has died, after being told what that stops."""
    case = case_of(request, reference, Permission.CHANGE_CASE)
    form = DeathForm(request.POST or None, initial={"died_on": case.patient.died_on})
    done, status = attempt(
        request,
        form,
        lambda: record_death(patient=case.patient, died_on=form.cleaned_data["died_on"], by=request.user),
    )
    if done:
        return _done(request, case, "Death recorded. Reviews and reminders about the patient stop.")
    warning = "Reviews, reminders and letters about this patient stop at once, in every team."
    return _form(request, case, form, status, "Record a death", "Record the death", warning)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Close with a reason, after being told what that stops."""
    case = case_of(request, reference, Permission.CHANGE_CASE)
    form = CloseForm(request.POST or None)
    done, status = attempt(request, form, lambda: close_case(case=case, by=request.user, **form.cleaned_data))
    if done:
        return _done(request, case, "Case closed.")
    warning = "Reports that were asked for are asked for no longer. A new episode opens the case again."
    return _form(request, case, form, status, "Close the case", "Close the case", warning)


@require_http_methods(["GET", "HEAD", "POST"])
def episode_new(request: HttpRequest, reference: str) -> HttpResponse:
    """A recurrence, residual disease or progression."""
    case = case_of(request, reference, Permission.RECORD_FACTS)
    form = EpisodeForm(request.POST or None)
    done, status = attempt(
        request, form, lambda: start_episode(case=case, by=request.user, **form.cleaned_data)
    )
    if done:
        return _done(request, case, "New episode started. The earlier one stays as it was.")
    return _form(request, case, form, status, "Start a new episode", "Start the episode")


@require_http_methods(["GET", "HEAD", "POST"])
def report_ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the pathologists or radiologists of the team for a reading."""
    case = case_of(request, reference, Permission.LIST_CASES)
    episode = case.current_episode
    if episode is None:
        raise Http404
    form = RequestForm(request.POST or None)
    done, status = attempt(
        request, form, lambda: ask_for_report(episode=episode, by=request.user, **form.cleaned_data)
    )
    if done:
        return _done(request, case, "Report asked for. It waits in their list.")
    return _form(request, case, form, status, "Ask for a report", "Ask for it")
