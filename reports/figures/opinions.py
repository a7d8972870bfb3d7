"""Second opinions: how often the other centre's view is the home team's, item by item."""

from followup.comparing import compared
from followup.models import OpinionItem
from reports.definitions import BY_KEY
from reports.figures.asked import Asked
from reports.figures.found import Column, Found, Line
from reports.kappa import ENOUGH, kappa_of

_VIEWS = """
    SELECT seen.item, seen.theirs, seen.ours, answer.was_blind, count(*)
    FROM followup_opinionanswer AS answer
    JOIN followup_opinionview AS seen ON seen.answer_id = answer.id
    JOIN followup_secondopinion AS opinion ON opinion.id = answer.opinion_id
    JOIN cases_episode AS episode ON episode.id = opinion.episode_id
    JOIN cases_case AS kase ON kase.id = episode.case_id
    WHERE kase.team_id = ANY(%(teams)s)
        AND answer.received_at >= %(start)s AND answer.received_at < %(end)s
        AND seen.agrees IS NOT NULL
    GROUP BY 1, 2, 3, 4
"""

Pairs = list[tuple[str, str]]


def figures(asked: Asked) -> list[Found]:
    """One statement."""
    pairs: dict[str, Pairs] = {item: [] for item in OpinionItem}
    blind: dict[str, Pairs] = {item: [] for item in OpinionItem}
    for item, theirs, ours, was_blind, count in asked.rows(_VIEWS):
        pair = compared(item, theirs, ours)
        if pair is not None:
            pairs[item] += [pair] * count
            blind[item] += [pair] * count * was_blind
    return [_agreement(pairs, blind)]


def _agreement(pairs: dict[str, Pairs], blind: dict[str, Pairs]) -> Found:
    lines = [_line(item.label, pairs[item], blind[item]) for item in OpinionItem]
    every, unseen = ([pair for item in OpinionItem for pair in found[item]] for found in (pairs, blind))
    return Found(
        BY_KEY["opinion_agreement"],
        Column("Item", "Agree", "Compared", more=("Cohen’s kappa (95% interval)", "Of these, blind")),
        lines,
        Line("All items", _same(every), len(every), more=("", _of(unseen))),
        notes=_notes(lines),
    )


def _line(label: str, pairs: Pairs, blind: Pairs) -> Line:
    return Line(label, _same(pairs), len(pairs), more=(kappa_of(pairs).words, _of(blind)))


def _same(pairs: Pairs) -> int:
    return sum(theirs == ours for theirs, ours in pairs)


def _of(pairs: Pairs) -> str:
    return f"{_same(pairs)} of {len(pairs)}" if pairs else ""


def _notes(lines: list[Line]) -> tuple[str, ...]:
    """What kappa can't say here, where it can't."""
    told = {line.more[0] for line in lines}
    notes = []
    if "too few" in told:
        notes.append(f"Kappa is given from {ENOUGH} compared opinions on: fewer say too little.")
    if "not defined" in told:
        notes.append("Kappa is not defined where both teams always said the same one thing.")
    if any(each not in ("", "too few", "not defined") for each in told):
        notes.append(
            "Kappa is agreement beyond chance: 0 is chance, 1 is complete. Read it with its interval."
        )
    return tuple(notes)
