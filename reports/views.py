"""Pages of the reports room: concordance with the guidance, on the page and as a table to download."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from reports import presenting
from reports.concordance import report
from reports.definitions import GROUPS, NOTES
from reports.forms import ConcordanceForm


@require_safe
def concordance(request: HttpRequest) -> HttpResponse:
    """How the plans agreed in a period stood to the guidance."""
    request.user.must(Permission.SEE_REPORTS)
    form = ConcordanceForm(request.GET, user=request.user)
    notes = [{"key": word, "value": meaning} for word, meaning in NOTES]
    context = {"form": form, "definitions": GROUPS, "notes": notes, "query": request.GET.urlencode()}
    if not form.is_valid():
        return render(request, "reports/concordance.jinja", context | {"report": None}, status=400)
    shown = presenting.page(report(form.asked))
    context |= {"report": shown, "team_name": form.team_name, "asked": form.asked}
    return render(request, "reports/concordance.jinja", context)


@require_safe
def concordance_table(request: HttpRequest) -> HttpResponse:
    """The same as one table for a spreadsheet program."""
    request.user.must(Permission.SEE_REPORTS)
    form = ConcordanceForm(request.GET, user=request.user)
    if not form.is_valid():
        return concordance(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"concordance-{form.asked.start.isoformat()}-{form.asked.end.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\N{BYTE ORDER MARK}")  # spreadsheet programs read UTF-8 only with it
    table = csv.writer(answer)
    table.writerow(presenting.HEAD)
    table.writerows(presenting.lines(form, report(form.asked)))
    return answer
