"""The one way by which a case that was to be dealt with by a standard of care is discussed after all."""

from django.utils import timezone

from accounts.models import User
from audit import services as audit
from audit.events import EventType
from mdt.models import Listing
from mdt.workflow import Track

LONGEST_REASON = 300


def back_to_discussion(
    listing: Listing, reason: str, *, pulled_back_by: User | None = None, by: User
) -> None:
    """On the row in hand, with its event; the caller saves it and counts its version up.

    `pulled_back_by`: who wants it discussed. Nobody where a change undid the confirmation: it may be confirmed again.
    """
    was_confirmed = listing.track == Track.STANDARD_OF_CARE
    listing.track = Track.DISCUSS
    listing.pulled_back_by, listing.pulled_back_at = pulled_back_by, timezone.now()
    listing.pulled_back_reason = reason[:LONGEST_REASON]
    data = {"meeting": listing.meeting_id, "standard": listing.standard_id, "was_confirmed": was_confirmed}
    data |= {} if pulled_back_by else {"by_rule": True}
    case_id = listing.episode.case_id
    audit.record(EventType.STANDARD_PULLED_BACK, target=listing, by=by, case_id=case_id, data=data)
