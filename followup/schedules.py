"""Follow-up schedules: the table by pathway, which pathway a case belongs to, and when the next review is due.

The table is schedules.toml, edition and sources in its first lines. No clock and no database in here.
"""

import tomllib
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from cases.clinical import icdo3
from cases.clinical.gist_risk import is_gastric, joensuu
from cases.clinical.routing import is_bone_site

OWN: Final = "own"
"""The pathway of a schedule that a clinician wrote for one patient."""

LONGEST_MONTHS: Final = 600
"""Fifty years: more is a slip of the keyboard."""

SOFT_TISSUE: Final = frozenset({"trunk_extremity", "head_neck", "visceral"})
HIGH_GRADES: Final = frozenset({"G2", "G3"})
HIGH_BY_DEFINITION: Final = "HG"
INTERMEDIATE: Final = "/1"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of follow-up in whole months; `until_months` None: for life. `kinds`: the review, then its imaging."""

    until_months: int | None
    every_months: int
    kinds: tuple[str, ...]
    imaging_every_months: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def interval(self) -> str:
        """As the source has it: "every 3 to 4 months"."""
        low, high = self.at_least or self.every_months, self.at_most or self.every_months
        if low == high:
            return "every month" if low == 1 else f"every {low} months"
        return f"every {low} to {high} months"

    def as_json(self) -> dict[str, Any]:
        """How a schedule keeps it."""
        kept: dict[str, Any] = {"until_months": self.until_months, "every_months": self.every_months}
        kept["kinds"] = list(self.kinds)
        if self.imaging_every_months:
            kept["imaging_every_months"] = self.imaging_every_months
        return kept


@dataclass(frozen=True, slots=True)
class Pathway:
    """One row of the table. `uncertain`: proposed only where a team approved it; `why` says what is in doubt."""

    key: str
    name: str
    source: str
    phases: tuple[Phase, ...]
    uncertain: bool = False
    why: str = ""
    note: str = ""
    if_indicated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Belongs:
    """The pathway that a case's facts lead to, or None and the reason in words."""

    pathway: Pathway | None
    reason: str


@dataclass(frozen=True, slots=True)
class Look:
    """One review that a schedule asks for."""

    due_on: date
    kinds: tuple[str, ...]


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files("followup") / "schedules.toml").read_text(encoding="utf-8"))


def edition() -> str:
    """Of the table."""
    return str(_table()["edition"])


def grace() -> timedelta:
    """How long before and after its date a review still counts as on time: 14 days."""
    return timedelta(days=_table()["grace_days"])


@lru_cache(maxsize=1)
def pathways() -> Mapping[str, Pathway]:
    """Every row of the table by its key, in its order."""
    return {key: _pathway(key, row) for key, row in _table()["pathways"].items()}


def _pathway(key: str, row: Mapping[str, Any]) -> Pathway:
    phases = read_phases(row["phases"])
    told = {name: row[name] for name in ("uncertain", "why", "note") if name in row}
    if_indicated = tuple(row.get("if_indicated", ()))
    return Pathway(key, row["name"], row["source"], phases, if_indicated=if_indicated, **told)


def read_phases(rows: Iterable[Mapping[str, Any]]) -> tuple[Phase, ...]:
    """Phases as the table or a schedule keeps them."""
    return tuple(Phase(**{"until_months": None} | dict(row) | {"kinds": tuple(row["kinds"])}) for row in rows)


def pathway_of(facts: Mapping[str, Any], sources: Mapping[str, Any] | None = None) -> Belongs:
    """The row for an episode's facts (the `case` of the guidance contract; of a GIST its `sources` too)."""
    morphology, topography = facts.get("morphology"), facts.get("topography")
    if not morphology:
        return Belongs(None, "The type of the tumour is not recorded.")
    if icdo3.is_gist(morphology):
        return _gist(facts, (sources or {}).get("gist", {}))
    code = icdo3.current_code(morphology)
    if code.endswith(INTERMEDIATE):
        return Belongs(None, "The table has no row for tumours of intermediate behaviour.")
    if is_bone_site(topography) or (topography is None and icdo3.is_bone_only(code)):
        return _by_grade("bone_low", "bone_high", code, topography, facts.get("grade"))
    family = facts.get("family") or (icdo3.region_and_family(topography)[1] if topography else None)
    if family and family.startswith("bone_"):
        return _by_grade("bone_low", "bone_high", code, topography, facts.get("grade"))
    if family == "retroperitoneum":
        return Belongs(pathways()["retroperitoneal"], "By its site.")
    if family in SOFT_TISSUE:
        return _by_grade("sts_low", "sts_high", code, topography, facts.get("grade"))
    return Belongs(None, "The table has no row for this site." if topography else "The site is not recorded.")


