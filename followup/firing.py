"""On which day a rule tells of a due date: days or working days of England, before it or after. Pure: no Django."""

from datetime import date, timedelta
from functools import lru_cache

from accounts.calendar import add_working_days, working_days_before

WORKING_DAYS = "working_days"
AROUND = timedelta(days=14)
"""More than the longest row of days without work in England, so that a search from here misses none."""


def fires_on(due_on: date, offset: int, unit: str) -> date:
    """The day on which a rule with this offset tells of what is due on that day.

    None of its working days is a day off: what is due at a weekend is told of on the working day after it, and two
    working days before a Monday is the Thursday.
    """
    if unit != WORKING_DAYS:
        return due_on + timedelta(days=offset)
    return working_days_before(due_on, -offset) if offset < 0 else add_working_days(due_on, offset)


@lru_cache(maxsize=4096)
def latest_due(day: date, offset: int, unit: str) -> date:
    """The latest due date of which a rule with this offset has told by that day."""
    if unit != WORKING_DAYS:
        return day - timedelta(days=offset)
    due_on = add_working_days(day, -offset) if offset < 0 else working_days_before(day, offset)
    due_on += AROUND
    while fires_on(due_on, offset, unit) > day:
        due_on -= timedelta(days=1)
    return due_on
