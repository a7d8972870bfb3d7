"""Prefixes of TNM (c, p, yc, yp, r, a) and a stage written in the usual form."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cases.clinical.editions import edition as book
from cases.clinical.tables import rows
from cases.clinical.vocabulary import MITOTIC_RATES, STAGE_STATUSES


@dataclass(frozen=True, slots=True)
class Prefix:
    """One prefix with what it means."""

    prefix: str
    name: str
    meaning: str

    @property
    def words(self) -> str:
        return f"{self.prefix}: {self.name.lower()}, {self.meaning}"


PREFIXES: Final[Mapping[str, Prefix]] = MappingProxyType(
    {row["prefix"]: Prefix(row["prefix"], row["name"], row["meaning"]) for row in rows("prefixes")}
)


def written(
    *,
    prefix: str = "",
    t: str | None,
    n: str | None,
    m: str | None,
    grade: str | None = None,
    edition: str,
    group: str | None,
    status: str,
    metastasis_proven: bool = False,
) -> str:
    """A stage in the usual form: "ypT2 N0 cM0 G3, AJCC 8: IIIA". `grade` may be a GIST's mitotic rate.

    Metastases are clinical unless a pathologist proved them: there is no pM0. Raises KeyError for an unknown prefix.
    """
    if prefix:
        prefix = PREFIXES[prefix].prefix
    parts = [f"{prefix}{t}" if t else "T not recorded", n or "N not recorded"]
    parts.append(_metastases(m, metastasis_proven))
    if grade:
        parts.append(f"{grade} mitotic rate" if grade in MITOTIC_RATES else grade)
    return f"{' '.join(parts)}, {book(edition).short}: {group or _no_group(status)}"


def _metastases(m: str | None, proven: bool) -> str:
    if not m or m == "MX":
        return "M not assessed" if m else "M not recorded"
    return f"p{m}" if proven and m != "M0" else f"c{m}"


def _no_group(status: str) -> str:
    words = STAGE_STATUSES[status]
    return words[0].lower() + words[1:]
