"""Who is at a meeting, in which role, from when to when; and who steps aside from a case."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import SIX_ROLES, Permission, Role
from audit import services as audit
from audit.events import EventType
from cases.services.refusals import Refusals
from mdt.models import Attendance, Listing, Meeting, Recusal
from mdt.services.back_to_discussion import back_to_discussion
from mdt.workflow import ListingStatus, MeetingStatus, NotNow, Track


@transaction.atomic
def record_attendance(
    *,
    meeting: Meeting,
    person: User,
    mode: str = Attendance.Mode.IN_PERSON,
    role: str = "",
    deputises_for: User | None = None,
    at: datetime | None = None,
    by: User,
) -> Attendance:
    """Someone has arrived. Their role is that of their membership; `role` chooses where they hold several."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    by.must(Permission.RUN_MEETING, meeting.team_id)
    if meeting.status != MeetingStatus.IN_SESSION:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. Who is there is recorded while it is open.")
    at = at or timezone.now()
    membership = _membership(meeting, person, role)
    refusals = Refusals()
    if mode not in Attendance.Mode.values:
        refusals.add("mode", "Choose in person or remote.")
    if deputises_for and not _holds(meeting, deputises_for, membership.role):
        label = membership.get_role_display().lower()
        refusals.add(
            "deputises_for", f"{deputises_for} is not a {label} of this team, so nobody deputises for them."
        )
    if at > timezone.now():
        refusals.add("at", "The time of arrival is in the future. Enter a time up to now.")
    if meeting.attendances.filter(person=person, left_at__isnull=True).exists():
        refusals.add("person", f"Recorded as present already: {person}.")
    refusals.settle()
    attendance = Attendance.objects.create(
        meeting=meeting,
        person=person,
        role=membership.role,
        competences=membership.competences,
        mode=mode,
        deputises_for=deputises_for,
        arrived_at=at,
        recorded_by=by,
    )
    audit.record(EventType.ATTENDANCE_RECORDED, target=attendance, by=by, data={"arrived": person.pk})
    return attendance


def _membership(meeting: Meeting, person: User, role: str) -> Membership:
    held = [
        m for m in Membership.objects.in_team(meeting.team_id).filter(user=person) if role in ("", m.role)
    ]
    if not held:
        raise ValidationError({"person": [f"{person} does not hold that role in this team."]})
    return min(held, key=lambda m: (m.role not in SIX_ROLES, m.pk))


def _holds(meeting: Meeting, person: User, role: str) -> bool:
    return Membership.objects.in_team(meeting.team_id).with_role(Role(role)).filter(user=person).exists()


@transaction.atomic
def record_leaving(*, attendance: Attendance, at: datetime | None = None, by: User) -> Attendance:
    """Someone has left; what was decided while they were there stays as it was."""
    attendance = (
        Attendance.objects.select_for_update(of=("self",))
        .select_related("meeting", "person")
        .get(pk=attendance.pk)
    )
    by.must(Permission.RUN_MEETING, attendance.meeting.team_id)
    if attendance.left_at:
        raise NotNow(f"{attendance.person} is recorded as having left already.")
    at = at or timezone.now()
    if at < attendance.arrived_at:
        raise ValidationError({"at": ["They cannot leave before they arrived."]})
    if at > timezone.now():
        raise ValidationError({"at": ["The time of leaving is in the future. Enter a time up to now."]})
    return _leave(attendance, at, by)


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


def recused_of(listing: Listing) -> list[dict[str, Any]]:
    """Who stepped aside from the case, as a decision keeps it."""
    return [
        {"person": each.person_id, "name": each.person.full_name, "interest": each.interest}
        for each in listing.recusals.select_related("person")
    ]


@transaction.atomic
def recuse(*, listing: Listing, person: User, interest: str, by: User) -> Recusal:
    """Someone steps aside from one case, with the interest declared; they don't count for its quorum."""
    rows = Listing.objects.select_for_update(of=("self",)).select_related("meeting", "episode")
    listing = rows.get(pk=listing.pk)
    by.must(Permission.RUN_MEETING, listing.meeting.team_id)
    refusals = Refusals()
    refusals.need("interest", "Interest declared", interest.strip())
    refusals.length("interest", "Interest declared", interest, 300)
    if not Membership.objects.in_team(listing.meeting.team_id).filter(user=person).exists():
        refusals.add("person", f"{person} is not a member of this team.")
    if listing.recusals.filter(person=person).exists():
        refusals.add("person", f"{person} has stepped aside already.")
    refusals.settle()
    row = Recusal.objects.create(listing=listing, person=person, interest=interest.strip(), recorded_by=by)
    data = {"recused": person.pk}
    case_id = listing.episode.case_id
    audit.record(EventType.ATTENDANCE_RECORDED, target=row, by=by, case_id=case_id, data=data)
    if listing.track == Track.STANDARD_OF_CARE and listing.standard_confirmed_by_id == person.pk:
        _discuss_instead(listing, person, by)
    return row


def _discuss_instead(listing: Listing, person: User, by: User) -> None:
    """Who steps aside has confirmed nothing: while the session lasts the case is discussed."""
    if listing.status != ListingStatus.LISTED:
        return
    back_to_discussion(listing, f"{person} had confirmed it and stepped aside from it.", by=by)
    listing.version += 1
    listing.save()
