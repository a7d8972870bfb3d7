"""The stage of a case from its recorded facts, in AJCC 8 (2017) or UICC 8 (2016), with how it came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases.clinical import icdo3
from cases.clinical.definitions import m_definitions as m_definitions
from cases.clinical.definitions import n_definitions as n_definitions
from cases.clinical.definitions import t_definitions as t_definitions
from cases.clinical.editions import EDITIONS as BOOKS
from cases.clinical.explaining import Line
from cases.clinical.routing import NO_MORPHOLOGY, route
from cases.clinical.staging_tables import GroupRow, TCategory, group_tables, t_categories, t_from_size
from cases.clinical.vocabulary import EDITIONS, FAMILIES, SPREAD, STAGE_STATUSES

DEFAULT_EDITION: Final = "AJCC8"
_GIST_FAMILIES: Final = frozenset({"gist_gastric", "gist_non_gastric"})


@dataclass(frozen=True, slots=True)
class StagingFacts:
    """The facts of a case that staging reads; sizes in millimetres. None is not recorded."""

    morphology: str | None
    topography: str | None
    family: str | None
    size_mm: int | None
    grade: str | None
    mitotic_rate: str | None
    t: str | None
    n: str | None
    m: str | None
    edition: str

    @classmethod
    def of(cls, case: Mapping[str, Any], edition: str | None = None) -> "StagingFacts":
        """From the `case` object of the check's contract; `edition` overrides the one that it names."""
        return cls(
            case.get("morphology"),
            case.get("topography"),
            case.get("family"),
            case.get("size_mm"),
            case.get("grade"),
            case.get("mitotic_rate"),
            case.get("t"),
            case.get("n"),
            case.get("m"),
            edition or case.get("staging_edition") or DEFAULT_EDITION,
        )

    @property
    def is_gist(self) -> bool:
        return self.morphology is not None and icdo3.is_gist(self.morphology)

    @property
    def is_g3_by_definition(self) -> bool:
        return self.morphology is not None and self.morphology[:4] in icdo3.G3_BY_DEFINITION


