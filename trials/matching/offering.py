"""What the register offers an episode, as other rooms read it: the plan check, the meeting screen, the decision."""

from dataclasses import dataclass
from typing import Any

from cases.models import Episode
from trials.models import Match, Trial
from trials.standing import says_closed


@dataclass(frozen=True, slots=True)
class Offer:
    """An open trial that may fit: `result` is may_fit or may_fit_if.

    `unknown` counts the facts that would settle it.
    """

    trial: Trial
    number: str
    title: str
    result: str
    unknown: int


def offers(episode: Episode) -> list[Offer]:
    """What is worth asking first comes first; nothing of a case that is not matched any more. One statement."""
    rows = Match.objects.still().filter(episode=episode).select_related("trial")
    return [_offer(row) for row in rows.annotate(says_closed=says_closed("trial"))]


def _offer(row: Match) -> Offer:
    trial: Any = row.trial
    trial.says_closed = row.says_closed  # type: ignore[attr-defined]
    return Offer(trial, trial.number, trial.title, row.result, row.unknown)
