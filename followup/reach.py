"""Whom rules to a role reach: teams in which nobody holds a role that a rule in use tells, and who is told instead."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from accounts.models import Membership, Team
from accounts.permissions import Permission, Role, roles_with
from followup.models import ReminderKind
from followup.rules import ROLE_WORDS, RuleLine
from followup.services.reminding.owing import OWED

COORDINATORS, ABLE, NOBODY = (
    "The MDT coordinators are told instead",
    "Whoever can do it is told instead",
    "Nobody is told",
)


@dataclass(frozen=True)
class Unheld:
    """A role that nobody holds in a team, the kinds of due things that go to it, and who is told of them instead."""

    team: str
    role: str
    kinds: list[str]
    instead: str

    @property
    def reaches_nobody(self) -> bool:
        return self.instead == NOBODY


def unheld(lines: Iterable[RuleLine], *, teams: Collection[int] | None = None) -> list[Unheld]:
    """In these teams, or in all; who is away holds the role all the same. Two statements."""
    kinds = _kinds_by_role(lines)
    chosen = Team.objects.real() if teams is None else Team.objects.filter(pk__in=teams)
    people = Membership.objects.people().filter(team__isnull=False)
    held: dict[int, set[str]] = {}
    for team, role in people.values_list("team", "role").order_by().distinct():
        held.setdefault(team, set()).add(role)
    return [
        found
        for team in chosen.order_by("name")
        for role in kinds
        if role not in held.get(team.pk, set())
        for found in _in_team(team, role, kinds[role], held.get(team.pk, set()))
    ]


def _kinds_by_role(lines: Iterable[RuleLine]) -> dict[Role, list[ReminderKind]]:
    told = {(line.role, line.kind) for line in lines if line.is_escalation}
    by_role = {role: [kind for kind in ReminderKind if (role, kind) in told] for role in Role}
    return {role: kinds for role, kinds in by_role.items() if kinds}


def _in_team(team: Team, role: Role, kinds: list[ReminderKind], held: set[str]) -> Iterable[Unheld]:
    """One for each of those who are told instead."""
    by_instead: dict[str, list[str]] = {}
    for kind in kinds:
        if kind == ReminderKind.TRIAL_STALE and not held & set(roles_with(Permission.KEEP_TRIALS)):
            continue  # told in the teams that keep the register, and this one does not
        by_instead.setdefault(_instead(kind, held), []).append(kind.label)
    for instead, labels in by_instead.items():
        yield Unheld(team.name, ROLE_WORDS[role], labels, instead)


def _instead(kind: ReminderKind, held: set[str]) -> str:
    """As addressing.py finds them: the coordinators, else whoever can do it."""
    if Role.COORDINATOR in held:
        return COORDINATORS
    can = all(held & set(roles_with(permission)) for permission, _ in OWED[kind])
    return ABLE if can else NOBODY
