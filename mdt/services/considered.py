"""The trials of the register that were considered in a decision, as they stood then."""

from typing import Any

from django.core.exceptions import ValidationError

from cases.models import Episode
from mdt.models import Decision
from mdt.services.decision_details import DecisionDetails
from trials.matching import offers
from trials.models import MatchResult
from trials.standing import standing


def to_tick(episode: Episode, earlier: Decision | None) -> list[tuple[int, str]]:
    """Trials that may fit now, each with why to ask first, and those that the decision before named."""
    shown = {each["trial"]: each["name"] for each in (earlier.trials_considered if earlier else ())}
    for offer in offers(episode):
        words = [MatchResult(offer.result).label.lower(), *standing(offer.trial)]
        shown[offer.trial.pk] = f"{offer.trial.short_name}, {'. '.join(words)}"
    return list(shown.items())


def considered(episode: Episode, details: DecisionDetails, earlier: Decision | None) -> list[dict[str, Any]]:
    """What is kept of each trial that was ticked: of those offered now, or named by the decision before.

    Raises ValidationError by field.
    """
    if not details.trials:
        return []
    known = {each["trial"]: each for each in (earlier.trials_considered if earlier else ())}
    for offer in offers(episode):
        known[offer.trial.pk] = {
            "trial": offer.trial.pk,
            "name": offer.trial.short_name,
            "number": offer.number,
            "result": offer.result,
        }
    wanted = list(dict.fromkeys(details.trials))
    if any(pk not in known for pk in wanted):
        words = "A trial that is ticked is not offered for this case any more. Look at the trials again."
        raise ValidationError({"trials": [words]})
    return [known[pk] for pk in wanted]
