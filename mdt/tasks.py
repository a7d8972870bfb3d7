"""What the meeting room does by the clock."""

from celery import shared_task
from django.utils import timezone

from accounts.models import Team
from mdt import services


@shared_task(expires=600)
def sweep_gaps() -> None:
    """Gaps that an import, a lost worker or the calendar left behind; what is up to date is left alone."""
    services.sweep_gaps()


@shared_task
def make_meetings_ahead() -> None:
    """The meetings of the coming weeks, of every team."""
    for team in Team.objects.order_by("pk"):
        services.make_meetings_ahead(team=team, today=timezone.localdate())


@shared_task(expires=60)
def close_lists() -> None:
    """Lists whose cut-off has passed."""
    services.close_due_lists()
