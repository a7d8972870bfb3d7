"""What takes a case off the lists to come without anybody asking: a recorded death, and the end of the case."""

from django.db import transaction
from django.db.models import Q

from audit.models import Event
from cases.workflow import CaseStatus
from mdt.models import Listing, Meeting
from mdt.services.taking_off import put_off
from mdt.workflow import NOT_OPENED, ListingStatus

WAITS = (ListingStatus.LISTED, ListingStatus.TO_APPROVE)


def leave_lists_for_death(*, event: Event) -> None:
    """Consumer of the outbox; safe to run twice, and does nothing where the death was taken back meanwhile."""
    theirs = Q(episode__case__patient=event.target_id, episode__case__patient__is_dead=True)
    _leave(theirs, "The patient has died.")


def leave_lists_when_closed(*, event: Event) -> None:
    """Consumer of the outbox; safe to run twice, and does nothing where the case is open again."""
    its = Q(episode__case=event.target_id, episode__case__status=CaseStatus.CLOSED)
    _leave(its, "The case was closed.")


@transaction.atomic
def _leave(whose: Q, reason: str) -> None:
    """A meeting in session deals with its own list."""
    waiting = Listing.objects.filter(whose, status__in=WAITS, meeting__status__in=NOT_OPENED)
    lists = waiting.values_list("meeting", flat=True)
    meetings = list(Meeting.objects.select_for_update().filter(pk__in=list(lists)).order_by("pk"))
    rows = waiting.filter(meeting__in=meetings).select_related("episode__case")
    for listing in rows.select_for_update(of=("self",)).order_by("pk"):
        listing.version += 1
        put_off(listing, ListingStatus.WITHDRAWN, reason, None)
