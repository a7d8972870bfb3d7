"""The register: every trial that is held, and how true its entry is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from trials.models import Trial


@require_safe
def trial_list(request: HttpRequest) -> HttpResponse:
    request.user.must(Permission.SEE_CASES)
    return render(request, "trials/list.jinja", {"trials": Trial.objects.visible_to(request.user)})
