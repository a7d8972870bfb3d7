"""Risk of recurrence of GIST: modified NIH (Joensuu 2008) and AFIP (Miettinen and Lasota 2006), as data.

Sizes in whole millimetres, mitoses per 5 mm²; limits belong to the lower class. For GIST that was operated on first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cases.clinical.explaining import Line
from cases.clinical.tables import listed, rows

RISKS: Final = {
    "very_low": "Very low",
    "low": "Low",
    "intermediate": "Intermediate",
    "high": "High",
}
AFIP_CATEGORIES: Final = {
    "none": "None",
    "very_low": "Very low",
    "low": "Low",
    "moderate": "Moderate",
    "high": "High",
}
AFIP_SITES: Final = {
    "gastric": "Stomach",
    "jejunum_ileum": "Jejunum or ileum",
    "duodenum": "Duodenum",
    "rectum": "Rectum",
}
JOENSUU_SOURCE: Final = "Modified NIH criteria (Joensuu, Hum Pathol 2008;39:1411)"
AFIP_SOURCE: Final = "AFIP (Miettinen and Lasota, Semin Diagn Pathol 2006;23:70)"
NOT_SIGNED_OFF: Final = (
    "Published copies of this table disagree: a pathologist confirms the percentages before they are shown."
)
HIGH_MITOSES: Final = 5

_MARKS: Final = {
    "": "",
    "combined": "Tumours over 50 mm were counted together.",
    "combined_large": (
        "Insufficient data: tumours over 50 mm were counted together, "
        "so that this size has no figure of its own."
    ),
    "few": "Very few tumours were counted: no risk group is named.",
    "none": "Insufficient data: too few tumours were counted.",
}
# One value of each class, for a fact that is not recorded.
_ANY_SIZE: Final = (20, 50, 100, 101)
_ANY_MITOSES: Final = (HIGH_MITOSES, 10, 11)


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk by the modified NIH criteria. Without `category`, `alternatives` are the ones that are possible."""

    category: str | None
    text: str
    alternatives: tuple[str, ...]
    uncertain: bool
    explanation: tuple[Line, ...]
    source: str = JOENSUU_SOURCE


@dataclass(frozen=True, slots=True)
class AfipRisk:
    """A cell of the AFIP table. `per_cent`, as printed, is shown only where a pathologist has allowed it."""

    category: str | None
    per_cent: str | None
    insufficient: bool
    note: str
    source: str = AFIP_SOURCE

    @property
    def text(self) -> str:
        """The risk group in words."""
        if self.category:
            return AFIP_CATEGORIES[self.category]
        return "Insufficient data" if self.insufficient else "No risk group named"


@dataclass(frozen=True, slots=True)
class _Range:
    over: int | None
    up_to: int | None

    @classmethod
    def of(cls, over: str, up_to: str) -> "_Range":
        return cls(int(over) if over else None, int(up_to) if up_to else None)

    def holds(self, value: float) -> bool:
        return (self.over is None or value > self.over) and (self.up_to is None or value <= self.up_to)


@dataclass(frozen=True, slots=True)
class _Row:
    risks: tuple[str, ...]
    size: _Range
    mitoses: _Range
    site: str
    ruptured: str
    criterion: str

    def fits(self, size_mm: int, mitoses: float, gastric: bool, ruptured: bool) -> bool:
        return (
            self.size.holds(size_mm)
            and self.mitoses.holds(mitoses)
            and self.site in ("*", "gastric" if gastric else "non_gastric")
            and (self.ruptured == "*" or ruptured)
        )


@lru_cache(maxsize=1)
def _joensuu_rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(
            listed(row["risk"]),
            _Range.of(row["over_mm"], row["up_to_mm"]),
            _Range.of(row["over_mitoses"], row["up_to_mitoses"]),
            row["site"],
            row["ruptured"],
            row["criterion"],
        )
        for row in rows("joensuu")
    )


def joensuu(
    *,
    size_mm: int | None,
    mitoses_per_5mm2: float | None,
    gastric: bool | None,
    ruptured: bool | None,
) -> Risk:
    """Risk by the modified NIH criteria; None is not recorded. A rupture that is not recorded is read as none.

    Raises ValueError for a size below 1 mm or a negative count.
    """
    _check(size_mm, mitoses_per_5mm2)
    fitting = _fitting(size_mm, mitoses_per_5mm2, gastric, bool(ruptured))
    possible = tuple(risk for risk in RISKS if any(risk in row.risks for row in fitting))
    read = _read(size_mm, mitoses_per_5mm2, gastric, ruptured)
    if len(possible) == 1:
        criterion = Line(f"{RISKS[possible[0]]} risk", fitting[0].criterion)
        return Risk(possible[0], f"{RISKS[possible[0]]} risk", (), False, (*read, criterion))
    missing = _missing(size_mm, mitoses_per_5mm2, gastric)
    either = _listed([RISKS[risk].lower() for risk in possible], "or").capitalize()
    if not missing:
        criterion = Line("Sources differ", fitting[0].criterion)
        return Risk(None, f"{either}: sources differ", possible, True, (*read, criterion))
    return Risk(None, f"{either}: {missing}", possible, any(len(row.risks) > 1 for row in fitting), read)


