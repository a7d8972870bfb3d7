"""What figures are asked of, and the statements' common beginning; no patient is in any of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

FIGURE_YEARS: Final = 3
"""The longest period; longer ones are asked for year by year."""

HELD: Final = ("outcomes_to_finish", "finished")

# The period's meetings: those held, and with them those cancelled, whose cases were postponed.
HELD_MEETINGS: Final = """
    held AS MATERIALIZED (
        SELECT meeting.id, meeting.team_id, meeting.starts_at, meeting.cut_off_at, meeting.status,
            date_trunc('month', meeting.starts_at AT TIME ZONE %(zone)s)::date AS month
        FROM mdt_meeting AS meeting
        WHERE meeting.team_id = ANY(%(teams)s)
            AND meeting.starts_at >= %(start)s AND meeting.starts_at < %(end)s
            AND meeting.status = ANY(%(held)s)
    )
"""

# A ratification replaces what it ratifies, and leaves it made: a correction takes its place, also one of the
# ratification. What another meeting decides is a new discussion. A refusal to ratify takes nothing away: the meeting
# discussed the case, quorate or not, and the decision is its record until it decides again.
STANDS: Final = """
    NOT EXISTS (
        SELECT FROM mdt_decision AS later
        WHERE later.listing_id = decision.listing_id AND later.id > decision.id
            AND later.replaces_id IS NOT NULL AND later.ratifies_id IS DISTINCT FROM later.replaces_id
    )
    AND NOT EXISTS (
        SELECT FROM mdt_decision AS later
        WHERE decision.listing_id IS NULL AND later.replaces_id = decision.id
            AND later.ratifies_id IS DISTINCT FROM decision.id
    )
"""

# Decisions that stand: of those meetings, and those between meetings that were recorded in the period.
DECISIONS: Final = f"""
    {HELD_MEETINGS},
    made AS MATERIALIZED (
        SELECT decision.id, held.month
        FROM held
        JOIN mdt_listing AS listing ON listing.meeting_id = held.id
        JOIN mdt_decision AS decision ON decision.listing_id = listing.id
        WHERE {STANDS}
        UNION ALL
        SELECT decision.id, date_trunc('month', decision.recorded_at AT TIME ZONE %(zone)s)::date
        FROM mdt_decision AS decision
        JOIN cases_case AS kase ON kase.id = decision.case_id
        WHERE decision.kind = 'urgent' AND decision.listing_id IS NULL AND kase.team_id = ANY(%(teams)s)
            AND decision.recorded_at >= %(start)s AND decision.recorded_at < %(end)s
            AND {STANDS}
    )
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Teams and days, both included; today decides what is late."""

    teams: tuple[int, ...]
    start: date
    end: date
    today: date

    @property
    def values(self) -> dict[str, Any]:
        return {
            "teams": list(self.teams),
            "start": _midnight(self.start),
            "end": _midnight(self.end + timedelta(days=1)),
            "today": self.today,
            "zone": timezone.get_default_timezone_name(),
            "held": list(HELD),
        }

    def rows(self, statement: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            return _fetched(cursor, statement, self.values | more)


def _fetched(cursor: Any, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    cursor.execute(statement, values)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
