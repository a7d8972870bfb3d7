"""Trials: who was considered, referred and enrolled, by trial and histology; and why screening failed."""

from collections.abc import Iterable
from typing import Final

from cases.clinical import icdo3
from reports.definitions import BY_KEY
from reports.figures.asked import STANDS, Asked
from reports.figures.found import Column, Found, Line
from trials.models import EndReason

_REFERRED: Final = """
    referred AS MATERIALIZED (
        SELECT referral.trial_id, referral.episode_id, referral.status, referral.reason,
            kase.patient_id
        FROM trials_trialreferral AS referral
        JOIN cases_episode AS episode ON episode.id = referral.episode_id
        JOIN cases_case AS kase ON kase.id = episode.case_id
        WHERE kase.team_id = ANY(%(teams)s)
            AND referral.referred_on >= (%(start)s::timestamptz AT TIME ZONE %(zone)s)::date
            AND referral.referred_on < (%(end)s::timestamptz AT TIME ZONE %(zone)s)::date
    )
"""

# A patient counts once for a trial, by the newest episode: however many decisions that stand name the trial, and
# however often they were referred. Who was enrolled in the end is no screen failure.
_COUNTS: Final = f"""
    WITH {_REFERRED},
    considered AS (
        SELECT DISTINCT ON (trial_id, kase.patient_id)
            (each.value ->> 'trial')::bigint AS trial_id, decision.episode_id
        FROM mdt_decision AS decision
        JOIN cases_case AS kase ON kase.id = decision.case_id
        CROSS JOIN LATERAL jsonb_array_elements(decision.trials_considered) AS each
        WHERE kase.team_id = ANY(%(teams)s)
            AND decision.recorded_at >= %(start)s AND decision.recorded_at < %(end)s
            AND {STANDS}
        ORDER BY trial_id, kase.patient_id, decision.episode_id DESC
    ),
    put_forward AS (
        SELECT trial_id, max(episode_id) AS episode_id, bool_or(status = 'enrolled') AS is_enrolled,
            bool_or(status = 'screen_failure') AS has_failed
        FROM referred
        GROUP BY trial_id, patient_id
    ),
    counted AS (
        SELECT trial_id, episode_id, 1 AS considered, 0 AS referred, 0 AS enrolled, 0 AS failed FROM considered
        UNION ALL
        SELECT trial_id, episode_id, 0, 1, is_enrolled::int, (has_failed AND NOT is_enrolled)::int
        FROM put_forward
    )
    SELECT trial.short_name, episode.facts ->> 'morphology', sum(considered), sum(referred), sum(enrolled),
        sum(failed)
    FROM counted
    JOIN trials_trial AS trial ON trial.id = counted.trial_id
    JOIN cases_episode AS episode ON episode.id = counted.episode_id
    GROUP BY 1, 2
"""

_REASONS: Final = f"""
    WITH {_REFERRED}
    SELECT CASE WHEN status = 'screen_failure' THEN reason ELSE '' END, count(*) FROM referred GROUP BY 1
"""

NOT_RECORDED: Final = "Histology not recorded"
Counts = tuple[int, ...]
"""Considered, referred, enrolled, screen failures."""


def figures(asked: Asked) -> list[Found]:
    """Two statements."""
    rows = [(trial, _histology(code), tuple(counts)) for trial, code, *counts in asked.rows(_COUNTS)]
    by_trial = _summed((trial, counts) for trial, _, counts in rows)
    by_histology = _summed((histology, counts) for _, histology, counts in rows)
    reasons: dict[str, int] = dict(asked.rows(_REASONS))
    return [
        _by("trials_by_trial", "Trial", "All trials", by_trial),
        _by("trials_by_histology", "Histology", "All histologies", by_histology),
        _failures(reasons),
    ]


def _histology(code: str | None) -> str:
    return icdo3.morphology_name(code) if code else NOT_RECORDED


def _summed(rows: Iterable[tuple[str, Counts]]) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for label, counts in rows:
        earlier = found.get(label, (0, 0, 0, 0))
        found[label] = tuple(a + b for a, b in zip(earlier, counts, strict=True))
    return dict(sorted(found.items()))


def _by(key: str, heading: str, whole: str, found: dict[str, Counts]) -> Found:
    total = next(iter(_summed((whole, counts) for counts in found.values()).values()), (0, 0, 0, 0))
    return Found(
        BY_KEY[key],
        Column(heading, "Enrolled", "Referred", more=("Considered", "Screen failures")),
        [_line(label, counts) for label, counts in found.items()],
        _line(whole, total),
    )


def _line(label: str, counts: Counts) -> Line:
    considered, referred, enrolled, failed = (int(each) for each in counts)
    return Line(label, enrolled, referred, more=(f"{considered:,}", f"{failed:,}"))


def _failures(reasons: dict[str, int]) -> Found:
    """Of the referrals themselves; those that did not fail have no reason."""
    of = sum(reasons.values())
    lines = [Line(reason.label, reasons[reason], of) for reason in EndReason if reasons.get(reason)]
    return Found(
        BY_KEY["screen_failures"],
        Column("Reason", "Screen failures", "Referrals"),
        lines,
        Line("All reasons", sum(line.count for line in lines), of),
    )
