"""What the meeting room does by the clock."""

from celery import shared_task

from mdt import services


@shared_task(expires=600)
def sweep_gaps() -> None:
    """Gaps that an import, a lost worker or the calendar left behind; what is up to date is left alone."""
    services.sweep_gaps()
