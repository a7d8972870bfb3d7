"""A figure as it was counted: lines of how many of how many, and what a page and a spreadsheet show of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from reports.definitions import Figure

TOO_FEW: Final = 5
"""Of fewer than this no share is given."""


def share(count: int, of: int | None) -> float | None:
    """The share, from 0 to 1; None where there are too few to give one."""
    return count / of if of is not None and of >= TOO_FEW else None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a figure: a month, a role, a reason. `of` is left out of a plain count."""

    label: str
    count: int
    of: int | None = None
    more: tuple[str, ...] = ()
    value: float | None = None

    @property
    def share(self) -> float | None:
        return share(self.count, self.of)


@dataclass(frozen=True, slots=True)
class Column:
    """What the table's columns are called; one without a name is not there."""

    rows: str
    count: str
    of: str = ""
    more: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A figure with its lines, the whole of them, and what is told beside."""

    figure: Figure
    column: Column
    lines: Sequence[Line]
    whole: Line
    aim: int | None = None
    notes: tuple[str, ...] = ()
    apart: Sequence[Line] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not (self.whole.of if self.whole.of is not None else self.whole.count)

    def is_below(self, line: Line) -> bool:
        """Whether a share is known and misses the aim."""
        reached = line.share
        return self.aim is not None and reached is not None and 100 * reached < self.aim
