"""Fetching the case that a page is about, as far as it is theirs, and what frames such a page."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.permissions import Permission
from audit import reads
from cases import presenting
from cases.models import Case


def case_of(request: HttpRequest, reference: str, permission: Permission) -> Case:
    """The case of the user's teams, with its patient and current episode; noted as read."""
    rows = Case.objects.in_teams_of(request.user).with_summary().select_related("responsible_consultant")
    case = get_object_or_404(rows, reference=reference)
    request.user.must(permission, case.team_id)
    reads.saw(request, [case.patient_id])
    return case


def frame(request: HttpRequest, case: Case, view: str = "cases:facts") -> dict[str, Any]:
    """Who the case is about, and the case's tabs."""
    return {
        "case": case,
        "who": presenting.who(case),
        "tabs": presenting.tabs(case, request.user, view),
        "may": lambda permission: request.user.may(permission, case.team_id),
    }
