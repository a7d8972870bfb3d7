"""Provisional decisions of earlier meetings that wait for their ratification, or were refused it."""

from mdt.models import Decision, Listing
from mdt.workflow import DecisionKind


def unratified_decision(listing: Listing) -> Decision | None:
    """Of the episode, made at another meeting; under the lock that ratifying and refusing it take too."""
    waiting = Decision.objects.standing().filter(episode=listing.episode_id, kind=DecisionKind.PROVISIONAL)
    waiting = waiting.exclude(listing=listing).order_by("-pk")
    found = waiting.first()
    if found is None:
        return None
    Listing.objects.select_for_update(of=("self",)).get(decisions=found)
    return waiting.select_related("plan", "recorded_by", "refusal").first()
