"""Who is at a meeting, in which role, from when to when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import SIX_ROLES, Permission, Role
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from cases.services.refusals import Refusals, said_time
from mdt.models import Attendance, Meeting
from mdt.workflow import OPEN, MeetingStatus, NotNow

BEFORE_OPENING = timedelta(minutes=30)
"""People come before the session is opened; nobody is recorded as there earlier than that."""


@dataclass(frozen=True)
class Arrival:
    """Someone who came: in which of their roles and how, for whom, and when if it was not just now."""

    person: User
    role: str = ""
    mode: str = Attendance.Mode.IN_PERSON
    deputises_for: User | None = None
    at: datetime | None = None
    until: datetime | None = None


@dataclass
class _Roll:
    """The team's members, and every interval of the meeting, as they are under its lock."""

    meeting: Meeting
    members: list[Membership]
    rows: list[Attendance] = field(default_factory=list)

    def of(self, person: User) -> list[Attendance]:
        return [row for row in self.rows if row.person_id == person.pk]

    def here(self, person: User) -> bool:
        return any(row.left_at is None for row in self.of(person))

    def holds(self, person: User, role: str) -> bool:
        return any(each.user_id == person.pk and each.role == role for each in self.members)


@transaction.atomic
def record_attendance(
    *,
    meeting: Meeting,
    person: User,
    mode: str = Attendance.Mode.IN_PERSON,
    role: str = "",
    deputises_for: User | None = None,
    at: datetime | None = None,
    until: datetime | None = None,
    by: User,
) -> Attendance:
    """Someone has arrived. Their role is that of their membership; `role` chooses where they hold several.

    Members record themselves, as of now; everybody else, and another time, whoever runs the meeting does. A guest of
    another team comes as an observer. `until`: they have left already.
    """
    roll = _roll(meeting, {person.pk}, by)
    arrival = Arrival(person, role, mode, deputises_for, at, until)
    return _arrive(roll, [arrival], by)[0]


@transaction.atomic
def record_arrivals(*, meeting: Meeting, arrivals: Sequence[Arrival], by: User) -> list[Attendance]:
    """Several have arrived; whom somebody else recorded meanwhile stays as they are."""
    roll = _roll(meeting, {each.person.pk for each in arrivals}, by)
    return _arrive(roll, [each for each in arrivals if not roll.here(each.person)], by)


