"""Noting whose record a response shows; the middleware writes it down when the response is sent."""

from collections.abc import Iterable
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from audit.models import Read

POLL_SECONDS = 300


def saw(request: HttpRequest, patient_ids: Iterable[int], *, poll: bool = False) -> None:
    """Say that the response to this request shows these patients. A `poll` counts once in five minutes."""
    seen: set[int] = getattr(request, "patients_read", set())
    request.patients_read = seen | set(patient_ids)  # type: ignore[attr-defined]
    request.read_is_poll = poll  # type: ignore[attr-defined]


def showed_nothing(request: HttpRequest) -> None:
    """The response is a page of its own that names nobody, whatever was looked up for it."""
    request.patients_read = set()  # type: ignore[attr-defined]


def write(request: HttpRequest) -> None:
    """Write the one row for this response, unless a poll was counted already."""
    patient_ids = sorted(request.patients_read)  # type: ignore[attr-defined]
    match = request.resolver_match
    view = match.view_name if match else ""
    if getattr(request, "read_is_poll", False) and _counted(request.user.pk, view, patient_ids):
        return
    Read.objects.create(
        by_id=request.user.pk,
        surface="api" if request.path.startswith("/api/") else "page",
        view=view[:100],
        patient_ids=patient_ids,
    )


def _counted(user_id: int, view: str, patient_ids: list[int]) -> bool:
    since = timezone.now() - timedelta(seconds=POLL_SECONDS)
    return Read.objects.filter(by_id=user_id, view=view, at__gte=since, patient_ids=patient_ids).exists()
