"""Editions of TNM as data with dates: data/editions.csv. An old record stays in its edition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from cases.clinical.tables import rows


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition; `in_use_until` is None while it is in use."""

    key: str
    name: str
    short: str
    in_use_from: date
    in_use_until: date | None
    source: str


def _edition(row: dict[str, str]) -> Edition:
    until = date.fromisoformat(row["in_use_until"]) if row["in_use_until"] else None
    since = date.fromisoformat(row["in_use_from"])
    return Edition(row["key"], row["name"], row["short"], since, until, row["source"])


EDITIONS: Final[Mapping[str, Edition]] = MappingProxyType(
    {row["key"]: _edition(row) for row in rows("editions")}
)


def edition(key: str) -> Edition:
    """The edition with this key; raises KeyError for one that is not offered."""
    return EDITIONS[key]
