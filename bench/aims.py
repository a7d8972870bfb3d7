"""What one measured page or endpoint is, the floors beside it, and what it should at most be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.client import Call

Told = dict[str, Any]
"""Who signs in, and which rows the measured addresses are about: see bench.inside."""


@dataclass(frozen=True)
class Aim:
    """At most so many times the floor's p50, and so many statements; or so many milliseconds at all."""

    ratio: float | None
    statements: int
    ms: float | None = None


PAGE, LIST, JSON, WRITE = Aim(3.0, 15), Aim(3.0, 12), Aim(2.5, 8), Aim(4.0, 15)
AGENDA, PROPOSALS = Aim(None, 15, 2000), Aim(None, 15, 1000)


@dataclass(frozen=True)
class Target:
    """One page or endpoint. `machine`: asked with a hospital system's token rather than by a person's session.
    `rows`: how many rows or cases it has to show, so that an empty page is not taken for a fast one.
    """

    name: str
    floor: str
    aim: Aim
    make: Callable[[Told], Call]
    machine: bool = False
    rows: int = 0


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = {"Content-Type": "application/json"}
LINE = (
    '{"reference": "BN1", "name": "KELDERTON", "birth_on": "1960-01-01", "status": "new", "note": "A lump."}'
)
FLOORS = {
    "html": Call("/page/", contains="KELDERTON"),
    "json": Call("/rows/", contains="KELDERTON"),
    "create": Call("/create/", "POST", BODY, LINE, 201),
}
