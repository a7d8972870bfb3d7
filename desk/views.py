"""My work, search and the pages that belong to no room."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/home.jinja", {})


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/search.jinja", {"q": request.POST.get("q", "")})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "help.jinja")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accessibility.jinja")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers and compose: answers once the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
