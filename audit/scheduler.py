"""The scheduler: however many are started, one works, and another takes its place when it is gone (ADR 0020)."""

import logging
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django_celery_beat.schedulers import DatabaseScheduler

from audit import services

LOCK = 5_733_402_160
"""Any number that nothing else in this database locks."""

LOOK_EVERY = 1.0
"""Seconds between two tries of a scheduler that waits for its place."""

SILENT_SECONDS = 30
"""After so long without a word the server ends the session of a scheduler that hangs, and with it its lock."""

BEAT_EVERY = 10.0
"""Seconds between two heartbeats."""

GONE = (OperationalError, InterfaceError)

logger = logging.getLogger(__name__)


class Place:
    """The one place of a scheduler: an advisory lock of a PostgreSQL session that is kept for nothing else."""

    def __init__(self) -> None:
        self._session: BaseDatabaseWrapper | None = None
        self._is_ours = False

    def is_ours(self) -> bool:
        """Whether this process has the place now; takes it where it is free."""
        try:
            if self._is_ours:
                self._ask("SELECT 1")
            else:
                self._is_ours = self._ask("SELECT pg_try_advisory_lock(%s)", LOCK)
        except GONE:
            self.leave()
        return self._is_ours

    def leave(self) -> None:
        """What the server knows of us ends with the session, the lock too."""
        self._is_ours = False
        if self._session is not None:
            self._session.close()
            self._session = None

    def _ask(self, statement: str, *values: int) -> Any:
        if self._session is None:
            self._session = _session()
        with self._session.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()[0]


def _session() -> BaseDatabaseWrapper:
    session = connections.create_connection("default")
    options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "application_name": "scheduler's place"}
    session.settings_dict = session.settings_dict | {
        "OPTIONS": session.settings_dict["OPTIONS"] | options,
        "CONN_HEALTH_CHECKS": False,
    }
    with session.cursor() as cursor:
        cursor.execute(f"SET idle_session_timeout = '{SILENT_SECONDS}s'")
    return session


class OneScheduler(DatabaseScheduler):
    """Works while it has the place, and begins by reading what the one before it has run."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.place = Place()
        self.works = False
        self.last_beat = float("-inf")
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> float:
        """One step; a lost database ends the step, not the process."""
        try:
            if not self.place.is_ours():
                self.works = False
                return LOOK_EVERY
            if not self.works:
                self._take_over()
            self._beat()
            return float(super().tick(*args, **options))
        except GONE as error:
            logger.warning("the database is away: %s", type(error).__name__)
            self.works = False
            close_old_connections()
            return LOOK_EVERY

    def close(self) -> None:
        super().close()
        self.place.leave()

    def _take_over(self) -> None:
        self._dirty.clear()
        self._schedule = self.all_as_schedule()
        self._heap = None
        self.works = True
        self.last_beat = float("-inf")
        logger.info("this scheduler works now")

    def _beat(self) -> None:
        if monotonic() - self.last_beat >= BEAT_EVERY:
            services.note_heartbeat(name="beat")
            self.last_beat = monotonic()
