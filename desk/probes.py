"""What machines ask of the service: does the process answer, do its parts work. Before sign-in and host checks."""

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from desk.asking import AGES, WAITING, told
from desk.metrics import metrics

OLDEST = {"worker": timedelta(minutes=3), "beat": timedelta(minutes=1)}
"""A worker tells every minute, through the broker; the scheduler every ten seconds."""


def parts() -> dict[str, dict[str, object]]:
    """Each part, whether it works, and when it was last seen."""
    asked = AGES.begin(), WAITING.begin()
    ages, waiting = told(asked[0]), told(asked[1])
    seen: dict[str, dict[str, object]] = {
        "database": {"ok": ages is not None},
        "broker": {"ok": waiting is not None},
    }
    for name, oldest in OLDEST.items():
        age = (ages or {}).get(name)
        seconds = None if age is None else round(age.total_seconds())
        seen[name] = {"ok": age is not None and age <= oldest, "age_seconds": seconds}
    return seen


def live(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing is asked of others."""
    return JsonResponse({"ok": True})


def ready(request: HttpRequest) -> HttpResponse:
    """Everything that the service needs to do its work is there."""
    seen = parts()
    ok = all(part["ok"] for part in seen.values())
    return JsonResponse({"ok": ok, "parts": seen}, status=200 if ok else 503)


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/health/live": live,
    "/health/ready": ready,
    "/metrics": metrics,
}


def answer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """First in settings.MIDDLEWARE: a probe calls by an address of its own, and neither signs in nor uses TLS."""

    def middleware(request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info.rstrip("/"))
        if probe is None:
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = probe(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return middleware
