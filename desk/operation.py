"""How the work in the background stands: what waits, what failed, when its parts were last seen; counts and ages."""

from django.db.models import Count, Min
from django.utils import timezone

from audit.models import OutboxEntry
from desk.asking import AGES, WAITING, Question, told
from followup.services import figures as of_reminders

Figures = dict[str, float | None]


def of_database() -> Figures:
    """By index, a few statements."""
    pending = OutboxEntry.objects.filter(status=OutboxEntry.Status.PENDING)
    failed = OutboxEntry.objects.filter(status=OutboxEntry.Status.FAILED)
    waiting = pending.aggregate(count=Count("pk"), oldest=Min("next_try_at"))
    return {
        "outbox_pending": waiting["count"],
        "outbox_failed": failed.count(),
        "outbox_oldest_seconds": _since(waiting["oldest"]),
        **of_reminders(),
    }


def _since(at: object) -> float:
    """How long something that was to be done at that time has waited; nothing where its time has not come."""
    return max(0.0, (timezone.now() - at).total_seconds()) if at else 0.0


OF_DATABASE = Question(of_database)


def figures() -> Figures:
    """All that could be had within a short while; what could not is left out."""
    asked = OF_DATABASE.begin(), WAITING.begin(), AGES.begin()
    found = told(asked[0]) or {}
    waiting, ages = told(asked[1]), told(asked[2]) or {}
    if waiting is not None:
        found = found | {"queue_length": waiting}
    return found | {f"{name}_age_seconds": age.total_seconds() for name, age in ages.items()}
