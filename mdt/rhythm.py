"""A team's meetings: its weekday, but never a bank holiday of England. Pure but for the team's own figures."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.calendar import bank_holidays

LONDON = ZoneInfo("Europe/London")
WEEK = timedelta(days=7)


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
