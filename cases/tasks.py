"""Celery work of the cases room: checking and carrying out a registry import."""

from typing import Any

from celery import shared_task
from celery.contrib.django.task import DjangoTask

from cases.importing import services
from cases.models import ImportRun


class ImportTask(DjangoTask):
    """A fault ends the run with its kind; the text of an error could repeat a patient's details."""

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        run = ImportRun.objects.get(pk=args[0])
        done = (
            f"The first {run.rows_done} rows were imported and stay. "
            if run.checksum and run.rows_done
            else ""
        )
        problem = (
            f"A fault stopped it ({type(exc).__name__}). {done}"
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
    services.carry_out(run_id=run_id)
