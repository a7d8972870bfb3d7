"""Questions to database and broker that must not hang whoever asks: each in a thread of its own, for a short while."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from threading import Lock, Thread
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connections

from audit import broker
from audit.models import Heartbeat

PATIENCE_SECONDS = 2.0
"""What has not answered by then is away."""

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """Asked once at a time, however many want to know, so that a part that hangs costs one thread and not all."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
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
        except (OperationalError, InterfaceError):
            asked.set_result(None)  # the database is away
        finally:
            connections.close_all()
            if not asked.done():
                asked.set_result(None)


def _ages() -> dict[str, timedelta]:
    return dict(Heartbeat.objects.with_age().values_list("name", "age"))


AGES = Question(_ages)
WAITING = Question(broker.waiting)


def told(asked: "Future[Answer | None]") -> Answer | None:
    try:
        return asked.result(timeout=PATIENCE_SECONDS)
    except TimeoutError:
        return None
