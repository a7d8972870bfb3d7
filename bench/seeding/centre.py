"""The teams, people and hospitals that the seeded cases belong to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Membership, Organisation, Team, User
from accounts.permissions import SIX_ROLES, Competence, Role
from mdt.models import Attendance, Meeting
from mdt.workflow import MeetingStatus

PASSWORD = "bench-of-one-machine"
DOMAIN = "bench.example"
ROLES = (Role.COORDINATOR, *SIX_ROLES, Role.MANAGER)
YEARS = 10


@dataclass
class Centre:
    """One team with its people, its meetings by day, and the hospital that refers to it."""

    team: Team
    sender: Organisation
    referrer: User
    people: dict[str, User]
    meetings: dict[date, Meeting] = field(default_factory=dict)
    listed: Counter[int] = field(default_factory=Counter)

    @property
    def coming(self) -> Meeting:
        return self.meetings[max(self.meetings)]

    def meeting_after(self, day: date) -> Meeting | None:
        """The team's first meeting from that day on which has been held."""
        day += timedelta(days=(self.team.meeting_weekday - day.weekday()) % 7)
        meeting = self.meetings.get(day)
        return meeting if meeting and meeting.status == MeetingStatus.FINISHED else None


def make_centres(*, teams: int, today: date) -> list[Centre]:
    """Teams of two specialist hospitals, each with everyone that a meeting needs and years of meetings."""
    hosts = [
        Organisation.objects.create(
            name=f"Specialist Hospital {n}",
            code=f"BS{n}",
            is_specialist_centre=True,
            offers_metastasectomy=True,
        )
        for n in (1, 2)
    ]
    senders = [Organisation.objects.create(name=f"District Hospital {n}", code=f"BD{n}") for n in (1, 2)]
    password = make_password(PASSWORD)
    made = [_centre(n, hosts[n % 2], senders[n % 2], password) for n in range(1, teams + 1)]
    for centre in made:
        _meetings(centre, today)
    return made


def _centre(number: int, host: Organisation, sender: Organisation, password: str) -> Centre:
    team = Team.objects.create(
        organisation=host, name=f"Sarcoma MDT {number}", reference_prefix=f"BN{number}"
    )
    people = {role.value: _member(role, host, team, password) for role in ROLES}
    referrer = _member(Role.REFERRER, sender, None, password, suffix=str(number))
    return Centre(team, sender, referrer, people)


def _member(role: Role, host: Organisation, team: Team | None, password: str, suffix: str = "") -> User:
    place = team.reference_prefix.lower() if team else f"{host.code.lower()}-{suffix}"
    user = User.objects.create(
        email=f"{role.value}.{place}@{DOMAIN}",
        full_name=f"Dr {role.label} {place.upper()}",
        password=password,
    )
    oncologist = [Competence.SYSTEMIC_TREATMENT, Competence.RADIOTHERAPY] if role == Role.ONCOLOGIST else []
    specialty = "" if team else "Orthopaedic surgery"
    Membership.objects.create(
        user=user, organisation=host, team=team, role=role, specialty=specialty, competences=oncologist
    )
    return user


def _meetings(centre: Centre, today: date) -> None:
    """One a week, all held but the next one."""
    weekday = centre.team.meeting_weekday
    coming = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    days = [coming - timedelta(weeks=weeks) for weeks in range(YEARS * 52)]
    rows = [_meeting(centre, day, held=day < coming) for day in days]
    centre.meetings = dict(zip(days, Meeting.objects.bulk_create(rows), strict=True))
    _attendances(centre, [meeting for meeting in rows if meeting.ended_at])


def _meeting(centre: Centre, day: date, *, held: bool) -> Meeting:
    starts = timezone.make_aware(datetime.combine(day, time(8, 30)))
    meeting = Meeting(
        team=centre.team, starts_at=starts, place="Seminar room", chair=centre.people[Role.SURGEON]
    )
    if held:
        meeting.status = MeetingStatus.FINISHED
        meeting.opened_at, meeting.ended_at = starts, starts + timedelta(hours=2)
    return meeting


def _attendances(centre: Centre, meetings: Sequence[Meeting]) -> None:
    competences = {Role.ONCOLOGIST: [Competence.SYSTEMIC_TREATMENT, Competence.RADIOTHERAPY]}
    Attendance.objects.bulk_create(
        Attendance(
            meeting=meeting,
            person=centre.people[role],
            role=role,
            competences=competences.get(role, []),
            arrived_at=meeting.opened_at,
            left_at=meeting.ended_at,
            recorded_by=centre.people[Role.COORDINATOR],
        )
        for meeting in meetings
        for role in SIX_ROLES
    )
