"""What was decided: quorum of decisions, what was discussed again, kinds of discussion, who was told in time."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts.models import Team
from mdt.workflow import DecisionKind
from reports.definitions import BY_KEY
from reports.figures.asked import DECISIONS, Asked
from reports.figures.found import Column, Found, Line
from reports.figures.words import aim_of, month_words, months_between

# A provisional decision that is ratified on its own listing is not discussed again; another meeting, and the one that
# ratifies an urgent decision, discusses the case. What was promised to a patient counts once, by the decision that
# ratifies.
_COUNTED: Final = f"""
    WITH {DECISIONS}
    SELECT made.month, decision.kind, decision.is_quorate,
        COALESCE(ratified.kind <> 'urgent' AND ratified.listing_id = decision.listing_id, false),
        ratifying.id IS NOT NULL,
        EXISTS (
            SELECT FROM mdt_decision AS earlier
            WHERE earlier.episode_id = decision.episode_id AND earlier.kind IN ('discussed', 'provisional')
                AND earlier.recorded_at < decision.recorded_at
                AND earlier.listing_id IS DISTINCT FROM decision.listing_id
        ),
        CASE
            WHEN decision.kind = 'provisional' OR decision.tell_by_on IS NULL OR ratifying.id IS NOT NULL
            THEN 'not_promised'
            WHEN told.first_on <= decision.tell_by_on THEN 'in_time'
            WHEN told.first_on IS NOT NULL THEN 'late'
            WHEN patient.is_dead THEN 'died'
            WHEN decision.tell_by_on < %(today)s THEN 'overdue'
            ELSE 'not_due'
        END,
        count(*)
    FROM made
    JOIN mdt_decision AS decision ON decision.id = made.id
    JOIN cases_case AS kase ON kase.id = decision.case_id
    JOIN cases_patient AS patient ON patient.id = kase.patient_id
    LEFT JOIN mdt_decision AS ratified ON ratified.id = decision.ratifies_id
    LEFT JOIN mdt_decision AS ratifying ON ratifying.ratifies_id = decision.id
    CROSS JOIN LATERAL (
        SELECT min(told_on) AS first_on FROM mdt_telling
        WHERE decision_id IN (decision.id, decision.ratifies_id)
    ) AS told
    GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

_ELSEWHERE: Final = """
    SELECT count(*)
    FROM mdt_outsidediscussion AS elsewhere
    JOIN cases_episode AS episode ON episode.id = elsewhere.episode_id
    JOIN cases_case AS kase ON kase.id = episode.case_id
    WHERE kase.team_id = ANY(%(teams)s)
        AND elsewhere.on >= (%(start)s AT TIME ZONE %(zone)s)::date
        AND elsewhere.on < (%(end)s AT TIME ZONE %(zone)s)::date
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many decisions that are alike."""

    month: date
    kind: str
    is_quorate: bool
    only_ratifies: bool
    is_ratified: bool
    is_again: bool
    told: str
    count: int

    @property
    def is_discussion(self) -> bool:
        return self.kind in (DecisionKind.DISCUSSED, DecisionKind.PROVISIONAL) and not self.only_ratifies


def figures(asked: Asked, teams: Sequence[Team]) -> list[Found]:
    """Two statements."""
    found = [Counted(*row) for row in asked.rows(_COUNTED)]
    discussions = [each for each in found if each.is_discussion]
    return [
        _quorate(asked, teams, discussions),
        _again(asked, discussions),
        _kinds(found, asked.rows(_ELSEWHERE)[0][0]),
        _told(asked, found),
    ]


def _sum(rows: Iterable[Counted]) -> int:
    return sum(row.count for row in rows)


def _by_month(asked: Asked, rows: Sequence[Counted], counts: Callable[[Counted], bool]) -> list[Line]:
    lines = []
    for month in months_between(asked.start, asked.end):
        those = [row for row in rows if row.month == month]
        lines.append(Line(month_words(month), _sum(filter(counts, those)), _sum(those)))
    return lines


def _quorate(asked: Asked, teams: Sequence[Team], rows: Sequence[Counted]) -> Found:
    others = [row for row in rows if not row.is_quorate]
    ratified = _sum(row for row in others if row.is_ratified)
    notes = (f"{ratified} of the other {_sum(others)} ratified later",) if others else ()
    return Found(
        BY_KEY["decisions_quorate"],
        Column("Month", "Quorate", "Decisions"),
        _by_month(asked, rows, lambda row: row.is_quorate),
        Line("All", _sum(row for row in rows if row.is_quorate), _sum(rows)),
        aim=aim_of(team.quorate_target_percent for team in teams),
        notes=notes,
    )


def _again(asked: Asked, rows: Sequence[Counted]) -> Found:
    return Found(
        BY_KEY["discussed_again"],
        Column("Month", "Again", "Discussions"),
        _by_month(asked, rows, lambda row: row.is_again),
        Line("All", _sum(row for row in rows if row.is_again), _sum(rows)),
    )


def _kinds(rows: Sequence[Counted], elsewhere: int) -> Found:
    here = _sum(row for row in rows if row.is_discussion)
    standard = _sum(row for row in rows if row.kind == DecisionKind.STANDARD_OF_CARE)
    urgent = _sum(row for row in rows if row.kind == DecisionKind.URGENT)
    of = here + standard
    return Found(
        BY_KEY["standard_of_care"],
        Column("Kind", "Decisions", "Of"),
        [Line("Discussed here", here, of), Line("As a standard of care", standard, of)],
        Line("All without a discussion", standard, of),
        apart=[
            Line("Urgent, between meetings", urgent),
            Line("At another trust's MDT", elsewhere),
        ],
    )


def _told(asked: Asked, found: Sequence[Counted]) -> Found:
    rows = [row for row in found if row.told in ("in_time", "late", "overdue")]
    counts = Counter[str]()
    for row in found:
        counts[row.told] += row.count
    return Found(
        BY_KEY["told_in_time"],
        Column("Month", "In time", "Promised"),
        _by_month(asked, rows, lambda row: row.told == "in_time"),
        Line("All", counts["in_time"], _sum(rows)),
        notes=(f"{counts['late']} told later", f"{counts['overdue']} not told, and overdue"),
    )
