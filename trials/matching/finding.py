"""Finds what may fit and keeps it: written only where it is new or another, and removed where it fits no more.

A pair of case and trial is judged while the case's current episode is held, and the criteria in force are read after
that: whoever comes later judges by what is newer. What is written twice, or by two at once, is the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from cases.models import Episode
from trials.criteria.judging import EXCLUDED, RESULT_OF
from trials.matching.compiled import Narrowed, criteria_in_force
from trials.matching.gathering import READ, facts_of
from trials.models import Match, Trial
from trials.models.match import matched_cases

Pair = tuple[int, int]
"""Episode and trial."""
Told = tuple[str, int, int, int]
"""As a Match holds it: result, unknown, met, number of the criteria."""

COLUMNS = ("result", "unknown", "met", "criteria_number")
# Written out: rows of the ORM would take most of the time of a run.
KEEP = """
    INSERT INTO trials_match (episode_id, trial_id, result, unknown, met, criteria_number)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[], %s::int[])
    ON CONFLICT (episode_id, trial_id) DO UPDATE
    SET result = excluded.result, unknown = excluded.unknown, met = excluded.met,
        criteria_number = excluded.criteria_number, found_at = now()
"""
REMOVE = """
    DELETE FROM trials_match
    WHERE (episode_id, trial_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
"""


@dataclass
class Counts:
    """What a piece of matching came to."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@transaction.atomic
def match_episodes(*, episode_ids: Sequence[int], trial_id: int | None = None) -> Counts:
    """Match these with every open trial, or with one, in a fixed number of statements.

    An episode that is not matched any more leaves every list.
    """
    held = Episode.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=episode_ids)
    list(held.order_by("pk").values_list("pk", flat=True))
    # In a statement of its own, after the lock: it sees what the transaction that was waited for wrote.
    current = matched_cases().filter(current_episode__in=episode_ids).values("current_episode")
    episodes = Episode.objects.filter(pk__in=current).select_related("case__patient").only(*READ)
    trials = Trial.objects.open()
    matches = Match.objects.filter(episode__in=episode_ids)
    if trial_id is not None:
        trials, matches = trials.filter(pk=trial_id), matches.filter(trial=trial_id)
    found = _judged(episodes, Narrowed(criteria_in_force(trials)))
    before = {
        (episode, trial): tuple(told)
        for episode, trial, *told in matches.order_by().values_list("episode_id", "trial_id", *COLUMNS)
    }
    return _keep(found, before)


def _judged(episodes: Iterable[Episode], narrowed: Narrowed) -> dict[Pair, Told]:
    """What may fit; nothing of what is excluded."""
    found: dict[Pair, Told] = {}
    for episode_id, known in facts_of(episodes, timezone.localdate(), explained=False).items():
        for criteria in narrowed.for_facts(known.facts):
            tally = criteria.compiled.tally(known.for_trial(criteria.trial_id))
            result = RESULT_OF[tally.verdict]
            if result != EXCLUDED:
                told = result, tally.unknown, tally.met, criteria.number
                found[episode_id, criteria.trial_id] = told
    return found


def _keep(found: Mapping[Pair, Told], before: Mapping[Pair, Sequence[object]]) -> Counts:
    """`found_at` stays where nothing changed."""
    gone = [pair for pair in before if pair not in found]
    fresh = [(*pair, *told) for pair, told in found.items() if before.get(pair) != told]
    changed = sum(row[:2] in before for row in fresh)
    with connection.cursor() as cursor:
        if gone:
            cursor.execute(REMOVE, _columns(gone))
        if fresh:
            cursor.execute(KEEP, _columns(fresh))
    return Counts(len(fresh) - changed, changed, len(gone))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
