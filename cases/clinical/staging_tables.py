"""The tables of staging, read once: groups, T categories, exclusions; AJCC 8 (2017) and UICC 8 (2016)."""

from dataclasses import dataclass
from functools import lru_cache

from cases.clinical.tables import listed, rows


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One row of a stage group table. None stands for any value; `grade` is the mitotic rate in GIST."""

    group: str
    t: frozenset[str] | None
    n: frozenset[str] | None
    m: frozenset[str] | None
    grade: frozenset[str] | None

    def fits(self, t: str | None, n: str, m: str, grade: str | None) -> bool:
        return (
            (self.n is None or n in self.n)
            and (self.m is None or m in self.m)
            and (self.t is None or t in self.t)
            and (self.grade is None or grade in self.grade)
        )


@dataclass(frozen=True, slots=True)
class TCategory:
    """One T category of a family; `over_mm` is None where size does not decide it."""

    family: str
    category: str
    over_mm: int | None
    up_to_mm: int | None
    definition: str

    def holds(self, size_mm: int) -> bool:
        return (
            self.over_mm is not None
            and size_mm > self.over_mm
            and (self.up_to_mm is None or size_mm <= self.up_to_mm)
        )


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A histology (or site) that an edition's chapter does not stage."""

    edition: str
    chapter: str
    code: str
    is_certain: bool
    reason: str


def _values(cell: str) -> frozenset[str] | None:
    return None if cell == "*" else frozenset(listed(cell))


@lru_cache(maxsize=1)
def group_tables() -> dict[tuple[str, str], tuple[GroupRow, ...]]:
    """Rows of each (edition, family) that has stage groups."""
    tables: dict[tuple[str, str], list[GroupRow]] = {}
    for row in rows("stage_groups"):
        entry = GroupRow(
            row["group"], _values(row["t"]), _values(row["n"]), _values(row["m"]), _values(row["grade"])
        )
        for edition in listed(row["edition"]):
            tables.setdefault((edition, row["family"]), []).append(entry)
    return {key: tuple(entries) for key, entries in tables.items()}


@lru_cache(maxsize=1)
def t_categories() -> dict[str, tuple[TCategory, ...]]:
    """T categories of each family, in the order of the table."""
    families: dict[str, list[TCategory]] = {}
    for row in rows("t_categories"):
        families.setdefault(row["family"], []).append(
            TCategory(
                row["family"],
                row["category"],
                int(row["over_mm"]) if row["over_mm"] else None,
                int(row["up_to_mm"]) if row["up_to_mm"] else None,
                row["definition"],
            )
        )
    return {family: tuple(entries) for family, entries in families.items()}


@lru_cache(maxsize=1)
def exclusions() -> dict[tuple[str, str, str], Exclusion]:
    """Exclusions by edition, chapter and the beginning of the code."""
    found = (
        Exclusion(row["edition"], row["chapter"], row["code"], row["certain"] == "yes", row["reason"])
        for row in rows("exclusions")
    )
    return {(entry.edition, entry.chapter, entry.code): entry for entry in found}


@lru_cache(maxsize=1)
def families_by_size() -> frozenset[str]:
    """The families that take T from the size of the tumour."""
    return frozenset(
        family for family, entries in t_categories().items() if any(e.over_mm is not None for e in entries)
    )


def t_from_size(family: str, size_mm: int) -> TCategory | None:
    """The T category that a size in millimetres gives, or None where the family does not take T from size."""
    return next((entry for entry in t_categories()[family] if entry.holds(size_mm)), None)
