"""Lines of earlier systemic treatment: the rows of one regimen are one line, as far as nothing sets them apart.

Sources: a regimen's drugs are often recorded as rows of their own; what is given before and after surgery belongs to
the first treatment, and protocols differ in whether it is a line at all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from trials.criteria.tree import Lines

AROUND_SURGERY: Final = frozenset({"neoadjuvant", "adjuvant"})
LONGEST_REGIMEN: Final = timedelta(days=366)
"""Between the first day of a regimen and that of the last drug to join it, where no end is recorded."""
_KEY: Final = re.compile(r"lines:(\d{0,3}):(\d{0,3}):(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Course:
    """One systemic treatment as recorded: when, and for what."""

    timing: str | None = None
    started_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Lines that the recorded treatments make: at most `rows`, at least `fewest`; `sure` leaves out what was given
    around surgery.
    """

    rows: int
    fewest: int
    sure: int


def counted(courses: Iterable[Course]) -> Counted:
    rows = list(courses)
    return Counted(
        len(rows), _apart(rows), _apart([each for each in rows if each.timing not in AROUND_SURGERY])
    )


def _apart(courses: Iterable[Course]) -> int:
    """How many can be told to be lines of their own; rather too few than too many."""
    kept: list[Course] = []
    for each in sorted(courses, key=lambda row: row.ended_on or row.started_on or date.max):
        if all(_are_two(other, each) for other in kept):
            kept.append(each)
    return len(kept)


def _are_two(one: Course, other: Course) -> bool:
    intents = {"" if each.timing in AROUND_SURGERY else each.timing for each in (one, other)}
    if len(intents) == 2 and None not in intents:
        return True
    return intents != {""} and (_is_over(one, other) or _is_over(other, one))


def _is_over(one: Course, other: Course) -> bool:
    """Whether the one had ended before the other began."""
    if one.started_on is None or other.started_on is None:
        return bool(one.ended_on and other.started_on and one.ended_on < other.started_on)
    if one.ended_on is None:
        return other.started_on - one.started_on > LONGEST_REGIMEN
    return one.ended_on < other.started_on


def question_of(leaf: Lines, rows: int) -> str:
    """The key under which a person says how the recorded rows count; another row makes it another question."""
    limits = ("" if limit is None else str(limit) for limit in (leaf.min, leaf.max))
    return f"lines:{':'.join(limits)}:{rows}"


def question_words(key: str) -> str:
    """The question in words; empty for the key of another."""
    found = _KEY.fullmatch(key)
    if found is None:
        return ""
    least, most, rows = found.groups()
    recorded = f"{rows} systemic treatment{'' if rows == '1' else 's'} recorded"
    if most == "0":
        return f"{recorded}: does the trial take the patient as one without an earlier line?"
    if least and most:
        limits = f"exactly {most}" if least == most else f"{least} to {most}"
    else:
        limits = f"at most {most}" if most else f"at least {least}"
    count = "line" if (most or least) == "1" else "lines"
    return f"{recorded}: does the trial count {limits} {count}? (One regimen is one line.)"


def asks(leaf: Lines, key: str) -> bool:
    """Whether a key is that of this criterion, whatever the number of rows."""
    return (
        _KEY.fullmatch(key) is not None and key.rpartition(":")[0] == question_of(leaf, 0).rpartition(":")[0]
    )
