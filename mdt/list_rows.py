"""The rows of a meeting's list as its page shows them, the minutes that they take, and how the list may be narrowed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases import presenting as case_words
from mdt.models import Gap, Listing, Meeting
from mdt.presenting import PlanLine, plan_lines
from mdt.workflow import ListingUrgency, Track
from treatments.guidance.local import LocalGuidance


@dataclass(frozen=True)
class Row:
    """One case of the list with what its row says."""

    number: int
    listing: Listing
    facts: list[str]
    line: PlanLine
    gaps: list[Gap]
    is_ready: bool

    @property
    def is_standard(self) -> bool:
        return self.listing.track == Track.STANDARD_OF_CARE

    @property
    def is_urgent(self) -> bool:
        return self.listing.urgency == ListingUrgency.URGENT


def list_rows(listings: Sequence[Listing], gaps: Mapping[int, list[Gap]], local: LocalGuidance) -> list[Row]:
    """Not ready: a fact is missing that somebody owes, or one of the six is not recorded."""
    lines = plan_lines(listings, local)
    return [
        Row(number, each, _six_facts(each), lines[each.pk], owed, not owed and _has_facts(each))
        for number, each in enumerate(listings, start=1)
        for owed in [gaps.get(each.episode_id, [])]
    ]


def _has_facts(listing: Listing) -> bool:
    return case_words.is_complete(listing.episode)


def _six_facts(row: Listing) -> list[str]:
    minimum = bool(row.grade_is_minimum)  # type: ignore[attr-defined]
    return case_words.fact_values(row.episode.facts, grade_is_minimum=minimum)


@dataclass(frozen=True)
class Load:
    """The minutes that a list takes, those of cases with facts missing apart; a standard of care takes none."""

    ready: int
    held: int
    capacity: int
    ready_cases: int
    held_cases: int
    standard_cases: int
    usual: int

    @classmethod
    def of(cls, meeting: Meeting, rows: Sequence[Row]) -> "Load":
        usual = meeting.team.minutes_per_case
        discussed = [row for row in rows if not row.is_standard]
        ready = [_minutes(row, usual) for row in discussed if row.is_ready]
        held = [_minutes(row, usual) for row in discussed if not row.is_ready]
        standard = [row.listing.minutes or 0 for row in rows if row.is_standard]
        return cls(
            ready=sum(ready) + sum(standard),
            held=sum(held),
            capacity=meeting.team.capacity_minutes,
            ready_cases=len(ready),
            held_cases=len(held),
            standard_cases=len(standard),
            usual=usual,
        )

    @property
    def filled(self) -> int:
        return self.ready + self.held

    @property
    def over(self) -> int:
        return max(self.filled - self.capacity, 0)

    @property
    def room(self) -> int:
        """For so many more cases of the usual length."""
        return max(self.capacity - self.filled, 0) // max(self.usual, 1)


def _minutes(row: Row, usual: int) -> int:
    return usual if row.listing.minutes is None else row.listing.minutes


@dataclass(frozen=True)
class Filter:
    """One way of narrowing the list."""

    label: str
    keeps: Callable[[Row], Any]


FILTERS: dict[str, Filter] = {
    "urgent": Filter("Urgent", lambda row: row.is_urgent),
    "not_ready": Filter("Facts missing", lambda row: not row.is_ready),
    "discuss": Filter("To discuss", lambda row: not row.is_standard),
    "standard_of_care": Filter("Standard of care", lambda row: row.is_standard),
}
