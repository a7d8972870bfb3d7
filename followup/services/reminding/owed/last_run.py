"""Until where the last run of reminders looked, as its heartbeats keep it."""

from dataclasses import dataclass
from datetime import date, datetime

from audit.models import Heartbeat

RUN, RUN_OF_EVERYTHING = "reminders", "reminders: everything"

EVENTS_BACK = 5_000
"""Events from before the last run that are looked at again: their transactions may have ended after it."""


@dataclass(frozen=True)
class LastRun:
    """Until where the last completed run looked; nothing is known of it before the first."""

    day: date | None
    event: int
    everything_at: datetime | None

    def misses_days(self, today: date) -> bool:
        """A whole day went by without a run: what should have been told then is told together."""
        return self.day is None or (today - self.day).days > 1


def last_run() -> LastRun:
    details = dict(Heartbeat.objects.filter(name__in=[RUN, RUN_OF_EVERYTHING]).values_list("name", "detail"))
    run, whole = details.get(RUN, {}), details.get(RUN_OF_EVERYTHING, {})
    return LastRun(
        date.fromisoformat(run["day"]) if "day" in run else None,
        run.get("event", 0),
        datetime.fromisoformat(whole["at"]) if "at" in whole else None,
    )