@dataclass(frozen=True, slots=True)
class Stage:
    """A computed stage. `group` is None unless `status` is staged; `reading`: notes on the inputs alone."""

    edition: str
    family: str | None
    t: str | None
    n: str
    m: str | None
    group: str | None
    status: str
    notes: tuple[str, ...]
    explanation: tuple[Line, ...]
    reading: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The `stage` object of the check's contract."""
        return {
            "edition": self.edition,
            "family": self.family,
            "t": self.t,
            "n": self.n,
            "m": self.m,
            "group": self.group,
            "status": self.status,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class _Categories:
    """What is looked up in the tables, with the notes on how it was read."""

    t: str | None
    by_size: TCategory | None
    n: str
    m: str | None
    grade: str | None
    notes: tuple[str, ...]


def stage(case: Mapping[str, Any], edition: str | None = None) -> Stage:
    """Stage the `case` object of the check's contract, which must be valid. Never raises on a valid one."""
    facts = StagingFacts.of(case, edition)
    way = route(
        morphology=facts.morphology, topography=facts.topography, family=facts.family, edition=facts.edition
    )
    read = _categories(facts, way.family)
    notes = (*((way.note,) if way.note else ()), *read.notes)
    if way.family is None:
        return _stage(facts, None, read, way.status or "not_determined", notes)
    table = group_tables().get((facts.edition, way.family))
    if table is None:
        return _stage(facts, way.family, read, "not_defined", (*notes, _no_groups(facts, way.family)))
    missing = _missing(facts, way.family, read)
    if missing:
        return _stage(facts, way.family, read, "not_determined", (*notes, *missing))
    return _staged(facts, way.family, table, read, notes)


def _staged(
    facts: StagingFacts, family: str, table: tuple[GroupRow, ...], read: _Categories, notes: tuple[str, ...]
) -> Stage:
    m = read.m if family == "bone_appendicular" else (read.m or "")[:2]
    t = read.t[:2] if read.t else None
    row = next((row for row in table if row.fits(t, read.n, m or "", read.grade)), None)
    if row is None:
        note = f"{read.t} with {read.n} {read.m} gives no stage group in this table."
        return _stage(facts, family, read, "not_determined", (*notes, note))
    return _stage(facts, family, read, "staged", (*notes, *_group_notes(row, read)), row)


def _stage(
    facts: StagingFacts,
    family: str | None,
    read: _Categories,
    status: str,
    notes: tuple[str, ...],
    row: GroupRow | None = None,
) -> Stage:
    group = row.group if row else None
    lines = _explanation(facts, family, read, status, row)
    return Stage(facts.edition, family, read.t, read.n, read.m, group, status, notes, lines, read.notes)


def _categories(facts: StagingFacts, family: str | None) -> _Categories:
    by_size = t_from_size(family, facts.size_mm) if family and facts.size_mm is not None else None
    t = facts.t or (by_size.category if by_size else None)
    grade, grade_notes = _grade(facts, family)
    codes = code_notes(facts.morphology, facts.topography)
    notes = (*codes, *_t_notes(facts, by_size), *_n_notes(facts), *grade_notes)
    return _Categories(t, by_size, "N1" if facts.n == "N1" else "N0", facts.m, grade, notes)


def _t_notes(facts: StagingFacts, by_size: TCategory | None) -> tuple[str, ...]:
    if facts.t is None or by_size is None or _agrees(facts.t, by_size):
        return ()
    size = f"{facts.size_mm} mm would be {by_size.category}"
    return (f"T is taken as recorded, {facts.t}; by its size the tumour says otherwise: {size}.",)


def _agrees(recorded: str, by_size: TCategory) -> bool:
    """Whether a recorded T can stand beside the size; what size cannot give never contradicts it."""
    if recorded == by_size.category:
        return True
    return any(e.category == recorded and e.over_mm is None for e in t_categories()[by_size.family])


def _n_notes(facts: StagingFacts) -> tuple[str, ...]:
    if facts.n is None:
        return ("N is not recorded: staged as N0.",)
    return ("NX (nodes not assessed) is staged as N0.",) if facts.n == "NX" else ()


def _grade(facts: StagingFacts, family: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The grade, or in GIST families the mitotic rate, that the table is entered with."""
    notes = _ignored(facts)
    if family in _GIST_FAMILIES:
        counts = facts.is_gist or facts.morphology is None
        return (facts.mitotic_rate if counts else None), notes
    if facts.is_gist:
        return None, notes
    if facts.is_g3_by_definition and facts.grade != "G3":
        recorded = f" (recorded: {facts.grade})" if facts.grade else ""
        return "G3", (*notes, f"This histology is G3 by definition: staged as G3{recorded}.")
    return facts.grade, notes


def _ignored(facts: StagingFacts) -> tuple[str, ...]:
    notes = []
    if facts.is_gist and facts.grade is not None:
        notes.append("The grade is ignored: GIST is not graded, its mitotic rate counts.")
    counts = facts.morphology is None or facts.is_gist
    if facts.mitotic_rate is not None and not counts:
        notes.append("The mitotic rate is ignored: it is used for GIST only.")
    return tuple(notes)


def code_notes(morphology: str | None, topography: str | None) -> tuple[str, ...]:
    """Notes on codes that are not in the list, and on legacy codes that are read as current ones."""
    notes = []
    if morphology is not None and not icdo3.morphology(morphology):
        notes.append(f"The morphology {morphology} is not in the list.")
    if topography is not None and icdo3.topography(topography) is None:
        notes.append(f"The topography {topography} is not in the list.")
    if morphology is not None and icdo3.current_code(morphology) != morphology:
        current = icdo3.current_code(morphology)
        notes.append(f"{morphology} is an older code: read as {current}, {icdo3.morphology_name(current)}.")
    return tuple(notes)


def _missing(facts: StagingFacts, family: str, read: _Categories) -> tuple[str, ...]:
    """What a group cannot be determined without; nodes or metastases decide it whatever the T and grade."""
    notes: tuple[str, ...] = (NO_MORPHOLOGY,) if facts.morphology is None else ()
    if read.m is None:
        notes = (*notes, "M is not recorded: the stage cannot be determined.")
    if read.m == "MX":
        notes = (*notes, "M is not assessed (MX): the stage cannot be determined.")
    if read.n == "N1" or read.m in SPREAD:
        return notes
    if read.t is None:
        notes = (*notes, "Neither the size nor T is recorded: the stage cannot be determined.")
    if read.grade is None:
        notes = (*notes, _grade_missing(facts, family))
    return notes


def _grade_missing(facts: StagingFacts, family: str) -> str:
    of_gist = family in _GIST_FAMILIES
    name = "mitotic rate" if of_gist else "grade"
    if facts.morphology is not None and facts.is_gist != of_gist:
        histology = "GIST" if facts.is_gist else "not GIST"
        return f"The chosen table needs a {name} and the histology is {histology}: choose another table."
    return f"The {name} is not recorded: the stage cannot be determined."


def _group_notes(row: GroupRow, read: _Categories) -> tuple[str, ...]:
    if row.group == "IV" and row.m == frozenset({"M1"}) and row.n == frozenset({"N0"}):
        return ("M1 without a letter: IVA (lung only) and IVB cannot be told apart.",)
    if read.grade == "GX" and row.grade is not None:
        return ("Grade not assessed (GX): the group assumes low grade.",)
    return ()


def _no_groups(facts: StagingFacts, family: str) -> str:
    return f"{EDITIONS[facts.edition]} defines no stage groups for this site ({FAMILIES[family].lower()})."


def _explanation(
    facts: StagingFacts, family: str | None, read: _Categories, status: str, row: GroupRow | None
) -> tuple[Line, ...]:
    lines = [Line("Table", _table_words(facts, family))]
    if read.t is not None:
        lines.append(Line(read.t, _t_words(facts, read)))
    lines.append(Line(read.n, _n_words(facts)))
    if read.m is not None:
        lines.append(Line(read.m, "as recorded"))
    if read.grade is not None:
        lines.append(Line(*_grade_words(facts, family, read.grade)))
    lines.append(
        Line(f"Stage {row.group}", _rule_words(row)) if row else Line("Stage", STAGE_STATUSES[status])
    )
    return tuple(lines)


def _table_words(facts: StagingFacts, family: str | None) -> str:
    if family is None:
        return f"None in {EDITIONS[facts.edition]}"
    chosen = ", chosen by the MDT" if facts.family else ""
    return f"{FAMILIES[family]}, {EDITIONS[facts.edition]}{chosen}"


def _n_words(facts: StagingFacts) -> str:
    if facts.n is None:
        return "not recorded, read as N0"
    return "not assessed (NX), read as N0" if facts.n == "NX" else "as recorded"


def _t_words(facts: StagingFacts, read: _Categories) -> str:
    if facts.t is None and read.by_size is not None:
        return f"{facts.size_mm} mm is {read.by_size.definition}"
    return "as recorded"


def _grade_words(facts: StagingFacts, family: str | None, grade: str) -> tuple[str, str]:
    if family in _GIST_FAMILIES:
        return f"Mitotic rate {grade}", "as recorded"
    return grade, "as recorded" if facts.grade == grade else "by definition of the histology"


def _rule_words(row: GroupRow) -> str:
    """A row of the table in words: "T2, N0, M0, G2 or G3"."""
    parts = ((row.t, "any T"), (row.n, "any N"), (row.m, "any M"), (row.grade, "any grade"))
    return ", ".join(" or ".join(sorted(values)) if values else anything for values, anything in parts)


def other_edition_note(case: Mapping[str, Any]) -> str | None:
    """What the other edition gives where its group differs ("UICC 8 would give IIIB"), else None."""
    here = stage(case)
    notes = (_note_of(here, stage(case, key)) for key in EDITIONS if key != here.edition)
    return " ".join(note for note in notes if note) or None


def _note_of(here: Stage, other: Stage) -> str | None:
    book = BOOKS[other.edition].short
    if (here.status, here.group) == (other.status, other.group):
        return None
    if other.group:
        return f"{book} would give {other.group}"
    return f"{book} would give no group ({STAGE_STATUSES[other.status].partition(':')[0].lower()})"
