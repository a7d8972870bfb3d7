"""Recording events and delivering what the outbox holds."""

from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from audit.events import EventType
from audit.models import Event, Heartbeat, OutboxEntry
from audit.workflow import WrongState

RETRY_SECONDS = [60, 300, 1800, 7200, 86400]
BATCH = 500
"""So many events at most are told at once to a consumer that is told in batches."""


def record(
    type: EventType,
    /,
    *,
    target: models.Model,
    by: Any,
    case_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Write an event and what other rooms are owed of it, inside the caller's transaction.

    `by` is a user, or None for the service itself. Raises outside a transaction: an event without its change is a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an event is recorded in the transaction of its change")
    event = Event.objects.create(
        type=type,
        by=by,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        case_id=case_id,
        data=data or {},
    )
    for consumer in settings.OUTBOX_CONSUMERS.get(type, ()):
        entry = OutboxEntry.objects.create(event=event, consumer=consumer)
        _deliver_soon(entry.pk)
    for consumer in _told_in_batches(type):
        OutboxEntry.objects.create(event=event, consumer=consumer)
        _deliver_batch_soon(consumer, event.pk)
    return event


def record_many(type: EventType, /, *, targets: list[tuple[models.Model, int | None]], by: Any) -> None:
    """Events of a bulk write: (target, case id) pairs; only for events of which no room is told one by one."""
    if type in settings.OUTBOX_CONSUMERS:
        raise ValueError(f"{type} has consumers: record each event by itself")
    events = Event.objects.bulk_create(
        Event(type=type, by=by, target_type=target._meta.label_lower, target_id=target.pk, case_id=case_id)
        for target, case_id in targets
    )
    for consumer in _told_in_batches(type) if events else ():
        OutboxEntry.objects.bulk_create(OutboxEntry(event=event, consumer=consumer) for event in events)
        _deliver_batch_soon(consumer, events[0].pk)


def _told_in_batches(type: EventType) -> list[str]:
    return [consumer for consumer, types in settings.OUTBOX_BATCHES.items() if type in types]


def _deliver_soon(entry_id: int) -> None:
    """With the broker away the change stands all the same, the failure is logged, and the sweeper delivers later."""
    from audit.tasks import deliver

    # A function of its own: Django names what failed, and a partial has no name.
    def queue() -> None:
        deliver.delay(entry_id)

    transaction.on_commit(queue, robust=True)


@transaction.atomic
def deliver_entry(*, entry_id: int) -> bool:
    """Call the consumer once; what it wrote and the mark that it was told stand or fall together.

    Returns False when another worker has the entry, or nothing was left to do. A consumer that is told in batches is
    told of one event by itself where a batch failed.
    """
    entry = (
        OutboxEntry.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("event")
        .filter(pk=entry_id, status=OutboxEntry.Status.PENDING)
        .first()
    )
    if entry is None:
        return False
    if entry.consumer in settings.OUTBOX_BATCHES:
        _one_at_a_time(entry.consumer)
        import_string(entry.consumer)(events=[entry.event])
    else:
        import_string(entry.consumer)(event=entry.event)
    entry.status = OutboxEntry.Status.DONE
    entry.done_at = Now()
    entry.save(update_fields=["status", "done_at"])
    return True


def _deliver_batch_soon(consumer: str, event_id: int) -> None:
    """One task tells of all that waits: where something older waits, it is queued already."""
    from audit.tasks import deliver_batches

    def queue() -> None:
        waiting = OutboxEntry.objects.untried(consumer).order_by("next_try_at", "pk")
        oldest = waiting.values_list("event_id", flat=True).first()
        if oldest == event_id:
            deliver_batches.delay(consumer)

    transaction.on_commit(queue, robust=True)


@transaction.atomic
def deliver_batch(*, consumer: str) -> int:
    """Tell a consumer of the oldest events that it has not heard of; how many. One batch of a consumer at a time.

    The next one waits for the lock rather than leaving: what was committed meanwhile may have queued nobody else.
    """
    _one_at_a_time(consumer)
    waiting = OutboxEntry.objects.untried(consumer).select_for_update(skip_locked=True, of=("self",))
    entries = list(waiting.select_related("event").order_by("event_id")[:BATCH])
    if not entries:
        return 0
    import_string(consumer)(events=[entry.event for entry in entries])
    told = OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries])
    told.update(status=OutboxEntry.Status.DONE, done_at=Now())
    return len(entries)


def _one_at_a_time(consumer: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"outbox {consumer}"])


@transaction.atomic
def batch_failed(*, consumer: str, error: str) -> None:
    """Tell of each event of the batch by itself, so that the one at fault is found and holds up no other."""
    untried = OutboxEntry.objects.untried(consumer).order_by("event_id")
    batch = list(untried.values_list("pk", flat=True)[:BATCH])
    OutboxEntry.objects.filter(pk__in=batch).update(attempts=1, last_error=error[:200])
    for entry_id in batch:
        _deliver_soon(entry_id)


@transaction.atomic
def delivery_failed(*, entry_id: int, error: str) -> None:
    """Count the failure and choose the next try, or give up where a person can see it."""
    entry = OutboxEntry.objects.select_for_update().get(pk=entry_id)
    entry.attempts += 1
    entry.last_error = error[:200]
    if entry.attempts > len(RETRY_SECONDS):
        entry.status = OutboxEntry.Status.FAILED
    else:
        entry.next_try_at = Now() + models.Value(RETRY_SECONDS[entry.attempts - 1]) * models.Func(
            template="interval '1 second'", output_field=models.DurationField()
        )
    entry.save()


@transaction.atomic
def retry_entry(*, entry: OutboxEntry, by: Any) -> OutboxEntry:
    """Deliver once more what was given up; who may ask for it is known a room higher."""
    entry = OutboxEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.status != OutboxEntry.Status.FAILED:
        raise WrongState("delivery", entry.get_status_display().lower(), "queued again")
    entry.status, entry.attempts, entry.next_try_at = OutboxEntry.Status.PENDING, 0, Now()
    entry.save(update_fields=["status", "attempts", "next_try_at"])
    record(EventType.DELIVERY_QUEUED, target=entry, by=by, data={"consumer": entry.consumer})
    _deliver_soon(entry.pk)
    return entry


def note_heartbeat(*, name: str, took_ms: int | None = None, detail: dict[str, Any] | None = None) -> None:
    """A part of the service, or one kind of run, was at work just now. One statement."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=Now(), took_ms=took_ms, detail=detail or {})],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at", "took_ms", "detail"],
    )