def _roll(meeting: Meeting, people: Iterable[int], by: User) -> _Roll:
    """Under the lock of the meeting, so that two who record the same arrival follow each other."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    _must(meeting, people, by)
    if meeting.status != MeetingStatus.IN_SESSION:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. Who is there is recorded while it is open.")
    return _Roll(meeting, list(Membership.objects.in_team(meeting.team_id)), list(meeting.attendances.all()))


def _must(meeting: Meeting, people: Iterable[int], by: User) -> None:
    """Of themselves every member records it; of others, whoever runs the meeting."""
    only_self = set(people) == {by.pk}
    by.must(Permission.ATTEND if only_self else Permission.RUN_MEETING, meeting.team_id)


def _arrive(roll: _Roll, arrivals: Sequence[Arrival], by: User) -> list[Attendance]:
    rows = []
    for each in arrivals:
        rows.append(_row(roll, each, by))
        roll.rows.append(rows[-1])
    for row in rows:
        _end_deputising(row, by)
    Attendance.objects.bulk_create(rows)
    for row in rows:
        data = {"arrived": row.person_id}
        audit.record(EventType.ATTENDANCE_RECORDED, target=row, by=by, data=data)
    return rows


def _row(roll: _Roll, arrival: Arrival, by: User) -> Attendance:
    """What is recorded of one arrival, not saved yet. Raises ValidationError by field with everything that is wrong."""
    person, at = arrival.person, arrival.at or timezone.now()
    role, competences = _seat(roll, arrival)
    refusals = Refusals()
    if arrival.mode not in Attendance.Mode.values:
        refusals.add("mode", "Choose in person or remote.")
    if arrival.deputises_for:
        _refuse_deputy(roll, arrival, arrival.deputises_for, role, refusals)
    if roll.here(person):
        refusals.add("person", f"Recorded as present already: {person}.")
    else:
        _refuse_times(roll.meeting, (at, arrival.until), roll.of(person), refusals)
    if (arrival.at or arrival.until) and not by.may(Permission.RUN_MEETING, roll.meeting.team_id):
        refusals.add("at", "Another time than now is recorded by whoever runs the meeting.")
    refusals.settle()
    return Attendance(
        meeting=roll.meeting,
        person=person,
        role=role,
        competences=competences,
        mode=arrival.mode,
        deputises_for=arrival.deputises_for,
        arrived_at=at,
        left_at=arrival.until,
        recorded_by=by,
    )


def _seat(roll: _Roll, arrival: Arrival) -> tuple[str, list[str]]:
    """The role in which they come, with what they may give; a guest of another team observes."""
    person, role = arrival.person, arrival.role
    held = [each for each in roll.members if each.user_id == person.pk and role in ("", each.role)]
    if held:
        member = min(held, key=lambda each: (each.role not in SIX_ROLES, each.pk))
        return member.role, list(member.competences)
    if role == Role.OBSERVER and person.is_active and not person.is_machine:
        return Role.OBSERVER, []
    raise ValidationError({"person": [f"{person} does not hold that role in this team."]})


def _refuse_deputy(roll: _Roll, arrival: Arrival, absent: User, role: str, refusals: Refusals) -> None:
    if absent == arrival.person:
        refusals.add("deputises_for", f"{absent} cannot deputise for themselves.")
    elif role not in SIX_ROLES or not roll.holds(absent, role):
        refusals.add(
            "deputises_for",
            f"{absent} does not sit in this team as {Role(role).label}, so nobody deputises for them.",
        )
    elif roll.here(absent):
        refusals.add("deputises_for", f"{absent} is there, so nobody deputises for them.")


def _end_deputising(came: Attendance, by: User) -> None:
    """From the arrival of whoever was absent on, their deputy is there as themselves: it is split at that moment."""
    rows = Attendance.objects.select_for_update().filter(
        meeting=came.meeting_id, deputises_for=came.person_id
    )
    still = Q(left_at__isnull=True) | Q(left_at__gt=came.arrived_at)
    before = Q() if came.left_at is None else Q(arrived_at__lt=came.left_at)
    for row in rows.filter(still, before):
        was, left_at = (row.arrived_at, row.left_at), row.left_at
        if row.arrived_at >= came.arrived_at:
            row.deputises_for = None
            row.save(update_fields=["deputises_for"])
            _record_correction(row, by, was=was)
            continue
        row.left_at = came.arrived_at
        row.save(update_fields=["left_at"])
        _record_correction(row, by, was=was)
        again = Attendance.objects.create(
            meeting=came.meeting,
            person_id=row.person_id,
            role=row.role,
            competences=row.competences,
            mode=row.mode,
            arrived_at=came.arrived_at,
            left_at=left_at,
            recorded_by=by,
        )
        data = {"arrived": row.person_id}
        audit.record(EventType.ATTENDANCE_RECORDED, target=again, by=by, data=data)


def _refuse_times(
    meeting: Meeting,
    times: tuple[datetime, datetime | None],
    others: Iterable[Attendance],
    refusals: Refusals,
    names: tuple[str, str] = ("at", "until"),
) -> None:
    """One interval of a person beside their others: not in the future, not long before the session, none twice."""
    (at, until), now = times, timezone.now()
    earliest = (meeting.opened_at or now) - BEFORE_OPENING
    if at > now:
        refusals.add(names[0], "The time of arrival is in the future. Enter a time up to now.")
    elif at < earliest:
        refusals.add(
            names[0],
            f"The time of arrival is long before the session was opened. Enter {said_time(earliest)} or later.",
        )
    if until is not None:
        _refuse_end(meeting, at, until, now, refusals, names[1])
    for row in others:
        if (until is None or row.arrived_at < until) and (row.left_at is None or row.left_at > at):
            name = names[0] if row.arrived_at <= at else names[1]
            refusals.add(name, f"They are recorded as present {_interval(row)}, which this time falls into.")


def _refuse_end(
    meeting: Meeting, at: datetime, until: datetime, now: datetime, refusals: Refusals, name: str
) -> None:
    if until <= at:
        refusals.add(name, "They cannot leave before they arrived.")
    elif until > now:
        refusals.add(name, "The time of leaving is in the future. Enter a time up to now.")
    elif meeting.status != MeetingStatus.IN_SESSION and meeting.ended_at and until > meeting.ended_at:
        refusals.add(name, f"The session ended at {said_time(meeting.ended_at)}. Enter a time up to then.")


def _interval(row: Attendance) -> str:
    return f"from {said_time(row.arrived_at)}" + (f" to {said_time(row.left_at)}" if row.left_at else " on")


def _locked(attendance: Attendance) -> Attendance:
    """Under the lock of its meeting first, as arrivals are, then of the row itself."""
    Meeting.objects.select_for_update().get(pk=attendance.meeting_id)
    rows = Attendance.objects.select_for_update(of=("self",)).select_related("meeting", "person")
    found = rows.filter(pk=attendance.pk).first()
    if found is None:
        raise NotNow("This was removed meanwhile, as recorded by mistake.")
    return found


@transaction.atomic
def record_leaving(*, attendance: Attendance, at: datetime | None = None, by: User) -> Attendance:
    """Someone has left; what was decided while they were there stays as it was."""
    attendance = _here(attendance, at, by)
    return _leave(attendance, _moment(attendance, at), by)


@transaction.atomic
def change_mode(*, attendance: Attendance, mode: str, at: datetime | None = None, by: User) -> Attendance:
    """From the room to the screen, or back: one interval ends and another begins in the same moment."""
    attendance = _here(attendance, at, by)
    if mode not in Attendance.Mode.values:
        raise ValidationError({"mode": ["Choose in person or remote."]})
    if mode == attendance.mode:
        raise NotNow(f"{attendance.person} is recorded as {attendance.get_mode_display().lower()} already.")
    moment = _moment(attendance, at)
    _leave(attendance, moment, by)
    again = Attendance.objects.create(
        meeting=attendance.meeting,
        person=attendance.person,
        role=attendance.role,
        competences=attendance.competences,
        mode=mode,
        deputises_for_id=attendance.deputises_for_id,
        arrived_at=moment,
        recorded_by=by,
    )
    data = {"arrived": again.person_id, "mode": mode}
    audit.record(EventType.ATTENDANCE_RECORDED, target=again, by=by, data=data)
    return again


def _here(attendance: Attendance, at: datetime | None, by: User) -> Attendance:
    """Somebody who is there, locked, with the right to say otherwise."""
    attendance = _locked(attendance)
    _must(attendance.meeting, {attendance.person_id}, by)
    if attendance.left_at:
        raise NotNow(f"{attendance.person} is recorded as having left already.")
    if at is not None and not by.may(Permission.RUN_MEETING, attendance.meeting.team_id):
        raise ValidationError({"at": ["Another time than now is recorded by whoever runs the meeting."]})
    return attendance


def _moment(attendance: Attendance, at: datetime | None) -> datetime:
    at = at or timezone.now()
    if at < attendance.arrived_at:
        raise ValidationError({"at": ["They cannot leave before they arrived."]})
    if at > timezone.now():
        raise ValidationError({"at": ["The time of leaving is in the future. Enter a time up to now."]})
    return at


def _leave(attendance: Attendance, at: datetime, by: User) -> Attendance:
    attendance.left_at = at
    attendance.save(update_fields=["left_at"])
    data = {"left": attendance.person_id}
    audit.record(EventType.ATTENDANCE_RECORDED, target=attendance, by=by, data=data)
    return attendance


def all_leave(meeting: Meeting, at: datetime, by: User) -> None:
    """The session is over: nobody counts as present for a case that is discussed after it is opened again."""
    for attendance in meeting.attendances.select_for_update().filter(left_at__isnull=True):
        _leave(attendance, at, by)


@transaction.atomic
def correct_attendance(
    *,
    attendance: Attendance,
    seen_arrived_at: datetime,
    seen_left_at: datetime | None,
    arrived_at: datetime,
    left_at: datetime | None,
    by: User,
) -> Attendance:
    """An interval was recorded wrongly; decisions keep who was there as it was recorded when they were made.

    Raises StaleVersion where the interval is not as it was seen any more, ValidationError by field.
    """
    attendance = _correctable(attendance, by)
    was = attendance.arrived_at, attendance.left_at
    if was != (seen_arrived_at, seen_left_at):
        raise StaleVersion(attendance)
    if was == (arrived_at, left_at):
        return attendance
    meeting, refusals = attendance.meeting, Refusals()
    if left_at is None and meeting.status != MeetingStatus.IN_SESSION:
        refusals.add("left_at", "The session has ended, so everybody has left. Enter the time of leaving.")
    others = meeting.attendances.filter(person=attendance.person_id).exclude(pk=attendance.pk)
    _refuse_times(meeting, (arrived_at, left_at), others, refusals, ("arrived_at", "left_at"))
    refusals.settle()
    attendance.arrived_at, attendance.left_at = arrived_at, left_at
    attendance.save(update_fields=["arrived_at", "left_at"])
    _record_correction(attendance, by, was=was)
    _end_deputising(attendance, by)
    return attendance


@transaction.atomic
def remove_attendance(*, attendance: Attendance, by: User) -> None:
    """It was recorded by mistake: they were not there at all in that time. The row's history keeps it."""
    attendance = _correctable(attendance, by)
    _record_correction(attendance, by, was=(attendance.arrived_at, attendance.left_at), is_removed=True)
    attendance.delete()


def _correctable(attendance: Attendance, by: User) -> Attendance:
    attendance = _locked(attendance)
    meeting = attendance.meeting
    by.must(Permission.RUN_MEETING, meeting.team_id)
    if meeting.status not in OPEN:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so who was there stays as it was recorded.")
    return attendance


def _record_correction(
    attendance: Attendance, by: User, *, was: tuple[datetime, datetime | None], is_removed: bool = False
) -> None:
    data: dict[str, Any] = {"person": attendance.person_id, "was": [at and at.isoformat() for at in was]}
    if is_removed:
        data["removed"] = True
    else:
        now = attendance.arrived_at, attendance.left_at
        data["is"] = [at and at.isoformat() for at in now]
    target = attendance.meeting if is_removed else attendance
    audit.record(EventType.ATTENDANCE_CORRECTED, target=target, by=by, data=data)
