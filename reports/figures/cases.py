"""What became of the cases on the lists: minutes, postponed cases, missing facts before the cut-off."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from accounts.models import Team
from accounts.permissions import Role
from mdt.workflow import PostponeReason
from reports.definitions import BY_KEY
from reports.figures.asked import HELD, HELD_MEETINGS, Asked
from reports.figures.found import Column, Found, Line
from reports.figures.words import aim_of, month_words, months_between

WITH_CANCELLED: Final = [*HELD, "cancelled"]

_LISTED: Final = f"""
    WITH {HELD_MEETINGS}
    SELECT listing.status, listing.off_reason, count(*)
    FROM held JOIN mdt_listing AS listing ON listing.meeting_id = held.id
    WHERE listing.status NOT IN ('to_approve', 'withdrawn')
    GROUP BY 1, 2
"""

_MINUTES: Final = f"""
    WITH {HELD_MEETINGS},
    spent AS (
        SELECT held.month, listing.id,
            sum(extract(epoch FROM discussion.ended_at - discussion.started_at))::float8 / 60 AS minutes
        FROM held
        JOIN mdt_listing AS listing ON listing.meeting_id = held.id
        JOIN mdt_discussion AS discussion ON discussion.listing_id = listing.id
        WHERE discussion.ended_at IS NOT NULL
        GROUP BY held.month, listing.id
    )
    SELECT month, count(*), sum(minutes), percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes)
    FROM spent
    GROUP BY GROUPING SETS ((month), ())
"""

_GAPS: Final = f"""
    WITH {HELD_MEETINGS}
    SELECT gap.role, gap.closed_at <= COALESCE(held.cut_off_at, held.starts_at), count(*)
    FROM held JOIN mdt_gap AS gap ON gap.meeting_id = held.id
    WHERE gap.closed_because <> 'not_needed'
    GROUP BY 1, 2
"""


def figures(asked: Asked, teams: Sequence[Team]) -> list[Found]:
    """Three statements."""
    return [
        _minutes(asked, teams, asked.rows(_MINUTES)),
        _postponed(asked.rows(_LISTED, held=WITH_CANCELLED)),
        _gaps(asked.rows(_GAPS, held=WITH_CANCELLED)),
    ]


def _minutes(asked: Asked, teams: Sequence[Team], rows: Sequence[tuple[Any, ...]]) -> Found:
    by_month = {month: (cases, total, middle) for month, cases, total, middle in rows}
    lines = []
    for month in months_between(asked.start, asked.end):
        cases, total, middle = by_month.get(month, (0, 0.0, None))
        lines.append(Line(month_words(month), cases, more=(_one(middle),), value=_mean(total, cases)))
    cases, total, middle = by_month.get(None, (0, 0.0, None))
    planned = aim_of(team.minutes_per_case for team in teams)
    notes = [f"The middle one: {_one(middle)}"] if middle is not None else []
    if planned is not None:
        notes.append(f"Planned for each: {planned}")
    return Found(
        BY_KEY["minutes_per_case"],
        Column("Month", "Cases", more=("Middle",), value="Minutes each"),
        lines,
        Line("All", cases, more=(_one(middle),), value=_mean(total, cases)),
        notes=tuple(notes),
    )


def _mean(total: float | None, cases: int) -> float | None:
    return round(total / cases, 1) if cases and total is not None else None


def _one(minutes: float | None) -> str:
    return "" if minutes is None else f"{minutes:.1f}"


def _postponed(rows: Sequence[tuple[Any, ...]]) -> Found:
    counts, listed = Counter[str](), 0
    for status, reason, count in rows:
        listed += count
        if status == "postponed":
            counts[reason] += count
    off = counts.total()
    labels = {reason.value: reason.label for reason in PostponeReason} | {"": "No reason coded"}
    lines = [Line(label, counts[code], listed) for code, label in labels.items() if code or counts[code]]
    return Found(
        BY_KEY["postponed"], Column("Reason", "Postponed", "Listed"), lines, Line("All", off, listed)
    )


def _gaps(rows: Sequence[tuple[Any, ...]]) -> Found:
    asked_for, in_time = Counter[str](), Counter[str]()
    for role, was_in_time, count in rows:
        asked_for[role] += count
        in_time[role] += count if was_in_time else 0
    lines = [Line(role.label, in_time[role], asked_for[role]) for role in Role if asked_for[role]]
    return Found(
        BY_KEY["gaps_closed"],
        Column("Owed by", "In time", "Asked for"),
        lines,
        Line("All", in_time.total(), asked_for.total()),
    )
