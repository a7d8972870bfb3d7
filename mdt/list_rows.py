"""The rows of a meeting's list as its page shows them, the minutes that they take, and how the list may be narrowed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from accounts.permissions import SIX_ROLES, Role
from cases import presenting as case_words
from mdt.alerts import Alert
from mdt.minimum import BY_CODE
from mdt.models import Gap, Listing, Meeting, Preparation
from mdt.models.listing import ListingQuerySet
from mdt.presenting import PlanLine, plan_lines
from mdt.services.alerting import alert_columns, alerts_in
from mdt.standard_lines import StandardLine, standard_lines
from mdt.workflow import ListingUrgency, Track
from treatments.guidance.local import LocalGuidance


def on_paper(meeting: Meeting) -> ListingQuerySet:
    """All listings of a meeting with what is missing, prepared and alerting of each case, in one statement."""
    owed = JSONObject(kind="kind", role="role", owner="owner__full_name")
    gaps = Gap.objects.open().filter(episode=OuterRef("episode")).order_by("due_on", "pk")
    rows = Listing.objects.filter(meeting=meeting).for_the_list().order_by("position", "pk")
    return rows.annotate(
        owed=ArraySubquery(gaps.values(row=owed)),
        prepared_for=ArraySubquery(Preparation.objects.filter(listing=OuterRef("pk")).values("role")),
        **alert_columns(),
        grade_is_minimum=case_words.grade_is_minimum("episode__fact_sources"),
    )


@dataclass(frozen=True)
class Owed:
    """A missing fact, in words, and who owes it."""

    label: str
    owed_by: str


@dataclass(frozen=True)
class Row:
    """One case of the list with what its row says."""

    number: int
    listing: Listing
    facts: list[str]
    line: PlanLine
    standard: StandardLine
    gaps: list[Owed]
    is_ready: bool
    alerts: tuple[Alert, ...]

    @property
    def is_standard(self) -> bool:
        return self.listing.track == Track.STANDARD_OF_CARE

    @property
    def is_urgent(self) -> bool:
        return self.listing.urgency == ListingUrgency.URGENT


def list_rows(team: int, listings: Sequence[Listing], local: LocalGuidance) -> list[Row]:
    """Not ready: a fact is missing that somebody owes, or one of the six is not recorded."""
    lines = plan_lines(listings, local)
    plans = {pk: (line.plan, line.check) for pk, line in lines.items()}
    standards = standard_lines(team, listings, plans)
    return [
        Row(
            number,
            each,
            _six_facts(each),
            lines[each.pk],
            standards[each.pk],
            owed,
            not owed and _has_facts(each),
            alerts_in(each),
        )
        for number, each in enumerate(listings, start=1)
        for owed in [_owed(each)]
    ]


def prepared(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Each of the six roles with how many of the cases it has prepared."""
    done = Counter(role for row in rows for role in row.listing.prepared_for)  # type: ignore[attr-defined]
    return [(role.label, done[role]) for role in SIX_ROLES]


def _owed(listing: Listing) -> list[Owed]:
    rows: list[Mapping[str, str]] = listing.owed  # type: ignore[attr-defined]
    return [
        Owed(
            BY_CODE[row["kind"]].label if row["kind"] in BY_CODE else row["kind"],
            row["owner"] or f"Every {Role(row['role']).label.lower()}",
        )
        for row in rows
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
