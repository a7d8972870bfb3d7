"""What machines ask of the service: does the process answer, do its parts work. Before sign-in and host checks."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from threading import Lock, Thread
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from audit import broker
from audit.models import Heartbeat

PATIENCE_SECONDS = 2.0
"""A part that has not answered by then is reported as away; each is asked in a thread of its own."""

OLDEST = {"worker": timedelta(minutes=3), "beat": timedelta(minutes=1)}
"""A worker tells every minute, through the broker; the scheduler every ten seconds."""

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """Asked once at a time, however many want to know, so that a part that hangs costs one thread and not all."""

    def __init__(self, ask: Callable[[], Answer | None]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._asked: Future[Answer | None] = Future()
        self._asked.set_result(None)

    def begin(self) -> "Future[Answer | None]":
        with self._lock:
            if self._asked.done():
                self._asked = Future()
                Thread(target=self._run, args=[self._asked], daemon=True).start()
            return self._asked

    def _run(self, asked: "Future[Answer | None]") -> None:
        try:
            asked.set_result(self._ask())
        finally:
            if not asked.done():
                asked.set_result(None)


def _ages() -> dict[str, timedelta] | None:
    """None where the database does not answer."""
    try:
        return dict(Heartbeat.objects.filter(name__in=OLDEST).with_age().values_list("name", "age"))
    except (OperationalError, InterfaceError):
        return None
    finally:
        connections.close_all()


AGES = Question(_ages)
WAITING = Question(broker.waiting)


def told(asked: "Future[Answer | None]") -> Answer | None:
    try:
        return asked.result(timeout=PATIENCE_SECONDS)
    except TimeoutError:
        return None


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
