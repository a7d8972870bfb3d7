"""Alerts about the way of a case, as a table with their sources; pure. They ask for attention and block nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from mdt.minimum import SHOWS_THE_CHEST

TEENAGE_AND_YOUNG_ADULT: Final = 25
NOT_A_TREATMENT: Final = frozenset({"active_monitoring"})


@dataclass(frozen=True)
class Specimen:
    """A pathology report, as far as an alert reads it."""

    kind: str
    on: date
    is_specialist_reading: bool


@dataclass(frozen=True)
class Given:
    """A treatment that was given; one told of may have no date."""

    modality: str
    on: date | None


@dataclass(frozen=True)
class Look:
    """What alerts are worked out from, of one episode."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    pathology: tuple[Specimen, ...] = ()
    imaging: frozenset[str] = frozenset()
    treatments: tuple[Given, ...] = ()
    discussed_on: date | None = None
    """First discussion by this team, by standard of care, in an urgent decision, or at another trust's MDT."""
    has_key_worker: bool = True
    has_surgeon_from_outside: bool = False
    age: int | None = None
    is_imported: bool = False
    """Its discussions before the import are not held, so nothing is said of what came before them."""

    @property
    def is_retroperitoneal(self) -> bool:
        family, site = self.facts.get("family"), str(self.facts.get("topography") or "")
        return family == "retroperitoneum" or (not family and site == "C48.0")

    @property
    def has_diagnosis(self) -> bool:
        return bool(self.facts.get("morphology"))

    @property
    def is_malignant(self) -> bool:
        return str(self.facts.get("morphology") or "").endswith(("/3", "/6"))

    def came_first(self, on: date | None) -> bool:
        """Before any discussion; without a date only where there has been none."""
        if self.is_imported:
            return False
        if self.discussed_on is None:
            return True
        return on is not None and on < self.discussed_on

    @property
    def was_treated_first(self) -> bool:
        return any(
            given.modality not in NOT_A_TREATMENT and self.came_first(given.on) for given in self.treatments
        )

    @property
    def had_biopsy_first(self) -> bool:
        return any(each.kind == "biopsy" and self.came_first(each.on) for each in self.pathology)


@dataclass(frozen=True)
class Alert:
    """A row of the table: the few words of a list, the sentence of a page, the source, and when it is given."""

    code: str
    tag: str
    words: str
    source: str
    is_given: Callable[[Look], bool]


UK_STS: Final = "UK guideline for soft tissue sarcoma, 2024"

ALERTS: Final[tuple[Alert, ...]] = (
    Alert(
        "retroperitoneal_biopsy",
        "Biopsy before discussion",
        "A retroperitoneal mass was biopsied before a sarcoma MDT had discussed it.",
        UK_STS,
        lambda look: look.is_retroperitoneal and look.had_biopsy_first,
    ),
    Alert(
        "retroperitoneal_treatment",
        "Retroperitoneal, treated before discussion",
        "A retroperitoneal sarcoma was treated before a sarcoma MDT had discussed it.",
        "NICE QS78, statement 4",
        lambda look: look.is_retroperitoneal and look.was_treated_first,
    ),
    Alert(
        "treated_before_decision",
        "Treated before decision",
        "Treatment began before a sarcoma MDT had confirmed a plan.",
        "NICE QS78, statement 2",
        lambda look: not look.is_retroperitoneal and look.was_treated_first,
    ),
    Alert(
        "surgeon_not_a_member",
        "Surgeon not a member",
        "The surgeon of the planned operation is not a member of this team.",
        "NICE QS78, statement 5",
        lambda look: look.has_surgeon_from_outside,
    ),
    Alert(
        "no_key_worker",
        "No key worker",
        "A diagnosis is recorded, and no key worker is named.",
        "NICE QS78, statement 6",
        lambda look: look.has_diagnosis and not look.has_key_worker,
    ),
    Alert(
        "no_specialist_review",
        "No specialist pathology review",
        "No specialist sarcoma pathologist has read the histology.",
        UK_STS,
        lambda look: bool(look.pathology) and not any(each.is_specialist_reading for each in look.pathology),
    ),
    Alert(
        "no_chest_imaging",
        "No chest imaging",
        "A sarcoma is recorded, and no CT of the chest.",
        UK_STS,
        lambda look: look.is_malignant and SHOWS_THE_CHEST.isdisjoint(look.imaging),
    ),
    Alert(
        "unplanned_excision",
        "Unplanned excision",
        "The tumour was removed in an operation that was not planned for a sarcoma.",
        UK_STS,
        lambda look: any(each.kind == "unplanned_excision" for each in look.pathology),
    ),
    Alert(
        "under_25",
        "Under 25",
        "The patient is younger than 25: the teenage and young adult team (or the children’s) is the second team.",
        "NICE CSG7, children and young people with cancer",
        lambda look: look.age is not None and look.age < TEENAGE_AND_YOUNG_ADULT,
    ),
)
"""In the order in which they are shown."""


def alerts(look: Look) -> tuple[Alert, ...]:
    """Those that the case gives cause for."""
    return tuple(alert for alert in ALERTS if alert.is_given(look))
