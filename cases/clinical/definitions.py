"""What the T, N and M categories mean, by staging family and edition: for whoever has to choose one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cases.clinical.staging_tables import t_categories
from cases.clinical.tables import listed, rows

Definitions = tuple[tuple[str, str], ...]

_TO_CONFIRM: Final = " (wording to be confirmed with a cancer registry)"


@dataclass(frozen=True, slots=True)
class _Definition:
    axis: str
    families: tuple[str, ...]
    editions: tuple[str, ...]
    category: str
    text: str

    def is_for(self, axis: str, family: str, edition: str) -> bool:
        return self.axis == axis and all(
            wanted in among or among == ("*",)
            for wanted, among in ((family, self.families), (edition, self.editions))
        )


@lru_cache(maxsize=1)
def _definitions() -> tuple[_Definition, ...]:
    return tuple(
        _Definition(
            row["axis"],
            listed(row["family"]),
            listed(row["edition"]),
            row["category"],
            row["definition"] + ("" if row["certain"] == "yes" else _TO_CONFIRM),
        )
        for row in rows("definitions")
    )


def _of(axis: str, family: str, edition: str) -> Iterator[tuple[str, str]]:
    return ((each.category, each.text) for each in _definitions() if each.is_for(axis, family, edition))


def t_definitions(family: str, edition: str) -> Definitions:
    """T categories of a family with their definitions, TX and T0 first; raises KeyError for no family."""
    special = dict(_of("T", family, edition))
    own = {each.category: each.definition for each in t_categories()[family]}
    return tuple(({"TX": special["TX"], "T0": special["T0"]} | own | special).items())


def n_definitions(family: str, edition: str) -> Definitions:
    """N categories of a family with their definitions."""
    return tuple(_of("N", family, edition))


def m_definitions(family: str, edition: str) -> Definitions:
    """M categories of a family with their definitions; bone tells the lung from other organs."""
    return tuple(_of("M", family, edition))
