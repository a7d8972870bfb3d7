"""Recording what a patient needs beside treatment."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from cases.forms import NeedsForm
from cases.models import Case, Needs
from cases.services import record_needs
from cases.views.access import case_of, frame
from cases.views.attempts import attempt, values_of

CARRIED_OVER = ["symptoms", "holistic", "holistic_on", "interpreter", "fertility", "support"]


@require_http_methods(["GET", "HEAD", "POST"])
def needs_new(request: HttpRequest, reference: str) -> HttpResponse:
    """A form that begins with what was found last."""
    case = case_of(request, reference, Permission.RECORD_FACTS)
    episode = case.current_episode
    if episode is None:
        raise Http404
    form = NeedsForm(request.POST or None, initial=_found_last(case))
    done, status = attempt(
        request,
        form,
        lambda: record_needs(
            episode=episode,
            details=form.details(),
            seen=form.cleaned_data["version"] or 0,
            by=request.user,
        ),
        lambda current: values_of(current, ["has_symptoms", *CARRIED_OVER]),
    )
    if done:
        messages.success(request, "Needs recorded.")
        return redirect("cases:facts", case.reference)
    context = {
        "form": form,
        "heading": "Record needs",
        "submit": "Save",
        "warning": "",
        "suggestions": {},
        "back": reverse("cases:facts", args=[case.reference]),
    }
    return render(request, "cases/case_form.jinja", frame(request, case) | context, status=status)


def _found_last(case: Case) -> dict[str, Any]:
    newest = Needs.objects.of_case(case).first()
    has_symptoms = newest.has_symptoms if newest else case.has_symptoms or None
    found = values_of(newest, [*CARRIED_OVER, "version"]) if newest else {"version": 0}
    return found | {"has_symptoms": {True: "yes", False: "no", None: ""}[has_symptoms]}
