"""Collects what is wrong with the values of a service, by field, and refuses them all at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone

from cases.clinical import icdo3, nhs_number

EARLIEST_BIRTH = date(1900, 1, 1)
EARLIEST_EVENT = date(1950, 1, 1)
"""No record of a sarcoma service is older; a year typed with two digits falls here."""


def said(day: date) -> str:
    """A date as people say it: 9 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def said_time(at: datetime | time, *, seconds: bool = False) -> str:
    """A time of day as people say it: 5 pm, 8:54 am, midday, midnight; 8:53:47 am where seconds matter."""
    local = timezone.localtime(at) if isinstance(at, datetime) and timezone.is_aware(at) else at
    if local.minute == 0 and local.hour % 12 == 0 and not seconds:
        return "midday" if local.hour else "midnight"
    past = f":{local:%M:%S}" if seconds else f":{local:%M}" if local.minute else ""
    return f"{local.hour % 12 or 12}{past} {'am' if local.hour < 12 else 'pm'}"


@dataclass
class Refusals:
    """Errors by field; `settle` raises them together, so that nobody corrects one to meet the next."""

    errors: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)

    def settle(self) -> None:
        if self.errors:
            raise ValidationError(self.errors)

    def need(self, name: str, label: str, value: object) -> None:
        if value in (None, "", [], ()):
            self.add(name, f"{label} is needed.")

    def past(self, name: str, label: str, day: date | None, *, born: date | None = None) -> None:
        """A day on which something happened: not in the future, not before the patient was born."""
        if day is None:
            return
        if day > timezone.localdate():
            self.add(name, f"{label} is in the future ({said(day)}). Enter today or an earlier date.")
        elif born and day < born <= timezone.localdate():
            self.add(
                name, f"{label} ({said(day)}) is before the patient was born ({said(born)}). Check the year."
            )
        elif day < EARLIEST_EVENT:
            self.add(name, f"{label} ({said(day)}) is before 1950. Check the year.")

    def order(
        self, name: str, label: str, day: date | None, earlier_label: str, earlier: date | None
    ) -> None:
        if day and earlier and day < earlier:
            self.add(name, f"{label} ({said(day)}) is before {earlier_label} ({said(earlier)}).")

    def birth(self, name: str, day: date | None, *, died: date | None = None) -> None:
        if day is None:
            return
        if day > timezone.localdate():
            self.add(name, f"Date of birth is in the future ({said(day)}). Enter a date from 1900 to today.")
        elif day < EARLIEST_BIRTH:
            self.add(name, f"Date of birth ({said(day)}) is before 1900. Check the year.")
        elif died and day > died:
            self.add(name, f"Date of birth ({said(day)}) is after the recorded death ({said(died)}).")

    def between(
        self, name: str, label: str, value: float | None, low: float, high: float, hint: str = ""
    ) -> None:
        if value is not None and not low <= value <= high:
            self.add(name, f"{label} must be from {low} to {high}, not {value}.{' ' + hint if hint else ''}")

    def choice(self, name: str, label: str, value: object, allowed: Collection[object]) -> None:
        if value not in (None, "") and value not in allowed:
            known = ", ".join(map(str, allowed))
            self.add(name, f"{label}: “{str(value)[:40]}” is not a known value. It must be one of {known}.")

    def length(self, name: str, label: str, text: str, longest: int) -> None:
        if len(text) > longest:
            self.add(name, f"{label} has {len(text)} characters. It may have {longest}.")

    def morphology(self, name: str, code: str) -> None:
        if code and not icdo3.is_wellformed_morphology(code):
            self.add(name, f"“{code[:40]}” is not an ICD-O-3 morphology code. One looks like 8890/3.")

    def topography(self, name: str, code: str) -> None:
        if code and not icdo3.is_wellformed_topography(code):
            self.add(name, f"“{code[:40]}” is not an ICD-O-3 site code. One looks like C49.2.")

    def nhs_number(self, name: str, text: str) -> str | None:
        """The ten digits, or None where none were given or they were refused."""
        if not text.strip():
            return None
        try:
            return nhs_number.parse(text)
        except nhs_number.InvalidNhsNumber as error:
            self.add(name, f"{error.message}{_what_would_fit(text)}")
        return None


def _what_would_fit(text: str) -> str:
    digits = "".join(text.split()).replace("-", "")
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()) or len(set(digits)) == 1:
        return ""
    last = nhs_number.check_digit(digits)
    if last is None:
        return " No NHS number begins with these nine digits, so one of them is wrong too."
    return f" After {nhs_number.display(digits)[:-1]} the last digit would be {last}."
