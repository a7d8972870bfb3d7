"""What the screens of a meeting show: whoever presents moves the room from case to case."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from mdt.models import Listing, Meeting, Screen
from mdt.workflow import OUTCOME_OWED, MeetingStatus, NotNow, Track


class NotPresenting(NotNow):
    """Somebody else moves the room; presenting can be taken over from them."""

    def __init__(self, presenter: User) -> None:
        self.presenter = presenter
        super().__init__(
            f"{presenter} is presenting, so the room did not move. Take presenting over first; all screens say so."
        )


@transaction.atomic
def show_case(*, listing: Listing, by: User) -> Screen:
    """Move the room to this case. A second press on the same case changes nothing."""
    meeting = _in_session(listing.meeting_id, by)
    screen = _locked(meeting)
    if screen.presenter and screen.presenter != by:
        raise NotPresenting(screen.presenter)
    listing = Listing.objects.select_related("episode").get(pk=listing.pk)
    if not listing.is_on_the_list:
        state = listing.get_status_display().lower()
        raise NotNow(f"The case is not on the list any more ({state}), so it cannot be shown to the room.")
    if (screen.listing_id, screen.presenter_id) == (listing.pk, by.pk):
        return screen
    screen.presenter = by
    return _show(screen, listing, by)


@transaction.atomic
def take_presenting(*, meeting: Meeting, by: User) -> Screen:
    """Present from now on; the room stays on its case."""
    meeting = _in_session(meeting.pk, by)
    screen = _locked(meeting)
    if screen.presenter_id == by.pk:
        return screen
    data = {"presenter": by.pk, "before": screen.presenter_id}
    screen.presenter = by
    screen.save(update_fields=["presenter"])
    audit.record(EventType.PRESENTER_CHANGED, target=meeting, by=by, data=data)
    return screen


def open_screen(meeting: Meeting, by: User) -> None:
    """Whoever opens the session presents, from the first case that is to be discussed and has no outcome yet."""
    screen = _locked(meeting)
    screen.presenter = by
    waiting = Listing.objects.filter(meeting=meeting, status__in=OUTCOME_OWED, track=Track.DISCUSS)
    first = waiting.select_related("episode").order_by("position", "pk").first()
    _show(screen, first, by)


def empty_screen(meeting: Meeting) -> None:
    """The session is over: nobody presents, and nothing is shown."""
    Screen.objects.filter(meeting=meeting).update(listing=None, presenter=None, shown_at=timezone.now())


def _show(screen: Screen, listing: Listing | None, by: User) -> Screen:
    screen.listing, screen.shown_at = listing, timezone.now()
    screen.save()
    if listing:
        audit.record(EventType.CASE_SHOWN, target=listing, by=by, case_id=listing.episode.case_id)
    return screen


def _in_session(meeting_id: int, by: User) -> Meeting:
    meeting = Meeting.objects.select_for_update().get(pk=meeting_id)
    by.must(Permission.RUN_MEETING, meeting.team_id)
    if meeting.status != MeetingStatus.IN_SESSION:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. Its screens are moved while it is in session.")
    return meeting


def _locked(meeting: Meeting) -> Screen:
    """The lock on the meeting's own row, which the caller holds, keeps the screen's row to one writer too."""
    screen, _ = Screen.objects.select_related("presenter").get_or_create(meeting=meeting)
    return screen
