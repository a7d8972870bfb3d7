"""Who owes which facts before the meetings: my own, and the list that a coordinator chases, person by person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import Permission, Role
from mdt.models import Gap
from mdt.workflow import GapClosed

SHOWN = ("episode__case__patient", "episode__case__team", "owner")


def _within(label: str) -> str:
    """A label within a sentence; an abbreviation keeps its capitals."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


@dataclass
class OfCase:
    """What one person owes of one case."""

    case: Any
    gaps: list[Gap] = field(default_factory=list)

    @property
    def due_on(self) -> date | None:
        return min((gap.due_on for gap in self.gaps if gap.due_on), default=None)

    @property
    def words(self) -> str:
        """MRI or CT of the tumour, size (greatest dimension)."""
        first, *others = (gap.label for gap in self.gaps)
        return ", ".join([first, *map(_within, others)])


@dataclass
class Owed:
    """What one person, or everyone of a role, owes a team."""

    team: Team
    role: Role
    owner: User | None
    cases: list[OfCase] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.owner.full_name if self.owner else f"Every {self.role.label.lower()}"

    @property
    def gaps(self) -> list[Gap]:
        return [gap for each in self.cases for gap in each.gaps]

    @property
    def reminded_at(self) -> Any:
        return max((gap.reminded_at for gap in self.gaps if gap.reminded_at), default=None)

    @property
    def is_reminded_today(self) -> bool:
        """Of everything that they owe; what was opened since can still be asked for."""
        today = timezone.localdate()
        return all(gap.reminded_at and timezone.localdate(gap.reminded_at) == today for gap in self.gaps)


def _open(user: User, permission: Permission) -> Any:
    rows = Gap.objects.visible_to(user).open().filter(episode__case__team__in=user.team_ids(permission))
    return (
        rows.with_its_owner()
        .select_related(*SHOWN)
        .order_by(F("due_on").asc(nulls_last=True), "episode", "pk")
    )


def mine(user: User, most: int) -> list[OfCase]:
    """What this person owes by name or by role, most urgent first, case by case; one statement."""
    held: dict[int, list[str]] = {}
    for member in user.active_memberships:
        if member.team_id:
            held.setdefault(member.team_id, []).append(member.role)
    of_role = Q(pk__in=[])
    for team, roles in held.items():
        of_role |= Q(is_named=False, episode__case__team=team, role__in=roles)
    by_name = Q(is_named=True, owner=user)
    gaps, _ = _first(_open(user, Permission.SEE_CASES).filter(by_name | of_role), most)
    return _by_case(gaps)


def chased(user: User, most: int) -> tuple[list[Owed], bool]:
    """What is missing in the teams whose lists this person builds, by who owes it; one statement.

    Says too whether there is more than is given back: then whole cases are left out, the least urgent ones.
    """
    found: dict[tuple[int, str, int | None], list[Gap]] = {}
    gaps, is_cut = _first(_open(user, Permission.LIST_CASES), most)
    for gap in gaps:
        owner = gap.owner_id if gap.is_named else None  # type: ignore[attr-defined]
        found.setdefault((gap.episode.case.team_id, gap.role, owner), []).append(gap)
    owed = [
        Owed(rows[0].episode.case.team, Role(role), rows[0].owner if owner else None, _by_case(rows))
        for (_, role, owner), rows in found.items()
    ]
    return owed, is_cut


def _first(rows: "QuerySet[Any]", most: int) -> tuple[list[Gap], bool]:
    """As many as are shown, without the case that would be shown in part; and whether there are more."""
    gaps = list(rows[: most + 1])
    if len(gaps) <= most:
        return gaps, False
    whole = [gap for gap in gaps if gap.episode_id != gaps[-1].episode_id]
    return whole or gaps[:most], True


def arrived_since(user: User, moment: datetime | None) -> int:
    """How many facts came in the teams whose lists this person builds; one statement."""
    came = Gap.objects.filter(
        closed_because=GapClosed.ARRIVED, episode__case__team__in=user.team_ids(Permission.LIST_CASES)
    )
    return came.filter(closed_at__gt=moment).count() if moment else 0


def _by_case(gaps: Iterable[Gap]) -> list[OfCase]:
    found: dict[int, OfCase] = {}
    for gap in gaps:
        found.setdefault(gap.episode_id, OfCase(gap.episode.case)).gaps.append(gap)
    return list(found.values())
