"""Whether two records look like one person, and why: pure, and the same words on every page.

Names are compared without accents, capitals and punctuation. Twins, who share family name and date of birth, are not
suspected where both have an NHS number of their own and first names differ.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

HOSPITAL_NUMBER: Final = "The same hospital number"
SWAPPED: Final = "First and family name the other way round"
BORN_AND_NAMED: Final = "The same date of birth and family name"
BORN_AND_ALIKE: Final = "The same date of birth, and names that are nearly the same"
NAMED: Final = "The same name, and an NHS number is held for one or none"
BORN_UNKNOWN: Final = "a date of birth is missing"
BORN_SLIP: Final = "the dates of birth differ by one slip"
TWO_NUMBERS: Final = "two different NHS numbers"


@dataclass(frozen=True, slots=True)
class Person:
    """What two records are compared by."""

    pk: int
    family_name: str = ""
    given_name: str = ""
    birth_on: date | None = None
    nhs_number: str = ""
    hospital_numbers: tuple[str, ...] = ()


def reasons(one: Person, other: Person) -> tuple[str, ...]:
    """Why these may be one person, the strongest first; nothing where they don't look it."""
    found = []
    if _share_hospital_number(one, other):
        found.append(HOSPITAL_NUMBER)
    if by_name := _by_name(one, other):
        found.append(by_name)
    if found and _both_numbers(one, other):
        found[-1] = f"{found[-1]}; but {TWO_NUMBERS}"
    return tuple(found)


def _by_name(one: Person, other: Person) -> str:
    family, given = _same(one.family_name, other.family_name), _same(one.given_name, other.given_name)
    born_alike = one.birth_on is not None and one.birth_on == other.birth_on
    unknown = one.birth_on is None or other.birth_on is None
    if _swapped(one, other) and (born_alike or unknown):
        return SWAPPED if born_alike else f"{SWAPPED}; {BORN_UNKNOWN}"
    if born_alike and family and (given or not _both_numbers(one, other)):
        return BORN_AND_NAMED
    if born_alike and alike(one.family_name, other.family_name) and _alike_given(one, other):
        return BORN_AND_ALIKE
    if not (family and given) or born_alike or _both_numbers(one, other):
        return ""
    if unknown:
        return f"{NAMED}; {BORN_UNKNOWN}"
    return f"{NAMED}; {BORN_SLIP}" if one_slip(one.birth_on, other.birth_on) else ""


def _both_numbers(one: Person, other: Person) -> bool:
    return bool(one.nhs_number and other.nhs_number and one.nhs_number != other.nhs_number)


def _share_hospital_number(one: Person, other: Person) -> bool:
    """Hospitals give out the same numbers, so that a number alone says nothing."""
    if not set(one.hospital_numbers) & set(other.hospital_numbers):
        return False
    born_alike = one.birth_on is not None and one.birth_on == other.birth_on
    unnamed = not one.family_name or not other.family_name
    return (
        born_alike or (unnamed and not _born_apart(one, other)) or alike(one.family_name, other.family_name)
    )


def _born_apart(one: Person, other: Person) -> bool:
    return bool(one.birth_on and other.birth_on and one.birth_on != other.birth_on)


def _swapped(one: Person, other: Person) -> bool:
    return (
        not _same(one.family_name, one.given_name)
        and _same(one.family_name, other.given_name)
        and _same(one.given_name, other.family_name)
    )


def _alike_given(one: Person, other: Person) -> bool:
    """An initial is like the name that begins with it; a name that is not held is like any."""
    first, second = sorted((plain(one.given_name), plain(other.given_name)), key=len)
    return alike(first, second) or (len(first) <= 1 and second.startswith(first))


def plain(name: str) -> str:
    """Lower case letters alone: O’Neill, ONEILL and Ó Néill are one."""
    if name.isascii() and name.isalpha():
        return name.lower()
    letters = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[^\w]|[\d_]", "", "".join(c for c in letters if not unicodedata.combining(c)))


def _same(one: str, other: str) -> bool:
    name = plain(one)
    return bool(name) and name == plain(other)


def alike(one: str, other: str) -> bool:
    """The same name, one part of a double name, or a slip of the pen: one in up to five letters, two in more."""
    first, second = plain(one), plain(other)
    if not first or not second:
        return False
    if first == second or _part_of(one, other) or _part_of(other, one):
        return True
    shorter = min(len(first), len(second))
    most = 1 if shorter <= 5 else 2
    if shorter <= 2 or abs(len(first) - len(second)) > most:
        return False
    return slips(first, second) <= most


def _part_of(short: str, long: str) -> bool:
    if " " not in long and "-" not in long:
        return False
    parts = [plain(part) for part in re.split(r"[\s-]+", long)]
    return len(parts) > 1 and len(plain(short)) > 2 and plain(short) in parts


def slips(one: str, other: str) -> int:
    """Letters to leave out, put in, exchange or swap with the next (optimal string alignment distance)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, opposite in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != opposite))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


def one_slip(one: date | None, other: date | None) -> bool:
    """Day and month swapped, or one of day, month and year another."""
    if one is None or other is None or one == other:
        return False
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return True
    same = (one.year == other.year, one.month == other.month, one.day == other.day)
    return same.count(True) == 2
