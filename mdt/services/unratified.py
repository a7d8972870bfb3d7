"""Provisional decisions of earlier meetings that wait for their ratification, or were refused it."""

from cases.services.refusals import said
from mdt.models import Decision, Listing, RatificationRefusal
from mdt.workflow import DecisionKind, NotNow


def unratified_decision(listing: Listing) -> Decision | None:
    """Of the episode, made at another meeting; under the lock that ratifying and refusing it take too."""
    waiting = Decision.objects.standing().filter(episode=listing.episode_id, kind=DecisionKind.PROVISIONAL)
    waiting = waiting.exclude(listing=listing).order_by("-pk")
    found = waiting.first()
    if found is None:
        return None
    Listing.objects.select_for_update(of=("self",)).get(decisions=found)
    return waiting.select_related("plan", "recorded_by", "refusal__refused_by").first()


def refusal_of(decision: Decision) -> RatificationRefusal | None:
    return getattr(decision, "refusal", None)


def refuse_answered_elsewhere(listing: Listing) -> None:
    """The record of an earlier meeting is closed by the later one that decided in its place."""
    rows = Decision.objects.standing_at_its_listing().filter(listing=listing, replaced_by__isnull=False)
    found = rows.select_related("replaced_by__listing__meeting").first()
    if found is None:
        return
    later = found.replaced_by.listing
    where = f"at the meeting of {said(later.meeting.day)}" if later else "between meetings"
    raise NotNow(
        f"This case was decided again {where}. Correct that decision: this meeting's stays as it was."
    )
