"""Reminders, every minute: write what has become due, then send, by as many workers as are free."""

import logging
import os
import socket
from contextlib import suppress
from uuid import uuid4

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from kombu.exceptions import OperationalError

from followup import services

log = logging.getLogger(__name__)


@shared_task(expires=60)
def remind() -> None:
    """One run; what it leaves undone, or a worker killed in it, is the next run's."""
    try:
        services.write_due_reminders(today=timezone.localdate())
    except DatabaseError:
        log.exception("What has become due could not be written; what waits is sent all the same")
        raise
    finally:
        _call_others()
        services.send_due_reminders(worker=_worker())


@shared_task(expires=60)
def send_reminders() -> None:
    """Another worker's share of what waits to be sent."""
    services.send_due_reminders(worker=_worker())


@shared_task
def forget_old_drafts() -> None:
    """Each night: what outside experts typed and never handed in."""
    services.forget_old_drafts()


def _call_others() -> None:
    """Where there is more than one batch, other workers take a part. Without the broker this one sends it all."""
    with suppress(OperationalError):
        for _ in range(
            services.how_many_more_senders(batch=services.BATCH, most=settings.REMINDER_SENDERS - 1)
        ):
            send_reminders.apply_async(retry=False)


def _worker() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:12]}"
