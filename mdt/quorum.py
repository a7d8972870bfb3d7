"""Whether enough of the six roles were there for a case, and what is still lacking; pure, without Django."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from treatments.presence import Need, Presence, Present, unmet

ROLES: Final = ("surgeon", "oncologist", "nurse_specialist", "pathologist", "radiologist", "palliative_care")
PALLIATIVE: Final = "palliative_care"


@dataclass(frozen=True)
class Seat:
    """One of the six roles: whether this case's quorum needs it, who fills it, who else of the role was there."""

    role: str
    is_needed: bool
    filled_by: str | None
    people: tuple[str, ...]


@dataclass(frozen=True)
class Quorum:
    """All six seats, always; quorate when every needed seat is filled, each by another person."""

    seats: tuple[Seat, ...]
    palliative_needed: bool

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(seat.role for seat in self.seats if seat.is_needed)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(seat.role for seat in self.seats if seat.is_needed and seat.filled_by is None)

    @property
    def is_quorate(self) -> bool:
        return not self.missing

    def to_dict(self) -> dict[str, Any]:
        """As a decision keeps it: seats needed, filled and missing."""
        return {
            "needed": list(self.needed),
            "filled": {seat.role: seat.filled_by for seat in self.seats if seat.filled_by},
            "missing": list(self.missing),
            "palliative_needed": self.palliative_needed,
        }


def quorum_of(rule: Iterable[str], presence: Presence, *, palliative_needed: bool) -> Quorum:
    """Seats by the team's rule. One person fills one seat, also where they came in two roles.

    `rule`: roles that every decision needs; `palliative_needed`: the palliative care doctor counts for this case.
    Who is not in one of the six roles does not count.
    """
    needed = set(rule) & set(ROLES) | ({PALLIATIVE} if palliative_needed else set())
    order = [role for role in ROLES if role in needed] + [role for role in ROLES if role not in needed]
    filled = _fill(order, presence)
    names = {someone.person_id: someone.name for someone in presence}
    return Quorum(
        tuple(
            Seat(
                role,
                role in needed,
                names.get(filled[role]) if role in filled else None,
                tuple(dict.fromkeys(someone.name for someone in presence if someone.role == role)),
            )
            for role in ROLES
        ),
        palliative_needed,
    )


def _fill(roles: Sequence[str], presence: Presence) -> dict[str, int]:
    """Role -> person, as many seats as can be, earlier roles first: a matching by augmenting paths."""
    seat_of: dict[int, str] = {}

    def find(role: str, asked: set[int]) -> bool:
        for someone in presence:
            if someone.role != role or someone.person_id in asked:
                continue
            asked.add(someone.person_id)
            if someone.person_id not in seat_of or find(seat_of[someone.person_id], asked):
                seat_of[someone.person_id] = role
                return True
        return False

    for role in roles:
        find(role, set())
    return {role: person for person, role in seat_of.items()}


def lacking(quorum: Quorum, needs: Iterable[Need], presence: Presence) -> tuple[str, ...]:
    """What a final decision still lacks, each once: roles of unfilled seats, then the needs that nobody there meets."""
    return tuple(dict.fromkeys((*quorum.missing, *(need.code for need in unmet(needs, presence)))))


def could_supply(quorum: Quorum, needs: Sequence[Need], presence: Presence, person: Present) -> bool:
    """Whether less would be lacking if that person had been there too."""
    if any(there.person_id == person.person_id for there in presence):
        return False
    joined = (*presence, person)
    with_them = quorum_of(quorum.needed, joined, palliative_needed=quorum.palliative_needed)
    return len(lacking(with_them, needs, joined)) < len(lacking(quorum, needs, presence))
