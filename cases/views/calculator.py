"""The calculator: grade, stage and risk of a tumour that nobody has; nothing is stored."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import User
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


def shows_percentages(user: User) -> bool:
    """Whether a pathologist of one of the person's teams has had the AFIP percentages shown."""
    return any(
        membership.team is not None and membership.team.afip_percentages_by_id is not None
        for membership in user.active_memberships
    )
