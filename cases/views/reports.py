"""What waits for a pathologist or a radiologist, and entering a report."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.forms import ImagingForm, PathologyForm
from cases.forms.fields import suggestions
from cases.models import Case, Episode, PathologyReport, ReportRequest
from cases.models.report import ReportKind
from cases.paging import page_of
from cases.presenting import six_facts
from cases.services import report_imaging, report_specimen
from cases.services.reading import grading_of, grading_words
from cases.services.refreshing import stage_words
from cases.views.access import case_of, frame
from cases.views.attempts import attempt

PERMISSIONS = {
    ReportKind.PATHOLOGY: Permission.REPORT_PATHOLOGY,
    ReportKind.IMAGING: Permission.REPORT_IMAGING,
}


@require_safe
def report_waiting(request: HttpRequest) -> HttpResponse:
    """The readings that this person's roles are asked for, the earliest due first."""
    kinds = [kind for kind, permission in PERMISSIONS.items() if request.user.may(permission)]
    if not kinds:
        raise PermissionDenied("Your role does not include: entering reports.")
    rows = ReportRequest.objects.visible_to(request.user).waiting().filter(kind__in=kinds)
    rows = rows.select_related("episode__case__patient", "episode__case__team", "asked_by")
    page = page_of(rows.order_by("due_on", "asked_at", "id"), request.GET.get("page"))
    reads.saw(request, {row.episode.case.patient_id for row in page})
    found = [(row, six_facts(row.episode)) for row in page]
    return render(request, "cases/report_waiting.jinja", {"page": page, "rows": found, "kinds": kinds})


@require_http_methods(["GET", "HEAD", "POST"])
def pathology_new(request: HttpRequest, reference: str) -> HttpResponse:
    """A pathologist's reading of one specimen."""
    case = case_of(request, reference, Permission.REPORT_PATHOLOGY)
    episode = _episode(case)
    form = PathologyForm(request.POST or None, episode=episode)
    made, status = attempt(
        request,
        form,
        lambda: report_specimen(
            episode=episode,
            report=form.report(),
            operation=form.treatment(),
            by=request.user,
            request=form.cleaned_data["request"],
        ),
    )
    if made:
        messages.success(request, f"Pathology report saved. {_outcome(made)}")
        return redirect("desk:case", case.reference)
    return _form(request, case, form, "cases/pathology_form.jinja", status)


@require_http_methods(["GET", "HEAD", "POST"])
def imaging_new(request: HttpRequest, reference: str) -> HttpResponse:
    """A radiologist's reading of one examination."""
    case = case_of(request, reference, Permission.REPORT_IMAGING)
    episode = _episode(case)
    form = ImagingForm(request.POST or None, episode=episode)
    made, status = attempt(
        request,
        form,
        lambda: report_imaging(
            episode=episode, report=form.report(), by=request.user, request=form.cleaned_data["request"]
        ),
    )
    if made:
        messages.success(request, f"Imaging report saved. {_outcome(made)}")
        return redirect("desk:case", case.reference)
    return _form(request, case, form, "cases/imaging_form.jinja", status)


def _episode(case: Case) -> Episode:
    """Every case has one from the day that it is opened."""
    if case.current_episode is None:
        raise Episode.DoesNotExist(f"case {case.pk} has no episode")
    return case.current_episode


def _form(request: HttpRequest, case: Case, form: Any, template: str, status: int) -> HttpResponse:
    context = {
        "form": form,
        "facts": six_facts(_episode(case)),
        "suggestions": suggestions(),
    }
    return render(request, template, frame(request, case, "") | context, status=status)


def _outcome(report: Any) -> str:
    """Grade 3 (FNCLCC 3 + 2 + 1 = 6). Stage IIIA, AJCC, 8th edition."""
    episode = Episode.objects.get(pk=report.episode_id)
    words = [f"{stage_words(episode)}."]
    grading = grading_of(report) if isinstance(report, PathologyReport) else None
    if grading is not None:
        words.insert(0, f"Grade {grading.grade[1:]} ({grading_words(grading)}).")
    return " ".join(words)
