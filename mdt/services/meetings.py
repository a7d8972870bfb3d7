"""Planning meetings and moving them through their states."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from accounts.calendar import bank_holidays
from accounts.models import Membership, Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.models import Episode
from cases.services.refusals import said
from mdt.models import Listing, Meeting
from mdt.rhythm import at, cut_off, meeting_days, same_week
from mdt.services.attendance import all_leave
from mdt.services.discussions import end_discussions
from mdt.services.drafts import discard_drafts_of
from mdt.services.listings import list_case
from mdt.services.screens import empty_screen, open_screen
from mdt.services.standard_cases import note_proposed, record_standards
from mdt.services.taking_off import put_off
from mdt.workflow import (
    MEETING,
    NOT_OPENED,
    OUTCOME_OWED,
    STANDING,
    ListingStatus,
    MeetingStatus,
    NotNow,
    PostponeReason,
)


@transaction.atomic
def plan_meeting(
    *, team: Team, starts_at: datetime, place: str = "", chair: User | None = None, by: User
) -> Meeting:
    """Put a meeting into the team's calendar by hand. Raises ValidationError by field.

    On the team's weekday it is that week's meeting, where the week has none yet; any other is an extra one.
    """
    by.must(Permission.LIST_CASES, team)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    errors = _wrong_time(team, starts_at)
    if chair and not _is_member(chair, team):
        errors["chair"] = [f"{chair} is not a member of this team. Choose a member."]
    if errors:
        raise ValidationError(errors)
    day = timezone.localdate(starts_at)
    keeps = day.weekday() == team.meeting_weekday and day not in bank_holidays(day.year)
    rhythm_on = day if keeps and not any(same_week(day, each) for each in days_taken(team)) else None
    return make_meeting(team, starts_at, place=place, chair=chair, rhythm_on=rhythm_on, by=by)


def _wrong_time(team: Team, starts_at: datetime, but: Meeting | None = None) -> dict[str, list[str]]:
    if starts_at <= timezone.now():
        return {"starts_at": ["The meeting would be in the past. Enter a later day and time."]}
    others = Meeting.objects.filter(team=team, starts_at=starts_at)
    if (others.exclude(pk=but.pk) if but else others).exists():
        return {"starts_at": ["The team has a meeting at that time already."]}
    return {}


def make_meeting(
    team: Team,
    starts_at: datetime,
    *,
    place: str,
    chair: User | None = None,
    rhythm_on: date | None,
    by: User | None,
) -> Meeting:
    """The row and its event. A list whose cut-off would have passed when it is made closes when the meeting begins."""
    closes_at = cut_off(starts_at, team.cutoff_working_days)
    meeting = Meeting.objects.create(
        team=team,
        starts_at=starts_at,
        place=place.strip(),
        chair=chair,
        rhythm_on=rhythm_on,
        is_extra=rhythm_on is None,
        cut_off_at=closes_at if closes_at > timezone.now() else starts_at,
    )
    audit.record(EventType.MEETING_PLANNED, target=meeting, by=by)
    return meeting


def days_taken(team: Team) -> list[date]:
    """A day in each week, from this one on, that has its meeting, held, moved or cancelled; extra ones take none."""
    since = timezone.now() - timedelta(weeks=2)
    kept = Meeting.objects.filter(team=team, starts_at__gt=since, is_extra=False)
    return [meeting.rhythm_on or meeting.day for meeting in kept]


def _is_member(person: User, team: Team) -> bool:
    return Membership.objects.in_team(team).filter(user=person).exists()


@transaction.atomic
def next_meeting(*, team: Team, by: User) -> Meeting:
    """The next meeting whose list is open; made by the team's rhythm where none is in the calendar yet."""
    return _next_after(team, timezone.now(), by)


@transaction.atomic
def list_for_next(*, episode: Episode, by: User, **asked: Any) -> Listing:
    """Put an episode on its team's next list as `list_case` does; a refusal leaves no meeting behind."""
    return list_case(meeting=next_meeting(team=episode.case.team, by=by), episode=episode, by=by, **asked)


@transaction.atomic
def meeting_after(*, meeting: Meeting, by: User) -> Meeting:
    """The next meeting after this one whose list is open."""
    return _next_after(meeting.team, max(meeting.starts_at, timezone.now()), by)


def _next_after(team: Team, after: datetime, by: User) -> Meeting:
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    now = timezone.now()
    coming = Meeting.objects.takes_listings().filter(team=team, starts_at__gt=after).select_related("team")
    for meeting in coming.order_by("starts_at"):
        if not meeting.is_late(now):
            return meeting
    by.must(Permission.LIST_CASES, team)
    taken = days_taken(team)
    times = set(Meeting.objects.filter(team=team, starts_at__gt=now).values_list("starts_at", flat=True))
    for day in meeting_days(timezone.localdate(after), team.meeting_weekday):
        starts_at = at(day, team.meeting_at)
        is_free = starts_at not in times and not any(same_week(day, each) for each in taken)
        if is_free and cut_off(starts_at, team.cutoff_working_days) > now:
            break
    return make_meeting(team, starts_at, place=team.meeting_place, rhythm_on=day, by=by)


