"""Who came to the meetings: quorum of each, attendance by role and by member."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from accounts.models import Membership, Team
from accounts.permissions import SIX_ROLES, Competence, Role
from mdt.quorum import quorum_of
from reports.definitions import BY_KEY
from reports.figures.asked import HELD_MEETINGS, Asked
from reports.figures.found import Column, Found, Line
from reports.figures.words import aim_of, month_words, months_between
from treatments.presence import Present

_MEETINGS: Final = f"""
    WITH {HELD_MEETINGS}
    SELECT held.id, held.team_id, held.month, (held.starts_at AT TIME ZONE %(zone)s)::date,
        (SELECT jsonb_agg(DISTINCT jsonb_build_array(person_id, role, deputises_for_id, competences))
            FROM mdt_attendance WHERE meeting_id = held.id)
    FROM held
    ORDER BY held.starts_at, held.id
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that was held, and who was there at some time: person, role, for whom, competences."""

    id: int
    team_id: int
    month: date
    on: date
    there: tuple[tuple[int, str, int | None, tuple[str, ...]], ...]

    def came(self, person_id: int) -> bool:
        """Themselves, or somebody as their deputy."""
        return any(person_id in (person, deputised) for person, _, deputised, _ in self.there)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for _, role, _, _ in self.there)

    @property
    def competences(self) -> frozenset[str]:
        found = (each for _, role, _, each in self.there if role in SIX_ROLES)
        return frozenset(competence for each in found for competence in each)


def figures(asked: Asked, teams: Sequence[Team]) -> list[Found]:
    """Two statements: the meetings with who was there, and the core members."""
    meetings = [_held(row) for row in asked.rows(_MEETINGS)]
    core = Membership.objects.active().with_role(*SIX_ROLES).filter(team__in=asked.teams, is_core=True)
    members = list(core.select_related("user").order_by("user__full_name", "role", "pk"))
    return [
        _quorate(asked, teams, meetings),
        _by_role(teams, meetings, members),
        _by_member(teams, meetings, members),
    ]


def _held(row: tuple[Any, ...]) -> Held:
    pk, team_id, month, on, there = row
    people = tuple(
        (person, role, deputised, tuple(competences))
        for person, role, deputised, competences in json.loads(there or "[]")
    )
    return Held(pk, team_id, month, on, people)


def missing_of(meeting: Held, rule: Iterable[str]) -> tuple[str, ...]:
    """The roles of the quorum that nobody filled."""
    presence = tuple(Present(person, "", role, each) for person, role, _, each in meeting.there)
    return quorum_of(rule, presence, palliative_needed=False).missing


def _quorate(asked: Asked, teams: Sequence[Team], meetings: Sequence[Held]) -> Found:
    rules = {team.pk: team.quorum for team in teams}
    lacking = {meeting.id: missing_of(meeting, rules[meeting.team_id]) for meeting in meetings}
    lines = []
    for month in months_between(asked.start, asked.end):
        those = [meeting for meeting in meetings if meeting.month == month]
        quorate = sum(not lacking[meeting.id] for meeting in those)
        lines.append(Line(month_words(month), quorate, len(those)))
    whole = Line("All", sum(not each for each in lacking.values()), len(meetings))
    apart = [
        Line(_without(meeting.on, lacking[meeting.id]), 1) for meeting in meetings if lacking[meeting.id]
    ]
    return Found(
        BY_KEY["meetings_quorate"],
        Column("Month", "Quorate", "Held"),
        lines,
        whole,
        aim=aim_of(team.quorate_target_percent for team in teams),
        apart=apart,
    )


def _without(on: date, roles: Sequence[str]) -> str:
    names = [Role(role).label.lower() for role in roles]
    return f"{on.day} {on:%b %Y}: no {' and no '.join(names)}"


def _by_role(teams: Sequence[Team], meetings: Sequence[Held], members: Sequence[Membership]) -> Found:
    lines = []
    for role in SIX_ROLES:
        of_role = [member for member in members if member.role == role]
        lines.append(_role_line(role.label, of_role, meetings, [role not in each.roles for each in meetings]))
        if role == Role.ONCOLOGIST:
            for competence in Competence:
                giving = [member for member in of_role if competence in member.competences]
                nobody = [competence not in each.competences for each in meetings]
                lines.append(_role_line(f"… giving {competence.label.lower()}", giving, meetings, nobody))
    whole = [_role_line("All", members, meetings, [False])]
    return Found(
        BY_KEY["attendance_by_role"],
        Column("Role", "Came", "Due", more=("Nobody",)),
        lines,
        Line("All", whole[0].count, whole[0].of),
        aim=aim_of(team.attendance_target_percent for team in teams),
    )


def _role_line(
    label: str, members: Sequence[Membership], meetings: Sequence[Held], nobody: Iterable[bool]
) -> Line:
    due = [
        (member, meeting) for member in members for meeting in meetings if meeting.team_id == member.team_id
    ]
    came = sum(meeting.came(member.user_id) for member, meeting in due)
    return Line(label, came, len(due), more=(str(sum(nobody)),))


def _by_member(teams: Sequence[Team], meetings: Sequence[Held], members: Sequence[Membership]) -> Found:
    names = {team.pk: team.name for team in teams}
    lines = []
    for member in members:
        held = [meeting for meeting in meetings if meeting.team_id == member.team_id]
        themselves = sum(any(member.user_id == who[0] for who in meeting.there) for meeting in held)
        came = sum(meeting.came(member.user_id) for meeting in held)
        team = f", {names[member.team_id]}" if len(teams) > 1 and member.team_id else ""
        label = f"{member.user.full_name}, {member.get_role_display().lower()}{team}"
        lines.append(Line(label, came, len(held), more=(str(came - themselves),)))
    whole = Line("All", sum(line.count for line in lines), sum(line.of or 0 for line in lines))
    return Found(
        BY_KEY["attendance_by_member"],
        Column("Member", "Came", "Held", more=("By a deputy",)),
        lines,
        whole,
        aim=aim_of(team.attendance_target_percent for team in teams),
    )
