"""Reads the data files of clinical knowledge: CSV whose first lines are comments with source and edition."""

import csv
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

_DATA: Final = files("cases.clinical") / "data"


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of data/<name>.csv, comment lines left out."""
    lines = (_DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    yield from csv.DictReader(line for line in lines if line and not line.startswith("#"))


def source(name: str) -> str:
    """What data/<name>.csv says of itself in its comment lines."""
    lines = (_DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))


def listed(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds several, separated by semicolons."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())