@transaction.atomic
def change_meeting(
    *, meeting: Meeting, version: int | None, starts_at: datetime, place: str, by: User
) -> Meeting:
    """Another time or place, before it opens; the cut-off moves along."""
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("team").get(pk=meeting.pk)
    by.must(Permission.RUN_MEETING, meeting.team_id)
    check_version(meeting, version)
    if meeting.status not in NOT_OPENED:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so its time and place stay as they are.")
    if starts_at != meeting.starts_at:
        _refuse_time(meeting, starts_at)
        meeting.cut_off_at = cut_off(starts_at, meeting.team.cutoff_working_days)
    meeting.starts_at, meeting.place = starts_at, place.strip()
    meeting.save()
    data = {"starts_at": starts_at.isoformat(timespec="minutes")}
    audit.record(EventType.MEETING_MOVED, target=meeting, by=by, data=data)
    return meeting


def _refuse_time(meeting: Meeting, starts_at: datetime) -> None:
    errors = _wrong_time(meeting.team, starts_at, meeting)
    listed = Listing.objects.filter(meeting=meeting, status__in=STANDING)
    firsts = listed.annotate(referred_on=Min("episode__case__referrals__received_on"))
    last = max(filter(None, firsts.values_list("referred_on", flat=True)), default=None)
    if last and timezone.localdate(starts_at) < last:
        message = f"A case on the list was referred on {said(last)}. Choose that day or a later one."
        errors.setdefault("starts_at", []).append(message)
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def move_meeting(*, meeting: Meeting, version: int | None, to: str, by: User) -> Meeting:
    """The meeting's next state.

    Whoever opens the session presents. Ending it ends a discussion that is still marked, lets everybody leave
    and empties the screens; cancelling puts every case off; it is finished only when every case has its outcome.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("team").get(pk=meeting.pk)
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
    open_screen(meeting, by)


def _end(meeting: Meeting, by: User) -> None:
    now = timezone.now()
    meeting.ended_at = now
    end_discussions(meeting, now, by)
    record_standards(meeting=meeting, by=by)
    all_leave(meeting, now, by)
    empty_screen(meeting)
    for listing in _listings(meeting).filter(status=ListingStatus.TO_APPROVE):
        reason = "The chair had not approved it when the meeting ended."
        put_off(listing, ListingStatus.POSTPONED, reason, by)


def _finish(meeting: Meeting, by: User) -> None:
    waiting = Listing.objects.filter(meeting=meeting, status__in=OUTCOME_OWED).count()
    if waiting:
        cases = "1 case has" if waiting == 1 else f"{waiting} cases have"
        raise ValidationError(
            f"{cases} no outcome yet. Decide, postpone or take off the list each one first."
        )
    discard_drafts_of(meeting, by)


def _cancel(meeting: Meeting, by: User) -> None:
    for listing in _listings(meeting).filter(status__in=STANDING):
        reason = "The meeting was cancelled."
        put_off(listing, ListingStatus.POSTPONED, reason, by, coded=PostponeReason.CANCELLED)


def _open_list_again(meeting: Meeting, by: User) -> None:
    """After the cut-off only the chair does, and then until the meeting begins: what is added needs the chair."""
    if timezone.now() < meeting.closes_at:
        return
    if by.pk != meeting.chair_id:
        raise PermissionDenied(
            "The cut-off has passed, so only the chair of this meeting opens its list again."
        )
    meeting.cut_off_at = meeting.starts_at


def _listings(meeting: Meeting) -> "QuerySet[Listing]":
    rows = Listing.objects.select_for_update(of=("self",)).select_related("episode__case")
    return rows.filter(meeting=meeting).order_by("pk")


def _nothing(meeting: Meeting, by: User) -> None:
    """Closing the list changes nothing else."""


_ON_THE_WAY: dict[str, Callable[[Meeting, User], None]] = {
    MeetingStatus.PLANNED: _open_list_again,
    MeetingStatus.IN_SESSION: _open,
    MeetingStatus.OUTCOMES_TO_FINISH: _end,
    MeetingStatus.FINISHED: _finish,
    MeetingStatus.CANCELLED: _cancel,
}


@transaction.atomic
def set_chair(*, meeting: Meeting, version: int | None, chair: User | None, by: User) -> Meeting:
    """Who chairs this meeting: a duty, not a role."""
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("team").get(pk=meeting.pk)
    by.must(Permission.RUN_MEETING, meeting.team_id)
    check_version(meeting, version)
    if meeting.status in (MeetingStatus.FINISHED, MeetingStatus.CANCELLED):
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so its chair stays who it was.")
    if chair and not _is_member(chair, meeting.team):
        raise ValidationError({"chair": [f"{chair} is not a member of this team. Choose a member."]})
    meeting.chair = chair
    meeting.save()
    audit.record(EventType.MEETING_MOVED, target=meeting, by=by, data={"chair": chair.pk if chair else None})
    return meeting
