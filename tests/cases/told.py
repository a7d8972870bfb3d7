"""What a change left behind: its audit events and its entries on the timeline."""

from audit.models import Event
from cases.clinical.contract import parse_case
from cases.models import CaseEvent


def events_of(target) -> list[str]:
    rows = Event.objects.filter(target_type=target._meta.label_lower, target_id=target.pk).order_by("id")
    return [event.type for event in rows]


def timeline(case) -> list[str]:
    return [event.type for event in CaseEvent.objects.filter(case=case).order_by("id")]


def facts_of(episode) -> dict:
    """The facts as they are now, which the contract accepts."""
    episode.refresh_from_db()
    parse_case(episode.facts)
    return episode.facts
