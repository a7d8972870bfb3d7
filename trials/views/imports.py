"""Pages of imports: reading a registry's files, what became of each study, and the changes to decide."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from trials.forms.imports import OutcomeFilter, UploadForm
from trials.models import ImportedStudy, ProposedChange, RegisterImport
from trials.registry.errors import Unreadable
from trials.registry.files import Budget, Source, opened
from trials.services.fetching import fetch_studies
from trials.services.importing import import_files
from trials.workflow import ChangeStatus, ImportOutcome

PER_PAGE = 50


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """Every import, newest first."""
    request.user.must(Permission.KEEP_TRIALS)
    runs = RegisterImport.objects.select_related("started_by")
    page = Paginator(runs, 25).get_page(request.GET.get("page"))
    studies = ImportedStudy.objects.filter(run__in=[run.pk for run in page]).order_by()
    found = studies.values_list("run", "outcome").annotate(Count("pk"))
    counts = {(run, outcome): count for run, outcome, count in found}
    waiting = ProposedChange.objects.filter(status=ChangeStatus.OPEN).values("trial").distinct().count()
    return render(request, "trials/import_list.jinja", {"page": page, "counts": counts, "waiting": waiting})


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload files, or name a study to fetch: imported at once, and the import's page says what became of it."""
    request.user.must(Permission.KEEP_TRIALS)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*data)
    if request.method != "POST" or not form.is_valid():
        return render(
            request, "trials/import_new.jinja", {"form": form}, status=400 if form.is_bound else 200
        )
    if form.cleaned_data.get("nct"):
        run = fetch_studies(numbers=[form.cleaned_data["nct"]], by=request.user)
    else:
        files = form.cleaned_data["files"]
        name = files[0].name if len(files) == 1 else f"{len(files)} files, {files[0].name} the first"
        run = import_files(sources=_sources(files), name=name, by=request.user)
    return redirect("trials:import_run", run.pk)


def _sources(files: Sequence[Any]) -> Iterator[Source]:
    """The uploads; one that is no zip as its beginning says is refused by itself."""
    budget = Budget()
    for file in files:
        try:
            yield from opened(file.name, file, file.size, budget)
        except Unreadable as error:
            yield Source(file.name, problem=error.message)


@require_safe
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One import, study by study."""
    request.user.must(Permission.KEEP_TRIALS)
    run = get_object_or_404(RegisterImport.objects.select_related("started_by"), pk=pk)
    form = OutcomeFilter(request.GET)
    found = dict(run.studies.order_by().values_list("outcome").annotate(Count("pk")))
    studies = (
        run.studies.select_related("trial")
        .defer("record")
        .annotate(offered=Count("changes"))
        .order_by("place")
    )
    if form.chosen:
        studies = studies.filter(outcome=form.chosen)
    context = {
        "run": run,
        "form": form,
        "counts": [(outcome, found.get(outcome, 0)) for outcome in ImportOutcome],
        "total": sum(found.values()),
        "page": Paginator(studies, PER_PAGE).get_page(request.GET.get("page")),
        "query": f"outcome={form.chosen}" if form.chosen else "",
        "several": run.studies.exclude(file=run.name).exists(),
    }
    return render(request, "trials/import_run.jinja", context)
