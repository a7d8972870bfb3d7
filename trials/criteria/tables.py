"""Reads the data files of the criteria: CSV whose first lines are comments with their source."""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

from cases.clinical.tables import listed

_DATA: Final = files("trials.criteria") / "data"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of data/<name>.csv, comment lines left out."""
    lines = (_DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(line for line in lines if line and not line.startswith("#")))


def column(name: str, key: str, value: str) -> dict[str, str]:
    """One column of a table by another."""
    return {row[key]: row[value] for row in rows(name)}


def lists(name: str, key: str, value: str) -> dict[str, tuple[str, ...]]:
    """As `column`, where the cells hold several values."""
    return {row[key]: listed(row[value] or "") for row in rows(name)}
