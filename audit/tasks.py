"""Delivery of the outbox, the read log's partitions, and the sign that a worker works."""

from typing import Any

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit import services
from audit.models import OutboxEntry


class Delivery(DjangoTask):
    """A delivery that failed is counted with its entry; the sweeper tries it again."""

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        services.delivery_failed(entry_id=args[0], error=type(exc).__name__)


class BatchDelivery(DjangoTask):
    """A batch that failed is delivered event by event, each of which counts its own failures."""

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        services.batch_failed(consumer=args[0], error=type(exc).__name__)


@shared_task(base=Delivery)
def deliver(entry_id: int) -> None:
    """Tell one consumer of one event."""
    services.deliver_entry(entry_id=entry_id)


@shared_task(base=BatchDelivery, expires=600)
def deliver_batches(consumer: str) -> None:
    """Tell one consumer of all that waits, batch by batch, until nothing is left."""
    while services.deliver_batch(consumer=consumer):
        pass


@shared_task
def sweep_outbox() -> None:
    """Queue what a lost broker or a killed worker left behind."""
    due = OutboxEntry.objects.filter(status=OutboxEntry.Status.PENDING, next_try_at__lte=timezone.now())
    for consumer in settings.OUTBOX_BATCHES:
        if due.untried(consumer).exists():
            deliver_batches.delay(consumer)
    one_by_one = due.exclude(consumer__in=list(settings.OUTBOX_BATCHES), attempts=0)
    for entry_id in one_by_one.order_by("next_try_at", "pk").values_list("pk", flat=True)[:1000]:
        deliver.delay(entry_id)


@shared_task
def keep_partitions() -> None:
    """Keep the read log's partitions three months ahead; the function belongs to the owner's role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_keep_partitions(3)")


@shared_task(expires=60)
def heartbeat() -> None:
    """Came all the way: from the scheduler through the broker to a worker."""
    services.note_heartbeat(name="worker")
