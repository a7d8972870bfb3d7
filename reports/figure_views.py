"""Pages of the figures: all of a team's on one page, each as a table to download, and the list of reports."""

import csv

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from reports import figure_pages
from reports.definitions import BY_KEY, FIGURES
from reports.figures import Found, figures
from reports.forms import FiguresForm


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every report, and what each figure says."""
    request.user.must(Permission.SEE_REPORTS)
    return render(request, "reports/index.jinja", {"figures": FIGURES})


@require_safe
def meeting_figures(request: HttpRequest) -> HttpResponse:
    """Who was there, what was decided, and what came of it."""
    request.user.must(Permission.SEE_REPORTS)
    form = FiguresForm(request.GET, user=request.user)
    context = {"form": form, "query": request.GET.urlencode(), "shown": None}
    if not form.is_valid():
        return render(request, "reports/figures.jinja", context, status=400)
    context |= {"shown": figure_pages.page(_found(form)), "team_name": form.team_name, "asked": form.asked}
    return render(request, "reports/figures.jinja", context)


@require_safe
def figures_table(request: HttpRequest, key: str) -> HttpResponse:
    """One figure, or all, as a table for a spreadsheet program."""
    request.user.must(Permission.SEE_REPORTS)
    if key not in {"all", *BY_KEY}:
        raise Http404
    form = FiguresForm(request.GET, user=request.user)
    if not form.is_valid():
        return meeting_figures(request)
    wanted = [each for each in _found(form) if key in ("all", each.figure.key)]
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"{key.replace('_', '-')}-{form.asked.start.isoformat()}-{form.asked.end.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\N{BYTE ORDER MARK}")  # spreadsheet programs read UTF-8 only with it
    table = csv.writer(answer)
    table.writerow(figure_pages.HEAD)
    table.writerows(figure_pages.lines(form, wanted))
    return answer


def _found(form: FiguresForm) -> list[Found]:
    """In the order of the definitions."""
    order = list(BY_KEY)
    return sorted(figures(form.asked, form.chosen), key=lambda each: order.index(each.figure.key))
