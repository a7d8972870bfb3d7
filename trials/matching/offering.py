"""What the register offers an episode, as other rooms read it: the plan check, the meeting screen, the decision."""

from dataclasses import dataclass

from cases.models import Episode
from trials.models import Match, Trial
from trials.workflow import OPEN


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
    """What is worth asking first comes first; nothing of a patient who has died. One statement."""
    rows = Match.objects.filter(
        episode=episode, trial__status__in=OPEN, episode__case__patient__is_dead=False
    ).select_related("trial")
    return [Offer(row.trial, row.trial.number, row.trial.title, row.result, row.unknown) for row in rows]
