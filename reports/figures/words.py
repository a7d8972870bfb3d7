"""Words that several figures share."""

from collections.abc import Iterable, Iterator
from datetime import date


def month_words(month: date) -> str:
    return f"{month:%b %Y}"


def months_between(start: date, end: date) -> Iterator[date]:
    """The first day of each month from the start's to the end's, so that a month without anything is shown."""
    year, month = start.year, start.month
    while (year, month) <= (end.year, end.month):
        yield date(year, month, 1)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def aim_of(aims: Iterable[int]) -> int | None:
    """The aim, where the teams that are asked of have the same."""
    found = set(aims)
    return found.pop() if len(found) == 1 else None
