"""Publishing: events take their position in the feed when their transaction is over, never before."""

from collections.abc import Sequence

from audit.models import Event
from cases.models import Case
from interop.changes.leading import led
from interop.models import Change
from interop.webhooks.queueing import queue_messages


def publish(*, events: Sequence[Event]) -> None:
    """Give committed events their positions, and queue what webhooks are owed of them.

    Called by the outbox for one batch at a time, under its lock: a position that a reader sees is followed by no
    lower one. Called again with an event that stands already, it leaves that out.
    """
    known = set(Change.objects.filter(event__in=events).values_list("event", flat=True))
    new = [event for event in events if event.pk not in known]
    references = dict(
        Case.objects.filter(pk__in={event.case_id for event in new if event.case_id}).values_list(
            "pk", "reference"
        )
    )
    found = led(new, references)
    rows = [
        Change(
            event=event,
            type=event.type,
            resource=row.resource,
            key=row.key,
            case_id=event.case_id,
            team_id=row.team_id,
            patient_id=row.patient_id,
            at=event.at,
        )
        for event in new
        if (row := found.get(event.pk)) is not None
    ]
    queue_messages(changes=Change.objects.bulk_create(rows))
