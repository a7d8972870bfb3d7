"""What the register takes of one study: plain values, by the names of the register's own columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

STATUSES: Final = frozenset(
    {
        "NOT_YET_RECRUITING",
        "RECRUITING",
        "ENROLLING_BY_INVITATION",
        "ACTIVE_NOT_RECRUITING",
        "SUSPENDED",
        "COMPLETED",
        "TERMINATED",
        "WITHDRAWN",
        "UNKNOWN",
        "AVAILABLE",
        "NO_LONGER_AVAILABLE",
        "TEMPORARILY_NOT_AVAILABLE",
        "APPROVED_FOR_MARKETING",
        "WITHHELD",
    }
)
"""Values of `overallStatus` and of a location's `status` (ClinicalTrials.gov API v2, enumeration Status)."""

PHASES: Final = frozenset({"EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA"})
SEXES: Final = {"ALL": "All", "FEMALE": "Female", "MALE": "Male"}
"""Whom a trial takes, as published, with the words of the pages."""

FIELDS: Final[Mapping[str, str]] = {
    "status": "Status",
    "why_stopped": "Why it stopped",
    "title": "Title",
    "official_title": "Official title",
    "nct": "ClinicalTrials.gov number",
    "eudract": "EudraCT number",
    "ctis": "EU CT number (CTIS)",
    "isrctn": "ISRCTN number",
    "iras": "IRAS number",
    "other_numbers": "Other numbers",
    "phases": "Phase",
    "starts": "Starts",
    "ends": "Ends",
    "sponsor": "Sponsor",
    "conditions": "Conditions",
    "summary": "Summary",
    "eligibility": "Eligibility, as published",
    "sex": "Sex, as published",
    "minimum_age": "Minimum age, as published",
    "maximum_age": "Maximum age, as published",
    "arms": "Arms and their drugs",
    "sites": "Sites and their contacts",
}
"""What an import can offer, with the words of the pages, in the order in which a person decides it."""

LISTS: Final = frozenset({"other_numbers", "phases", "conditions", "arms", "sites"})


@dataclass(frozen=True, slots=True)
class Record:
    """One study. `fields` has only those keys of FIELDS that the record speaks of: a trimmed record clears nothing.

    posted_on: the registry's last update; version: the day of the registry's data from which the record was taken.
    """

    nct: str
    aliases: tuple[str, ...]
    acronym: str
    posted_on: date | None
    version: date | None
    fields: Mapping[str, object]

    @property
    def title(self) -> str:
        return str(self.fields.get("title", ""))

    @property
    def order(self) -> tuple[date, date]:
        """Sorts the records of one study: the later update, then the later day of the registry's data."""
        return (self.posted_on or date.min, self.version or date.min)


@dataclass(frozen=True, slots=True)
class Read:
    """One study as it stood in a file: its record, or none and the reason as the first sentence of `left`."""

    place: int
    file: str
    nct: str
    title: str
    record: Record | None
    left: tuple[str, ...]
    follows: int | None = None
    """The place of the record of the same study that was taken instead."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read in one go, and what is to be said of it as a whole."""

    studies: tuple[Read, ...]
    notes: tuple[str, ...] = ()
