"""Celery work of the treatments room: checking open plans again when the guidance changes."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Team
from treatments import services
from treatments.models import Recheck
from treatments.workflow import RecheckStatus

QUIET = timedelta(minutes=5)
"""A run that wrote no batch for so long has lost its worker; a batch takes a second."""


class RecheckTask(DjangoTask):
    """Tries again when the database was away; any other fault ends the run, and its page says so."""

    autoretry_for = (OperationalError,)
    retry_backoff = 5
    max_retries = 5

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        services.stop_recheck(run_id=args[0], problem=type(exc).__name__)


@shared_task(base=RecheckTask)
def recheck_plans(run_id: int) -> None:
    """Look at the plans of a run that nobody has looked at yet."""
    services.recheck(run_id=run_id)


@shared_task
def keep_up_with_guidance() -> None:
    """Start what a change of the guidance asks for, and take up what a killed worker or a lost broker left."""
    quiet = Recheck.objects.filter(status=RecheckStatus.RUNNING, worked_at__lt=timezone.now() - QUIET)
    for run_id in quiet.values_list("pk", flat=True):
        recheck_plans.delay(run_id)
    for team in Team.objects.order_by("pk"):
        services.keep_up(team=team)
