"""Finds what may fit and keeps it: written only where it is new or another, and removed where it fits no more.

A pair of case and trial is judged while the case's current episode is held, and the criteria in force are read after
that: whoever comes later judges by what is newer. What is written twice, or by two at once, is the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from cases.models import Episode
from trials.criteria.judging import EXCLUDED, RESULT_OF
from trials.matching.compiled import InForce, Narrowed, criteria_in_force
from trials.matching.gathering import Known, facts_of, matched_cases
from trials.models import Match, Trial
from trials.models.match import MatchQuerySet

RESULTS = ("result", "unknown", "met", "criteria_number")

Found = dict[tuple[int, int], Match]
"""By episode and trial."""


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
    episodes = Episode.objects.filter(pk__in=current).select_related("case__patient")
    trials = Trial.objects.open()
    matches = Match.objects.filter(episode__in=episode_ids)
    if trial_id is not None:
        trials, matches = trials.filter(pk=trial_id), matches.filter(trial=trial_id)
    return _keep(_judged(episodes, Narrowed(criteria_in_force(trials))), matches)


def _judged(episodes: Iterable[Episode], narrowed: Narrowed) -> Found:
    found: Found = {}
    for episode_id, known in facts_of(episodes, timezone.localdate()).items():
        for criteria in narrowed.for_facts(known.facts):
            match = _match(episode_id, criteria, known)
            if match is not None:
                found[episode_id, criteria.trial_id] = match
    return found


def _match(episode_id: int, criteria: InForce, known: Known) -> Match | None:
    """What may fit, unsaved; nothing where it is excluded."""
    tally = criteria.compiled.tally(known.for_trial(criteria.trial_id))
    result = RESULT_OF[tally.verdict]
    if result == EXCLUDED:
        return None
    return Match(
        episode_id=episode_id,
        trial_id=criteria.trial_id,
        result=result,
        unknown=tally.unknown,
        met=tally.met,
        criteria_number=criteria.number,
    )


def _keep(found: Found, held: MatchQuerySet) -> Counts:
    """`found_at` stays where nothing changed."""
    before = {(row.episode_id, row.trial_id): row for row in held}
    gone = [row.pk for pair, row in before.items() if pair not in found]
    added = [row for pair, row in found.items() if pair not in before]
    changed = [row for pair, row in found.items() if pair in before and _differ(row, before[pair])]
    if gone:
        Match.objects.filter(pk__in=gone).delete()
    for row in changed:
        row.found_at = Now()
    if added or changed:
        Match.objects.bulk_create(
            [*added, *changed],
            update_conflicts=True,
            unique_fields=["episode", "trial"],
            update_fields=[*RESULTS, "found_at"],
        )
    return Counts(len(added), len(changed), len(gone))


def _differ(one: Match, other: Match) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in RESULTS)
