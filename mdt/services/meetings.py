"""Planning meetings and moving them through their states."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from mdt.models import Listing, Meeting
from mdt.rhythm import at, meeting_days
from mdt.services.attendance import all_leave
from mdt.services.discussions import end_discussions
from mdt.services.listings import put_off
from mdt.services.standard_cases import note_proposed, record_standards
from mdt.workflow import MEETING, OFF_THE_LIST, OUTCOME_OWED, ListingStatus, MeetingStatus


@transaction.atomic
def plan_meeting(
    *, team: Team, starts_at: datetime, place: str = "", chair: User | None = None, by: User
) -> Meeting:
    """Put a meeting into the team's calendar. Raises ValidationError by field."""
    by.must(Permission.LIST_CASES, team)
    errors: dict[str, list[str]] = {}
    if starts_at <= timezone.now():
        errors["starts_at"] = ["The meeting would be in the past. Enter a later day and time."]
    elif Meeting.objects.filter(team=team, starts_at=starts_at).exists():
        errors["starts_at"] = ["The team has a meeting at that time already."]
    if chair and not _is_member(chair, team):
        errors["chair"] = [f"{chair} is not a member of this team. Choose a member."]
    if errors:
        raise ValidationError(errors)
    meeting = Meeting.objects.create(team=team, starts_at=starts_at, place=place.strip(), chair=chair)
    audit.record(EventType.MEETING_PLANNED, target=meeting, by=by)
    return meeting


def _is_member(person: User, team: Team) -> bool:
    return Membership.objects.in_team(team).filter(user=person).exists()


@transaction.atomic
def next_meeting(*, team: Team, by: User) -> Meeting:
    """The next meeting that takes cases; made by the team's rhythm where none is in the calendar yet."""
    Team.objects.select_for_update().get(pk=team.pk)
    now = timezone.now()
    coming = (
        Meeting.objects.takes_listings().filter(team=team, starts_at__gt=now).order_by("starts_at").first()
    )
    if coming:
        return coming
    taken = set(Meeting.objects.filter(team=team, starts_at__gt=now).values_list("starts_at", flat=True))
    days = meeting_days(timezone.localdate(), team.meeting_weekday)
    starts_at = next(start for day in days if (start := at(day, team.meeting_at)) not in taken)
    return plan_meeting(team=team, starts_at=starts_at, by=by)


@transaction.atomic
def move_meeting(*, meeting: Meeting, version: int | None, to: str, by: User) -> Meeting:
    """The meeting's next state.

    Ending the session ends a discussion that is still marked and lets everybody leave; cancelling it puts
    every case off; it is finished only when every case has its outcome.
    """
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    by.must(Permission.RUN_MEETING, meeting.team_id)
    check_version(meeting, version)
    MEETING.check(meeting.status, to)
    data = {"from": meeting.status, "to": to}
    _ON_THE_WAY.get(to, _nothing)(meeting, by)
    meeting.status = MeetingStatus(to)
    meeting.save()
    audit.record(EventType.MEETING_MOVED, target=meeting, by=by, data=data)
    return meeting


def _open(meeting: Meeting, by: User) -> None:
    meeting.opened_at = meeting.opened_at or timezone.now()
    note_proposed(meeting)


def _end(meeting: Meeting, by: User) -> None:
    now = timezone.now()
    meeting.ended_at = now
    end_discussions(meeting, now, by)
    record_standards(meeting=meeting, by=by)
    all_leave(meeting, now, by)


def _finish(meeting: Meeting, by: User) -> None:
    waiting = Listing.objects.filter(meeting=meeting, status__in=OUTCOME_OWED).count()
    if waiting:
        cases = "1 case has" if waiting == 1 else f"{waiting} cases have"
        raise ValidationError(
            f"{cases} no outcome yet. Decide, postpone or take off the list each one first."
        )


def _cancel(meeting: Meeting, by: User) -> None:
    rows = Listing.objects.select_for_update(of=("self",)).select_related("episode__case")
    for listing in rows.filter(meeting=meeting).exclude(status__in=OFF_THE_LIST):
        put_off(listing, ListingStatus.POSTPONED, "The meeting was cancelled.", by)


def _nothing(meeting: Meeting, by: User) -> None:
    """Closing the list and opening it again change nothing else."""


_ON_THE_WAY: dict[str, Callable[[Meeting, User], None]] = {
    MeetingStatus.IN_SESSION: _open,
    MeetingStatus.OUTCOMES_TO_FINISH: _end,
    MeetingStatus.FINISHED: _finish,
    MeetingStatus.CANCELLED: _cancel,
}


@transaction.atomic
def set_chair(*, meeting: Meeting, version: int | None, chair: User | None, by: User) -> Meeting:
    """Who chairs this meeting: a duty, not a role."""
    meeting = Meeting.objects.select_for_update().select_related("team").get(pk=meeting.pk)
    by.must(Permission.RUN_MEETING, meeting.team_id)
    check_version(meeting, version)
    if chair and not _is_member(chair, meeting.team):
        raise ValidationError({"chair": [f"{chair} is not a member of this team. Choose a member."]})
    meeting.chair = chair
    meeting.save()
    audit.record(EventType.MEETING_MOVED, target=meeting, by=by, data={"chair": chair.pk if chair else None})
    return meeting
