"""Fifty rows as a page, fifty rows as JSON, one row written; each for someone who is signed in."""

import json
from datetime import date

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from bench.floor.models import Line

COLUMNS = ("id", "reference", "name", "birth_on", "status", "note")


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """Begins a session; this server listens to its own machine only, and holds nothing."""
    login(request, User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse("ok")


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "floor/page.html", {"user": request.user, "lines": Line.objects.all()[:50]})


def rows(request: HttpRequest) -> HttpResponse:
    lines = Line.objects.all()[:50]
    return JsonResponse({"user": request.user.pk, "rows": list(map(_row, lines))})


@transaction.atomic
def create(request: HttpRequest) -> HttpResponse:
    told = json.loads(request.body)
    line = Line.objects.create(**told | {"birth_on": date.fromisoformat(told["birth_on"])})
    return JsonResponse({"user": request.user.pk} | _row(line), status=201)


def _row(line: Line) -> dict[str, object]:
    return {name: getattr(line, name) for name in COLUMNS}
