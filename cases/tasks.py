"""Celery work of the cases room: checking and carrying out a registry import."""

import logging
from typing import Any

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.db import DatabaseError, OperationalError

from cases.importing import services
from cases.models import ImportRun

log = logging.getLogger(__name__)


class ImportTask(DjangoTask):
    """Tries again when the database was away; any other fault ends the run with a page that says so."""

    autoretry_for = (OperationalError,)
    retry_backoff = 5
    max_retries = 5

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        stopped(args[0], exc)


def stopped(run_id: int, fault: Exception) -> None:
    """End the run with the kind of fault: the text of an error could repeat a patient's details."""
    run = ImportRun.objects.get(pk=run_id)
    is_begun = run.status == ImportRun.Status.RUNNING and run.rows_done
    done = f"The first {run.rows_done} rows were imported and stay. " if is_begun else ""
    problem = (
        f"A fault stopped it ({type(fault).__name__}). {done}"
        "Import the file again: what is held already stays as it is."
    )
    services.fail(run=run, problem=problem)


@shared_task(base=ImportTask)
def check_import(run_id: int) -> None:
    """Read an uploaded file to its end and say what would become of each row."""
    services.check_import(run_id=run_id)


@shared_task(base=ImportTask)
def carry_out_import(run_id: int) -> None:
    """Write a confirmed import, or what a killed worker left of it."""
    try:
        services.carry_out(run_id=run_id)
    except OperationalError:
        raise
    except DatabaseError as fault:
        # The database's message names the values that it refused, so that neither log nor page may have it.
        log.warning("import %s stopped by %s", run_id, type(fault).__name__)
        stopped(run_id, fault)
