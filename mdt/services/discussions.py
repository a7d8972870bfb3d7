"""The presenter's mark: when a case is discussed, and so who is present for its decision."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from cases.clinical.contract import read_case
from mdt.models import Attendance, Decision, Discussion, Listing, Meeting
from mdt.quorum import Quorum, quorum_of
from mdt.services.back_to_discussion import back_to_discussion
from mdt.workflow import LISTING, ListingStatus, MeetingStatus, NotNow, Track
from treatments.guidance.facts import has_spread
from treatments.presence import Presence, Present


@transaction.atomic
def start_discussion(*, listing: Listing, version: int | None = None, by: User) -> Discussion:
    """Mark the case as being discussed; the one before it is over by that. `version`: as the caller saw it."""
    meeting = Meeting.objects.select_for_update().get(pk=listing.meeting_id)
    by.must(Permission.RUN_MEETING, meeting.team_id)
    if meeting.status != MeetingStatus.IN_SESSION:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. Open it first; then its cases can be discussed.")
    listing = Listing.objects.select_for_update(of=("self",)).select_related("episode").get(pk=listing.pk)
    _must_be_as_seen(listing, version)
    LISTING.check(listing.status, ListingStatus.DISCUSSING)
    now = timezone.now()
    end_discussions(meeting, now, by)
    if listing.track == Track.STANDARD_OF_CARE:
        back_to_discussion(listing, "It was discussed.", pulled_back_by=by, by=by)
        listing.save(update_fields=["track", "pulled_back_by", "pulled_back_at", "pulled_back_reason"])
    discussion = Discussion.objects.create(listing=listing, started_at=now, marked_by=by)
    _to(listing, ListingStatus.DISCUSSING)
    case_id = listing.episode.case_id
    audit.record(EventType.DISCUSSION_STARTED, target=listing, by=by, case_id=case_id)
    return discussion


@transaction.atomic
def end_discussion(*, listing: Listing, version: int | None = None, by: User) -> Listing:
    """The case is no longer being discussed; its decision may be recorded still."""
    rows = Listing.objects.select_for_update(of=("self",)).select_related("meeting", "episode")
    listing = rows.get(pk=listing.pk)
    by.must(Permission.RUN_MEETING, listing.meeting.team_id)
    _must_be_as_seen(listing, version)
    if listing.status != ListingStatus.DISCUSSING:
        raise NotNow("The case is not being discussed any more.")
    _end(listing, timezone.now(), by)
    return listing


def _must_be_as_seen(listing: Listing, version: int | None) -> None:
    """It is counted up where its state changes."""
    if version is not None and listing.version != version:
        raise StaleVersion(listing)


def end_discussions(meeting: Meeting, now: datetime, by: User) -> None:
    """Whatever is still marked as being discussed in this meeting is over."""
    rows = Listing.objects.select_for_update(of=("self",)).select_related("episode")
    for listing in rows.filter(meeting=meeting, status=ListingStatus.DISCUSSING):
        _end(listing, now, by)


def _end(listing: Listing, now: datetime, by: User) -> None:
    """A case that has its decision already keeps it; every other one owes its outcome."""
    close_marks(listing, now)
    decided = Decision.objects.filter(listing=listing).exists()
    _to(listing, ListingStatus.DECIDED if decided else ListingStatus.DISCUSSED)
    case_id = listing.episode.case_id
    audit.record(EventType.DISCUSSION_ENDED, target=listing, by=by, case_id=case_id)


def close_marks(listing: Listing, now: datetime) -> None:
    listing.discussions.filter(ended_at__isnull=True).update(ended_at=now)


def _to(listing: Listing, status: ListingStatus) -> None:
    LISTING.check(listing.status, status)
    listing.status = status
    listing.version += 1
    listing.save(update_fields=["status", "version"])


def presence_of(listing: Listing) -> Presence:
    """Who was there while the case was discussed, without those who stepped aside from it."""
    return presence_in(attendances_of(listing))


def attendances_of(listing: Listing) -> list[Attendance]:
    """The attendances behind `presence_of`, in three statements."""
    attendances = listing.meeting.attendances.select_related("person", "deputises_for")
    recused = set(listing.recusals.values_list("person", flat=True))
    return during(attendances, list(listing.discussions.all()), recused)


class Interval(Protocol):
    """A time in which a case was discussed."""

    @property
    def started_at(self) -> datetime | None: ...

    @property
    def ended_at(self) -> datetime | None: ...


def during(
    attendances: Iterable[Attendance], discussions: Sequence[Interval], recused: set[int]
) -> list[Attendance]:
    """Those of the rows that overlap a discussion of the case, without the recused."""
    return [
        row
        for row in attendances
        if row.person_id not in recused and any(_overlap(row, discussion) for discussion in discussions)
    ]


def _overlap(row: Attendance, discussion: Interval) -> bool:
    if discussion.started_at is None:
        return False
    arrived_in_time = discussion.ended_at is None or row.arrived_at < discussion.ended_at
    # nobody was there who left in the very moment of arriving
    since = max(row.arrived_at, discussion.started_at)
    return arrived_in_time and (row.left_at is None or row.left_at > since)


def presence_in(rows: Iterable[Attendance]) -> Presence:
    """Several intervals of one person in one role are one presence, with what they give as it was recorded last."""
    return tuple({(row.person_id, row.role): _present(row) for row in rows}.values())


def _present(row: Attendance) -> Present:
    return Present(row.person_id, row.person.full_name, row.role, tuple(row.competences))


def quorum_now(meeting: Meeting, attendances: Iterable[Attendance]) -> Quorum:
    """By the team's rule, of those who are there now; what one case needs beyond it is said with the case."""
    there = [row for row in attendances if row.left_at is None]
    return quorum_of(meeting.team.quorum, presence_in(there), palliative_needed=False)


def quorum_for(listing: Listing, presence: Presence) -> Quorum:
    """The team's rule on this case: the palliative care doctor counts where it has spread or has symptoms."""
    team, episode = listing.meeting.team, listing.episode
    suffers = episode.case.has_symptoms or has_spread(read_case(episode.facts, {}))
    needed = team.palliative_when_spread and suffers
    return quorum_of(team.quorum, presence, palliative_needed=needed)