def _by_grade(low: str, high: str, code: str, topography: str | None, grade: str | None) -> Belongs:
    """Some types are of high grade by definition, and are not graded: Ewing sarcoma, rhabdomyosarcoma and others."""
    found = icdo3.best_morphology(code, topography)
    if found is not None and found.fnclcc_reason == HIGH_BY_DEFINITION:
        return Belongs(pathways()[high], "By its site; this type is of high grade by definition.")
    if grade == "G1":
        return Belongs(pathways()[low], "By its site and grade 1.")
    if grade in HIGH_GRADES:
        return Belongs(pathways()[high], f"By its site and grade {grade[1:]}.")
    return Belongs(None, "The grade is not recorded, or cannot be assessed.")


def _gist(facts: Mapping[str, Any], told: Mapping[str, Any]) -> Belongs:
    """By the modified NIH risk, from the same facts as the panel on the case page."""
    where = is_gastric(topography=facts.get("topography"), family=facts.get("family"))
    mitoses, ruptured = (told.get(name, {}).get("value") for name in ("mitoses", "ruptured"))
    risk = joensuu(size_mm=facts.get("size_mm"), mitoses_per_5mm2=mitoses, gastric=where, ruptured=ruptured)
    if risk.category is None:
        return Belongs(None, f"GIST: {risk.text}.")
    pathway = pathways().get(f"gist_{risk.category}")
    return Belongs(
        pathway, f"{risk.text}." if pathway else f"The table has no row for GIST of {risk.text.lower()}."
    )


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month: 31 Jan and 1 month is 28 or 29 Feb."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_since(from_on: date, day: date) -> int:
    """Whole months that have passed; 0 before one is over, and before `from_on`."""
    months = (day.year - from_on.year) * 12 + day.month - from_on.month
    if add_months(from_on, months) > day:
        months -= 1
    return max(months, 0)


def next_look(
    phases: Sequence[Phase], *, from_on: date, last_on: date, planned_on: date | None = None
) -> Look | None:
    """The review after the one (or the end of treatment) on `last_on`; None when the schedule is over.

    Last review plus the interval of the phase in which it was, and never beyond the last phase: whoever comes late is
    still seen once at its end, unless they were seen within the grace of it. `planned_on`: for when the last review was
    planned, by which it had imaging or not.
    """
    months = months_since(from_on, last_on)
    phase = next((each for each in phases if each.until_months is None or months < each.until_months), None)
    if phase is None:
        return None
    due_on = add_months(last_on, phase.every_months)
    last = phases[-1].until_months
    if last is not None and due_on > (end := add_months(from_on, last)):
        if last_on >= end - grace():
            return None
        due_on = end
    # The visit nearest to it: a review held a few days early would put yearly imaging off by a whole visit.
    half = timedelta(days=15 * phase.every_months)
    reached = [months_since(from_on, day + half) for day in (planned_on or last_on, due_on)]
    return Look(due_on, _kinds(phase, *reached))


def _kinds(phase: Phase, last: int, due: int) -> tuple[str, ...]:
    """Imaging belongs to a review when a multiple of its own interval was reached since the review before."""
    every = phase.imaging_every_months
    if every and due // every == last // every:
        return phase.kinds[:1]
    return phase.kinds


def looks(phases: Sequence[Phase], *, from_on: date, last_on: date, how_many: int) -> list[Look]:
    """The next reviews, if each is held on its day."""
    found: list[Look] = []
    while len(found) < how_many:
        look = next_look(phases, from_on=from_on, last_on=found[-1].due_on if found else last_on)
        if look is None:
            break
        found.append(look)
    return found


def phase_errors(phases: Sequence[Phase], kinds: Iterable[str]) -> list[str]:
    """What is wrong with phases that somebody wrote, in words; nothing where they can be followed."""
    if not phases:
        return ["Write at least one phase: how often, and until which month."]
    found: list[str] = []
    before = 0
    known = set(kinds)
    for number, phase in enumerate(phases, 1):
        here = f"Phase {number}"
        if not 1 <= phase.every_months <= 60:
            found.append(f"{here}: the interval must be from 1 to 60 months, not {phase.every_months}.")
        if not phase.kinds or not known.issuperset(phase.kinds):
            found.append(f"{here}: choose what belongs to each review.")
        if phase.until_months is None and number < len(phases):
            found.append(f"{here} has no end, so nothing can follow it. Enter its last month.")
        if phase.until_months is not None and not before < phase.until_months <= LONGEST_MONTHS:
            until = phase.until_months
            found.append(f"{here} must end after month {before} and by month {LONGEST_MONTHS}, not {until}.")
        before = phase.until_months or before
    return found
