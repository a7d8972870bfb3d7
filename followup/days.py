"""Days as the pages of follow-up say them: with the weekday, and whether clinics are held on them."""

from datetime import date

from django.utils.dateparse import parse_date

from accounts.calendar import SATURDAY, is_working_day, next_working_day
from cases.services.refusals import said


def said_weekday(day: date) -> str:
    """Friday 25 Dec 2026."""
    return f"{day:%A} {said(day)}"


def off_day(day: date) -> str:
    """Why no clinic is held on it, as "planned for a day …" goes on; empty on a working day of England."""
    if is_working_day(day):
        return ""
    return "at the weekend" if day.weekday() >= SATURDAY else "on a bank holiday"


def said_with_hint(day: date) -> str:
    """Friday 25 Dec 2026, on a bank holiday: the next working day is Tuesday 29 Dec 2026."""
    why = off_day(day)
    hint = f", {why}: the next working day is {said_weekday(next_working_day(day))}" if why else ""
    return f"{said_weekday(day)}{hint}"


def named(text: str) -> date | None:
    """The day that an address names, such as 2026-12-25; None where it names none."""
    try:
        return parse_date(text)
    except ValueError:
        return None
