"""Pages of registry imports: upload, what the mapping makes of the file, the check, progress, and the report."""

import csv
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import Permission
from audit.reads import saw
from cases import tasks
from cases.import_forms import OutcomeFilter, UploadForm
from cases.importing import services
from cases.importing.report import HEAD, report_lines
from cases.models import ImportRun

STATUS = ImportRun.Status
UNDER_WAY = (STATUS.UPLOADED, STATUS.CHECKING, STATUS.RUNNING)


def _must_import(request: HttpRequest) -> None:
    request.user.must(Permission.IMPORT_REGISTRY)


def _find_run(request: HttpRequest, pk: int) -> ImportRun:
    """The run of one of the user's teams; a role that may not import is told so, another team's run is not found."""
    run: ImportRun = get_object_or_404(
        ImportRun.objects.visible_to(request.user).select_related("team", "by"), pk=pk
    )
    request.user.must(Permission.IMPORT_REGISTRY, run.team_id)
    return run


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """The imports of one's teams, newest first."""
    _must_import(request)
    runs = ImportRun.objects.visible_to(request.user).select_related("team", "by").defer("mapping", "preview")
    page = Paginator(runs, 25).get_page(request.GET.get("page"))
    return render(request, "cases/import_list.jinja", {"page": page})


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a file; it is checked at once and nothing is imported yet."""
    _must_import(request)
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        run = services.receive_upload(
            team=data["team"],
            upload=data["file"],
            mapping_name=data["mapping_name"],
            mapping_text=data["mapping_text"],
            by=request.user,
        )
        tasks.check_import.delay_on_commit(run.pk)
        return redirect("cases:import_run", run.pk)
    status = 400 if form.is_bound else 200
    return render(request, "cases/import_new.jinja", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One import, wherever it stands; POST confirms or discards it."""
    run = _find_run(request, pk)
    if request.method == "POST":
        return _act(request, run)
    if request.headers.get("HX-Request"):
        return _progress(request, run)
    form = OutcomeFilter(request.GET)
    outcome = form.cleaned_data["outcome"] if form.is_valid() else ""
    rows = run.rows.select_related("case")
    if outcome:
        rows = rows.filter(outcome=outcome)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    saw(request, [row.case.patient_id for row in page if row.case])
    context = {
        "run": run,
        "page": page,
        "form": form,
        "query": urlencode({"outcome": outcome}) if outcome else "",
        "is_under_way": run.status in UNDER_WAY,
        "counts": _counts(run),
    }
    return render(request, "cases/import_run.jinja", context)


def _act(request: HttpRequest, run: ImportRun) -> HttpResponse:
    if request.POST.get("action") == "discard":
        services.discard_import(run=run, by=request.user)
        messages.info(request, "Discarded. Nothing was imported.")
        return redirect("cases:import_list")
    services.confirm_import(run=run, by=request.user)
    tasks.carry_out_import.delay_on_commit(run.pk)
    return redirect("cases:import_run", run.pk)


def _progress(request: HttpRequest, run: ImportRun) -> HttpResponse:
    """The moving part of the page; when the work is done, the whole page is asked for."""
    response = render(request, "cases/import_progress.jinja", {"run": run})
    if run.status not in UNDER_WAY:
        response["HX-Refresh"] = "true"
    return response


def _counts(run: ImportRun) -> list[dict[str, Any]]:
    return [
        {"outcome": outcome.value, "label": outcome.label, "count": getattr(run, counter)}
        for outcome, counter in services.COUNTERS.items()
    ]


@require_GET
def import_report(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """What became of each row, as a table to download."""
    run = _find_run(request, pk)
    if run.status in UNDER_WAY:
        raise PermissionDenied("The report can be downloaded when the import has finished.")
    patients = run.rows.filter(case__isnull=False).values_list("case__patient_id", flat=True)
    saw(request, patients.distinct())
    response = StreamingHttpResponse(_lines(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Echo:
    """What the CSV writer writes to: it hands the line back, to be sent at once."""

    def write(self, line: str) -> str:
        return line


def _lines(run: ImportRun) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # Excel then reads UTF-8
    yield writer.writerow(HEAD)
    for line in report_lines(run.rows.select_related("case").iterator(chunk_size=2000)):
        yield writer.writerow(line)
