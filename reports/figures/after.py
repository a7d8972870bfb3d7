"""What came of the decisions: letters, plans given as agreed, plans that an MDT confirmed."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from mdt.workflow import LetterKind
from reports.definitions import BY_KEY
from reports.figures.asked import DECISIONS, Asked
from reports.figures.found import Column, Found, Line
from treatments.guidance.vocabulary import SCOPES
from treatments.models import NotDelivered

_LETTERS: Final = f"""
    WITH {DECISIONS}
    SELECT letter.kind,
        CASE
            WHEN (letter.issued_at AT TIME ZONE %(zone)s)::date <= letter.due_on THEN 'in_time'
            WHEN letter.issued_at IS NOT NULL THEN 'late'
            WHEN letter.status IN ('replaced', 'stopped') THEN 'not_sent'
            WHEN letter.due_on < %(today)s THEN 'overdue'
            ELSE 'not_due'
        END,
        count(*)
    FROM made JOIN mdt_letter AS letter ON letter.decision_id = made.id
    GROUP BY 1, 2
"""

_AGREED: Final = """
    WITH agreed AS MATERIALIZED (
        SELECT plan.id, plan.status
        FROM treatments_plan AS plan
        JOIN cases_episode AS episode ON episode.id = plan.episode_id
        JOIN cases_case AS kase ON kase.id = episode.case_id
        WHERE kase.team_id = ANY(%(teams)s)
            AND plan.agreed_at >= %(start)s AND plan.agreed_at < %(end)s
    )
"""

_GIVEN: Final = f"""
    {_AGREED}
    SELECT CASE
            WHEN told.rows = 0 THEN 'not_recorded'
            WHEN told.given = lines.treatments THEN 'as_agreed'
            WHEN told.begun > 0 THEN 'otherwise'
            ELSE 'not_given'
        END,
        count(*)
    FROM agreed
    CROSS JOIN LATERAL (
        SELECT count(*) AS treatments FROM treatments_treatment WHERE plan_id = agreed.id
    ) AS lines
    CROSS JOIN LATERAL (
        SELECT count(*) AS rows, count(*) FILTER (WHERE status = 'given') AS given,
            count(*) FILTER (WHERE status IN ('given', 'changed', 'stopped')) AS begun
        FROM treatments_delivery
        WHERE plan_id = agreed.id
    ) AS told
    WHERE agreed.status IN ('completed', 'not_delivered')
    GROUP BY 1
"""

_REASONS: Final = f"""
    {_AGREED}
    SELECT delivery.reason_code, count(*)
    FROM agreed JOIN treatments_delivery AS delivery ON delivery.plan_id = agreed.id
    WHERE agreed.status IN ('completed', 'not_delivered') AND delivery.reason_code <> ''
    GROUP BY 1
"""

# Treatment began: of plans before deliveries were recorded, their state says so.
_CONFIRMED: Final = f"""
    {_AGREED}
    SELECT COALESCE(made.scope, ''),
        EXISTS (
            SELECT FROM mdt_decision AS decision
            WHERE decision.plan_id = agreed.id AND (
                decision.kind IN ('discussed', 'standard_of_care')
                OR decision.kind = 'urgent' AND EXISTS (
                    SELECT FROM mdt_decision AS ratifying
                    WHERE ratifying.ratifies_id = decision.id AND ratifying.kind = 'discussed'
                )
            )
        ),
        count(*)
    FROM agreed
    LEFT JOIN LATERAL (
        SELECT scope FROM treatments_check WHERE plan_id = agreed.id ORDER BY id DESC LIMIT 1
    ) AS made ON true
    WHERE agreed.status IN ('in_progress', 'completed') OR EXISTS (
        SELECT FROM treatments_delivery
        WHERE plan_id = agreed.id AND status IN ('under_way', 'given', 'stopped', 'changed')
    )
    GROUP BY 1, 2
"""

_WAYS: Final = {
    "as_agreed": "Given as agreed",
    "otherwise": "Given in part, or otherwise",
    "not_given": "Not given",
    "not_recorded": "Not recorded by treatment",
}


def figures(asked: Asked) -> list[Found]:
    """Four statements."""
    return [
        _letters(asked.rows(_LETTERS)),
        _given(asked.rows(_GIVEN), asked.rows(_REASONS)),
        _confirmed(asked.rows(_CONFIRMED)),
    ]


def _letters(rows: Sequence[tuple[Any, ...]]) -> Found:
    counts = {(kind, state): count for kind, state, count in rows}
    states = ("in_time", "late", "overdue")
    lines = []
    for kind in LetterKind:
        in_time, late, overdue = (counts.get((kind, state), 0) for state in states)
        lines.append(Line(kind.label, in_time, in_time + late + overdue, more=(str(late), str(overdue))))
    whole = Line(
        "All",
        sum(line.count for line in lines),
        sum(line.of or 0 for line in lines),
        more=tuple(str(sum(int(line.more[place]) for line in lines)) for place in (0, 1)),
    )
    column = Column("Letters", "In time", "Due", more=("Later", "Overdue"))
    return Found(BY_KEY["letters_in_time"], column, lines, whole)


def _given(rows: Sequence[tuple[Any, ...]], reasons: Sequence[tuple[Any, ...]]) -> Found:
    counts, why = Counter(dict(rows)), dict(reasons)
    ended = counts.total()
    ways = [Line(label, counts[key], ended) for key, label in _WAYS.items()]
    labels = {reason.value: reason.label for reason in NotDelivered}
    return Found(
        BY_KEY["given_as_agreed"],
        Column("Plans", "Number", "Ended"),
        ways if counts["not_recorded"] else ways[:-1],
        Line("All given as agreed", counts["as_agreed"], ended),
        apart=[Line(label, why[code]) for code, label in labels.items() if why.get(code)],
    )


def _confirmed(rows: Sequence[tuple[Any, ...]]) -> Found:
    begun, confirmed = Counter[str](), Counter[str]()
    for scope, is_confirmed, count in rows:
        begun[scope] += count
        confirmed[scope] += count if is_confirmed else 0
    labels = {key: words.partition(":")[0] for key, words in SCOPES.items()} | {"": "Never checked"}
    lines = [Line(label, confirmed[scope], begun[scope]) for scope, label in labels.items() if begun[scope]]
    return Found(
        BY_KEY["confirmed_by_mdt"],
        Column("Kind of tumour", "Confirmed", "Begun"),
        lines,
        Line("All", confirmed.total(), begun.total()),
    )
