"""The coding lists, to look at and to search; they are data files of the product, and nobody changes them here."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from cases.clinical import icdo3, tables, vocabulary

LONGEST = 100
ALL = 500
OPENED_BY = (
    Permission.SEE_CASES,
    Permission.CHECK_PLAN,
    Permission.MAKE_REFERRAL,
    Permission.MANAGE_PEOPLE,
)


@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """Types and sites by name, synonym, abbreviation or code; no patient is in them, so that the search is a link."""
    if not request.user.is_superuser and not any(request.user.may(each) for each in OPENED_BY):
        raise PermissionDenied("Your role does not include the coding lists.")
    text = " ".join(request.GET.get("q", "")[:LONGEST].replace("\x00", "").split())
    context = {
        "q": text,
        "types": icdo3.search_morphology(text, ALL) if text else icdo3.all_morphologies(),
        "sites": icdo3.search_topography(text, ALL) if text else icdo3.all_topographies(),
        "families": vocabulary.FAMILIES,
        "reasons": icdo3.FNCLCC_REASONS,
        "sources": [tables.source("morphology"), tables.source("topography")],
    }
    return render(request, "cases/codes.jinja", context)
