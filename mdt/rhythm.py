"""A team's meetings: its weekday, but never a bank holiday of England. Pure but for the team's own figures."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from accounts.calendar import bank_holidays, working_days_before

LONDON = ZoneInfo("Europe/London")
WEEK = timedelta(days=7)
CLOSES_AT = time(17)
"""On the day of the cut-off."""


def meeting_days(after: date, weekday: int) -> Iterator[date]:
    """The team's meeting days later than `after`; a bank holiday has none. Monday is 0."""
    day = after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)
    while True:
        if day not in bank_holidays(day.year):
            yield day
        day += WEEK


def at(day: date, start: time) -> datetime:
    """That time of day in the United Kingdom."""
    return datetime.combine(day, start, LONDON)


def cut_off(starts_at: datetime, working_days: int) -> datetime:
    """When a meeting's list closes: 5 pm, so many working days of England before its day."""
    day = starts_at.astimezone(LONDON).date()
    return at(working_days_before(day, working_days), CLOSES_AT)


def same_week(one: date, other: date) -> bool:
    """In the same week, which begins on Monday."""
    return one.isocalendar()[:2] == other.isocalendar()[:2]


def days_without(taken: Iterable[date], after: date, until: date, weekday: int) -> list[date]:
    """Meeting days later than `after` and up to `until` in whose week no day is taken."""
    taken = list(taken)
    days = takewhile(lambda day: day <= until, meeting_days(after, weekday))
    return [day for day in days if not any(same_week(day, other) for other in taken)]
