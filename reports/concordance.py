"""Concordance of agreed plans with the guidance, counted by the database: a fixed number of statements, no patient."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from cases.clinical import icdo3
from reports.definitions import BY_VERDICT, FEW, GROUPS, RATED, TOO_FEW_FOR_A_RATE

# The check that counts is the newest one made no later than the agreement, which is made in its transaction.
_FROZEN: Final = """
    WITH frozen AS MATERIALIZED (
        SELECT plan.id AS plan_id, plan.agreed_at, made.verdict, made.histology, made.findings, made.treatments
        FROM treatments_plan AS plan
        JOIN cases_episode AS episode ON episode.id = plan.episode_id
        JOIN cases_case AS kase ON kase.id = episode.case_id
        CROSS JOIN LATERAL (
            SELECT verdict, COALESCE(case_facts->>'morphology', '') AS histology,
                result->'findings' AS findings, plan_content->'treatments' AS treatments
            FROM treatments_check
            WHERE plan_id = plan.id AND made_at <= plan.agreed_at
            ORDER BY id DESC
            LIMIT 1
        ) AS made
        WHERE kase.team_id = ANY(%(teams)s)
            AND plan.agreed_at >= %(start)s AND plan.agreed_at < %(end)s
            AND (cardinality(%(histologies)s::text[]) = 0 OR made.histology = ANY(%(histologies)s::text[]))
            AND (%(rule)s = '' OR made.findings @> jsonb_build_array(jsonb_build_object('rule', %(rule)s::text)))
    )
"""

_VERDICTS: Final = """
    SELECT histology, verdict, count(*) FROM frozen GROUP BY histology, verdict ORDER BY histology, verdict
"""

_RULES: Final = """
    SELECT finding->>'rule', finding->>'severity', histology, count(DISTINCT plan_id)
    FROM frozen CROSS JOIN LATERAL jsonb_array_elements(findings) AS finding
    GROUP BY 1, 2, 3
"""

# The answer that stood: the newest to that rule about what the treatment says, wherever it stood in the plan then.
_REASONS: Final = """
    SELECT finding->>'rule', COALESCE(given.reason_code, ''), count(*)
    FROM frozen
    CROSS JOIN LATERAL jsonb_array_elements(findings) AS finding
    LEFT JOIN LATERAL (
        SELECT answer.reason_code
        FROM treatments_response AS answer
        JOIN treatments_check AS answered ON answered.id = answer.check_made_id
        WHERE answer.plan_id = frozen.plan_id AND answer.rule = finding->>'rule' AND answer.kind = 'reason'
            AND answer.at <= frozen.agreed_at
            AND answered.plan_content->'treatments'->(answer.treatment::int)
                IS NOT DISTINCT FROM frozen.treatments->((finding->>'treatment')::int)
        ORDER BY answer.id DESC
        LIMIT 1
    ) AS given ON true
    WHERE finding->>'severity' = 'deviation'
    GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked of: teams, days (both included), and where narrowed a rule and a histology."""

    teams: tuple[int, ...]
    start: date
    end: date
    rule: str = ""
    histology: str = ""
    hides_small: bool = False


@dataclass
class Counts:
    """Plans by group."""

    by_group: dict[str, int] = field(default_factory=lambda: {group.key: 0 for group in GROUPS})

    def add(self, verdict: str, plans: int) -> None:
        self.by_group[BY_VERDICT[verdict].key] += plans

    @property
    def rated(self) -> int:
        return sum(self.by_group[group.key] for group in RATED)

    @property
    def total(self) -> int:
        return sum(self.by_group.values())


@dataclass(frozen=True, slots=True)
class RuleLine:
    """How often a rule fired, in all and by histology."""

    rule: str
    severity: str
    plans: int
    by_histology: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """The deviations of one rule by the code of their reason; an empty code is a deviation without one."""

    rule: str
    total: int
    by_code: Mapping[str, int]


@dataclass
class Report:
    """The counts of one question."""

    asked: Asked
    total: Counts
    histologies: dict[str, Counts]
    rules: list[RuleLine]
    reasons: list[ReasonLine]

    def shown(self, number: int) -> int | None:
        """A number as the report may show it; None for one that is too small to leave the team."""
        if not self.asked.hides_small or number == 0:
            return number
        return None if number < FEW else FEW * round(number / FEW)

    def rate(self, counts: Counts, group: str) -> float | None:
        """The share of a group inside the rate; None where there are too few plans to give one."""
        hidden = any(self.shown(counts.by_group[each.key]) is None for each in RATED)
        if counts.rated < TOO_FEW_FOR_A_RATE or hidden:
            return None
        return counts.by_group[group] / counts.rated


def report(asked: Asked) -> Report:
    """Three statements, however many plans."""
    values = {
        "teams": list(asked.teams),
        "start": _midnight(asked.start),
        "end": _midnight(asked.end + timedelta(days=1)),
        "rule": asked.rule,
        "histologies": _codes_of(asked.histology),
    }
    with connection.cursor() as cursor:
        verdicts, rules, reasons = (
            _rows(cursor, _FROZEN + statement, values) for statement in (_VERDICTS, _RULES, _REASONS)
        )
    total, histologies = _counted(verdicts)
    return Report(asked, total, histologies, _rule_lines(rules), _reason_lines(reasons))


def _codes_of(histology: str) -> list[str]:
    """Every code under which a plan of that histology was checked: those of earlier editions too."""
    if not histology:
        return []
    now = icdo3.current_code(histology)
    return sorted({now, *(old for entry in icdo3.morphology(now) for old in entry.legacy)})


def _rows(cursor: Any, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    cursor.execute(statement, values)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _counted(rows: Iterable[tuple[Any, ...]]) -> tuple[Counts, dict[str, Counts]]:
    total, histologies = Counts(), dict[str, Counts]()
    for histology, verdict, plans in rows:
        total.add(verdict, plans)
        histologies.setdefault(icdo3.current_code(histology), Counts()).add(verdict, plans)
    return total, dict(sorted(histologies.items(), key=lambda pair: (-pair[1].total, pair[0])))


def _rule_lines(rows: Iterable[tuple[Any, ...]]) -> list[RuleLine]:
    found: dict[tuple[str, str], Counter[str]] = {}
    for rule, severity, histology, plans in rows:
        found.setdefault((rule, severity), Counter())[icdo3.current_code(histology)] += plans
    lines = [
        RuleLine(rule, severity, sum(plans.values()), dict(sorted(plans.items(), key=_most_first)))
        for (rule, severity), plans in found.items()
    ]
    return sorted(lines, key=lambda line: (-line.plans, line.rule, line.severity))


def _reason_lines(rows: Iterable[tuple[Any, ...]]) -> list[ReasonLine]:
    found: dict[str, dict[str, int]] = {}
    for rule, code, deviations in rows:
        found.setdefault(rule, {})[code] = deviations
    lines = [ReasonLine(rule, sum(codes.values()), codes) for rule, codes in found.items()]
    return sorted(lines, key=lambda line: (-line.total, line.rule))


def _most_first(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]
