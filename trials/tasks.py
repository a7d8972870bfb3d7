"""Celery work of the trials room: matching every night and after a change of a trial, and asking the registry."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from trials.models import MatchRun
from trials.services import fetching, runs
from trials.workflow import MatchRunStatus

QUIET = timedelta(minutes=5)
"""A run that wrote no batch for so long has lost its worker; a batch takes a second."""


class MatchTask(DjangoTask):
    """Tries again when the database was away; any other fault ends the run, and its page says so."""

    autoretry_for = (OperationalError,)
    retry_backoff = 5
    max_retries = 5

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        runs.stop(run_id=args[0], fault=type(exc).__name__)


@shared_task(base=MatchTask)
def work_on_run(run_id: int) -> None:
    """Match what the run has not looked at yet."""
    runs.work_on(run_id=run_id)


@shared_task
def match_nightly() -> None:
    """The net under what changes during the day: birthdays, and whatever was missed."""
    runs.queue(runs.begin(cause=MatchRun.Cause.NIGHTLY))


@shared_task
def fetch_held() -> None:
    """Where the installation allows it, ask the registry for every trial that is not over."""
    if settings.TRIAL_REGISTRY_FETCH:
        fetching.fetch_held(by=None)


@shared_task
def take_up_runs() -> None:
    """Take up what a killed worker or a lost broker left."""
    quiet = MatchRun.objects.filter(status=MatchRunStatus.RUNNING, worked_at__lt=timezone.now() - QUIET)
    for run_id in quiet.values_list("pk", flat=True):
        work_on_run.delay(run_id)
