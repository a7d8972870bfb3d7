"""What the bar of the meeting screen says: who moves the room, the case's place and time, and where one can go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from desk.room.live import ticket_for
from desk.room.reading import Mark, Room
from mdt.models import Listing, Meeting, Screen
from mdt.workflow import OFF_THE_LIST, OUTCOME_OWED, ListingStatus, MeetingStatus, Track

QUESTION_SHOWN = 60
"""Characters of a question that the list of cases shows."""


@dataclass(frozen=True)
class Entry:
    """A case of the list, as the list to go to shows it."""

    number: int
    mark: Mark

    @property
    def state(self) -> str:
        return str(ListingStatus(self.mark.status).label)

    @property
    def question(self) -> str:
        text = self.mark.question
        return text if len(text) <= QUESTION_SHOWN else f"{text[:QUESTION_SHOWN].rstrip()}…"


def screen_of(meeting: Meeting) -> Screen | None:
    """None until the session was opened for the first time."""
    return getattr(meeting, "screen", None)


def back_to(listing: Listing) -> str:
    """Where whoever acted on a case goes on: with the meeting where that is its case, else at the case itself."""
    meeting, screen = listing.meeting, screen_of(listing.meeting)
    if meeting.status == MeetingStatus.IN_SESSION and screen and screen.listing_id == listing.pk:
        return reverse("room:screen", args=[meeting.pk])
    return reverse("room:case", args=[listing.pk])


def entries_of(marks: Iterable[Mark]) -> list[Entry]:
    """The list in its order, each case once."""
    once = {mark.listing: mark for mark in marks if mark.status not in OFF_THE_LIST}
    return [Entry(number, mark) for number, mark in enumerate(once.values(), start=1)]


def bar(request: HttpRequest, room: Room) -> dict[str, Any]:
    """All that the bar of one case's page says."""
    row, now, entries = room.listing, timezone.now(), entries_of(room.marks)
    here = next((entry for entry in entries if entry.mark.listing == row.pk), None)
    before = [e.mark.listing for e in entries if (e.mark.position, e.mark.listing) < (row.position, row.pk)]
    after = [e.mark.listing for e in entries if (e.mark.position, e.mark.listing) > (row.position, row.pk)]
    mine = [mark for mark in room.marks if mark.listing == row.pk]
    return {
        "place": here.number if here else None,
        "cases": len(entries),
        "previous": before[-1] if before else None,
        "following": after[0] if after else None,
        "entries": entries,
        "done": sum(entry.mark.status == ListingStatus.DECIDED for entry in entries),
        "spent_before": spent([mark for mark in mine if mark.ended_at], now),
        "spent": spent(mine, now),
        "allowed_minutes": allowed(mine[0], room) if mine else row.meeting.team.minutes_per_case,
        "mark": getattr(row, "mark", ""),
        "ticket": ticket_for(request, row.meeting_id, None if room.follows else row.pk),
        "said": said(room, here, len(entries)),
        **live(request, room, entries),
        **minutes(room, now),
    }


def live(request: HttpRequest, room: Room, entries: Sequence[Entry]) -> dict[str, Any]:
    """Who moves the room, and whether this page moves with it."""
    meeting, screen = room.listing.meeting, screen_of(room.listing.meeting)
    is_live = meeting.status == MeetingStatus.IN_SESSION
    presenter = screen.presenter if screen and is_live else None
    shown = screen.listing_id if screen and is_live else None
    place = next((entry.number for entry in entries if entry.mark.listing == shown), None)
    presents = presenter is not None and presenter == request.user
    return {
        "is_live": is_live,
        "presenter": presenter,
        "presents": presents,
        "moves_room": presents and shown == room.listing.pk,
        "follows": room.follows,
        "shown": shown,
        "shown_place": place,
        "shown_here": shown == room.listing.pk,
        "back": back_to(room.listing),
    }


def said(room: Room, here: Entry | None, cases: int) -> list[str]:
    """What is read out when it changes: the case and its state, the decision, who is missing, who presents."""
    row, screen = room.listing, screen_of(room.listing.meeting)
    place = f"Case {here.number} of {cases}, " if here else ""
    sentences = [f"{place}{row.episode.case.reference}: {row.get_status_display().lower()}."]
    if room.decision:
        who = room.decision.recorded_by.full_name
        sentences.append(f"Decision: {room.decision.get_outcome_display()}, recorded by {who}.")
    if screen and screen.presenter:
        sentences.append(f"{screen.presenter.full_name} presents.")
    return sentences


def minutes(room: Room, now: datetime) -> dict[str, int]:
    """What the list has taken, what it needs still, and how far it is behind what its cases were given."""
    taken, behind, planned = timedelta(), timedelta(), timedelta()
    for listing in dict.fromkeys(mark.listing for mark in room.marks):
        marks = [mark for mark in room.marks if mark.listing == listing]
        used, given = spent(marks, now), timedelta(minutes=allowed(marks[0], room))
        is_on = any(mark.started_at and not mark.ended_at for mark in marks)
        taken += used
        if used:
            behind += max(used - given, timedelta()) if is_on else used - given
        if marks[0].status in OUTCOME_OWED and marks[0].track == Track.DISCUSS:
            planned += max(given - used, timedelta())
    return {
        "spent_minutes": whole(taken),
        "planned_minutes": whole(planned),
        "behind_minutes": whole(behind),
    }


def spent(marks: Iterable[Mark], now: datetime) -> timedelta:
    """All intervals in which the case was discussed, the one that runs included."""
    return sum(((m.ended_at or now) - m.started_at for m in marks if m.started_at), timedelta())


def allowed(mark: Mark, room: Room) -> int:
    """Minutes: the case's own, or those that the team's cases usually have."""
    return room.listing.meeting.team.minutes_per_case if mark.minutes is None else mark.minutes


def whole(time: timedelta) -> int:
    """Minutes that have passed in full, of a time that may lie behind zero."""
    return int(time.total_seconds() / 60)
