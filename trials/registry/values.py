"""Single values of a registry's record: texts without what no database holds, dates, codes, ages, addresses.

Every reader takes a `Left` to which it says what it did not take, in a sentence.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

SHOWN: Final = 60
MOST_SAID: Final = 40
"""Sentences about one study; a record with more faults is not made clearer by naming all of them."""

DAYS: Final = {"year": 365.25, "month": 30.44, "week": 7.0, "day": 1.0, "hour": 1 / 24, "minute": 1 / 1440}
"""Units of age in the registry, in days: enough to tell whether a lower bound is above an upper one."""

_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_AGE = re.compile(r"([0-9]{1,3}) (year|month|week|day|hour|minute)s?", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"'.]+")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")


@dataclass(slots=True)
class Left:
    """What of a study was not taken, in sentences, each once."""

    sentences: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if len(self.sentences) < MOST_SAID and sentence not in self.sentences:
            self.sentences.append(sentence)
        elif len(self.sentences) == MOST_SAID and sentence not in self.sentences:
            self.sentences.append("More of this record was not as the registry writes it.")


@dataclass(frozen=True, slots=True)
class Age:
    """An age as the registry writes it: 18 Years, 6 Months."""

    number: int
    unit: str

    @property
    def days(self) -> float:
        return self.number * DAYS[self.unit]


def shown(value: object) -> str:
    """A value within a sentence: short, and on one line."""
    words = " ".join(_UNREADABLE.sub("", str(value)[:1000]).split())
    return f"“{words if len(words) <= SHOWN else words[: SHOWN - 1] + '…'}”"


def part(record: Mapping[str, object], name: str, left: Left) -> Mapping[str, object]:
    """A part of a record that has parts itself; empty where it is missing or something else."""
    value = record.get(name)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    left.say(f"“{name}” is not a group of values, as the registry has it: it was left.")
    return {}


def rows(record: Mapping[str, object], name: str, left: Left) -> Sequence[object]:
    """A list of a record; empty where it is missing or something else."""
    value = record.get(name)
    if value is None:
        return ()
    if isinstance(value, list):
        return value
    left.say(f"“{name}” is not a list, as the registry has it: it was left.")
    return ()


def text(record: Mapping[str, object], name: str, left: Left, *, label: str, limit: int = 0) -> str:
    """A text; with a limit one that is longer is cut, and that is said."""
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        left.say(f"{label} is not a text, as the registry has it: it was left.")
        return ""
    return cut(readable(value), left, label=label, limit=limit)


def whole_text(record: Mapping[str, object], name: str, left: Left, *, label: str, limit: int) -> str:
    """A text that would mislead if it were cut: taken whole, or not at all."""
    value = text(record, name, left, label=label)
    if len(value) <= limit:
        return value
    left.say(
        f"{label} has {len(value):,} characters, and at most {limit:,} are kept. A part of it could mislead, "
        "so none of it was taken: read it in the registry."
    )
    return ""


def readable(value: str) -> str:
    """Without control characters and broken ones, which no database and no page takes."""
    return _UNREADABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def cut(value: str, left: Left, *, label: str, limit: int) -> str:
    if not limit or len(value) <= limit:
        return value
    left.say(f"{label} has {len(value):,} characters and was cut at {limit}.")
    return value[: limit - 1].rstrip() + "…"


def code(value: object, known: Collection[str], left: Left, *, label: str, otherwise: str) -> str:
    """A code of the registry's list; one written as words is taken and said, an unknown one is left."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value in known:
            return value
        plain = re.sub(r"[^A-Z0-9]+", "", value.upper())
        for each in known:
            if each.replace("_", "") == plain:
                left.say(f"{label} {shown(value)} is not written as the registry writes it; read as {each}.")
                return each
    left.say(f"{label} {shown(value)} is not one that the registry uses: {otherwise}.")
    return ""


def day_or_month(value: object, left: Left, *, label: str) -> str:
    """2026-07-01 or 2026-07, as the registry has it; anything else is left."""
    if value is None:
        return ""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found:
        try:
            date(int(found[1]), int(found[2]), int(found[3] or 1))
        except ValueError:
            found = None
    if found:
        return found[0]
    left.say(f"{label} {shown(value)} is neither a day (2026-07-01) nor a month (2026-07): it was left.")
    return ""


def whole_day(value: object, left: Left, *, label: str) -> date | None:
    """A day; a month alone does not say which record is the later one, and is left."""
    found = day_or_month(value, left, label=label)
    if len(found) == 7:
        left.say(f"{label} names a month only ({found}): it was left.")
        return None
    return date.fromisoformat(found) if found else None


def age_of(value: str) -> Age | None:
    """`18 Years` as number and unit, in the form that the registry uses; None for anything else."""
    found = _AGE.fullmatch(value.strip())
    return Age(int(found[1]), found[2].lower()) if found else None


def email(value: str, left: Left) -> str:
    if not value or (len(value) <= 254 and _EMAIL.fullmatch(value)):
        return value
    left.say(f"{shown(value)} is not an e-mail address: it was left.")
    return ""
