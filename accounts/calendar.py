"""Working days of England: Monday to Friday without bank holidays. Pure: no Django, no clock, no database."""

from datetime import date, timedelta
from functools import cache

import holidays

SATURDAY = 5
DAY = timedelta(days=1)


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Bank holidays of England in that year, substitute days included (library `holidays`)."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def next_working_day(day: date) -> date:
    """The day itself where it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += DAY
    return day


def add_working_days(day: date, count: int) -> date:
    """The working day that is `count` working days after `day`; the day itself is not counted.

    Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("working days are added, never taken away")
    for _ in range(count):
        day = next_working_day(day + DAY)
    return next_working_day(day)


def working_days_before(day: date, count: int) -> date:
    """The working day that is `count` working days before `day`; the day itself is not counted.

    With 0, the day itself or the last working day before it. Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("the number of working days is not negative")
    for _ in range(count):
        day -= DAY
        while not is_working_day(day):
            day -= DAY
    while not is_working_day(day):
        day -= DAY
    return day