def _check(size_mm: int | None, mitoses: float | None) -> None:
    if size_mm is not None and size_mm < 1:
        raise ValueError(f"The size must be 1 mm or more, not {size_mm!r}.")
    if mitoses is not None and not 0 <= mitoses < float("inf"):
        raise ValueError(f"Mitoses per 5 mm² must be 0 or more, not {mitoses!r}.")


def _fitting(
    size_mm: int | None, mitoses: float | None, gastric: bool | None, ruptured: bool
) -> Sequence[_Row]:
    """The deciding rows over every value that an unrecorded fact could have, each once."""
    sizes = _ANY_SIZE if size_mm is None else (size_mm,)
    counts = _ANY_MITOSES if mitoses is None else (mitoses,)
    sites = (True, False) if gastric is None else (gastric,)
    deciding = [
        _deciding(size, count, site, ruptured) for size in sizes for count in counts for site in sites
    ]
    return list(dict.fromkeys(deciding))


def _deciding(size_mm: int, mitoses: float, gastric: bool, ruptured: bool) -> _Row:
    return next(row for row in _joensuu_rows() if row.fits(size_mm, mitoses, gastric, ruptured))


def _missing(size_mm: int | None, mitoses: float | None, gastric: bool | None) -> str:
    """What is missing in words, or nothing."""
    facts = (("the size", size_mm), ("the mitotic count", mitoses), ("the site", gastric))
    names = [name for name, value in facts if value is None]
    if not names:
        return ""
    return f"{_listed(names, 'and')} {'are' if len(names) > 1 else 'is'} not recorded"


def _listed(words: Sequence[str], last_by: str) -> str:
    """Words in one sentence: low, intermediate or high."""
    *first, last = words
    return f"{', '.join(first)} {last_by} {last}" if first else last


def _read(
    size_mm: int | None, mitoses: float | None, gastric: bool | None, ruptured: bool | None
) -> tuple[Line, ...]:
    size = "not recorded" if size_mm is None else f"{size_mm} mm"
    count = "not recorded" if mitoses is None else f"{mitoses:g} per 5 mm²"
    site = "not recorded" if gastric is None else "stomach" if gastric else "outside the stomach"
    if ruptured is None:
        rupture = "not recorded, read as no rupture; a ruptured tumour is high risk"
    else:
        rupture = "ruptured" if ruptured else "no rupture"
    return (Line("Size", size), Line("Mitoses", count), Line("Site", site), Line("Rupture", rupture))


@dataclass(frozen=True, slots=True)
class _Cell:
    site: str
    size: _Range
    mitoses: str
    risk: AfipRisk


@lru_cache(maxsize=1)
def _afip_cells() -> tuple[_Cell, ...]:
    return tuple(
        _Cell(row["site"], _Range.of(row["over_mm"], row["up_to_mm"]), row["mitoses"], _afip_risk(row))
        for row in rows("afip")
    )


def _afip_risk(row: dict[str, str]) -> AfipRisk:
    insufficient = row["mark"] in ("combined_large", "none")
    per_cent = None if insufficient else row["per_cent"]
    return AfipRisk(row["category"] or None, per_cent, insufficient, _MARKS[row["mark"]])


def afip(*, size_mm: int, mitoses_per_5mm2: float, site: str) -> AfipRisk:
    """The cell of the AFIP table for a size, a count and one of AFIP_SITES; raises ValueError outside these."""
    _check(size_mm, mitoses_per_5mm2)
    if site not in AFIP_SITES:
        raise ValueError(f"The site must be one of {', '.join(AFIP_SITES)}, not {site!r}.")
    mitoses = "high" if mitoses_per_5mm2 > HIGH_MITOSES else "low"
    return next(
        cell.risk
        for cell in _afip_cells()
        if cell.site == site and cell.mitoses == mitoses and cell.size.holds(size_mm)
    )


def is_gastric(*, topography: str | None, family: str | None) -> bool | None:
    """By the staging table where one was chosen, else by the site; None where nothing says so."""
    if family in ("gist_gastric", "gist_non_gastric"):
        return family == "gist_gastric"
    return None if topography is None else topography.startswith("C16.")


def afip_site(*, topography: str | None, family: str | None) -> str | None:
    """The column of the AFIP table that a tumour belongs to, or None where the table has none.

    One that is staged as gastric, such as one of the omentum, is read as gastric.
    """
    if is_gastric(topography=topography, family=family):
        return "gastric"
    sites = {"C17.0": "duodenum", "C17.1": "jejunum_ileum", "C17.2": "jejunum_ileum", "C20.9": "rectum"}
    return sites.get(topography or "")


def mitotic_rate(mitoses_per_5mm2: float) -> str:
    """The mitotic rate of AJCC and UICC 8 for GIST: low (5 or fewer per 5 mm²) or high."""
    return "high" if mitoses_per_5mm2 > HIGH_MITOSES else "low"
