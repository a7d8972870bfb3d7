"""The calculator: grade, stage and risk of a tumour that nobody has; nothing is stored."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from cases.calculating.shown import shows_percentages
from cases.forms.calculator import CalculatorForm
from cases.forms.fields import suggestions


@require_http_methods(["GET", "HEAD", "POST"])
def calculator(request: HttpRequest) -> HttpResponse:
    """The questions, and below them what follows from the answers; only the latter while someone is typing."""
    asked = request.method == "POST"
    form = CalculatorForm(request.POST if asked else None)
    found = form.calculation(shows_percentages=shows_percentages(request.user)) if asked else None
    context = {"form": form, "found": found, "asked": asked}
    if getattr(request, "htmx", False):
        return render(request, "cases/calculated.jinja", context)
    return render(request, "cases/calculator.jinja", context | {"suggestions": suggestions()})
