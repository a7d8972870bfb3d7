"""Reminders, every minute: write what has become due, then send."""

import os
import socket
from uuid import uuid4

from celery import shared_task
from django.utils import timezone

from followup import services


@shared_task(expires=60)
def remind() -> None:
    """One run; what it leaves undone, or a worker killed in it, is the next run's."""
    services.write_due_reminders(today=timezone.localdate())
    services.send_due_reminders(worker=f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:12]}")
