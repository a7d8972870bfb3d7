"""How a cell becomes a value: one small function per rule; what a rule cannot read is said, never guessed at."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final

from cases.clinical import icdo3, nhs_number
from cases.importing.wording import key

MILLIMETRES: Final[Mapping[str, int]] = MappingProxyType({"mm": 1, "cm": 10})
SAYS_NOTHING: Final = None
"""A cell that was understood and holds no value."""

Value = str | int | Decimal | bool | date | None


class NotUnderstood(ValueError):
    """The cell does not fit the rule; `why` completes "… was not taken: "."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Adjusted(str):
    """A value that was put into another form than the file's, with what was done."""

    done: str

    def __new__(cls, value: str, done: str) -> "Adjusted":
        made = super().__new__(cls, value)
        made.done = done
        return made


@dataclass(frozen=True, slots=True)
class Options:
    """What a mapping may say beside the rule's name."""

    unit: str = "mm"


Rule = Callable[[str, Options], Value]

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{1,9})?")
_LENGTHS: Final = re.compile(r"([0-9.,]+(?:\s*[x\u00d7*]\s*[0-9.,]+){0,2})\s*(mm|cm)?", re.IGNORECASE)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
_NUMERIC: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_WORDED: Final = re.compile(r"[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{4}")
_MORPHOLOGY: Final = re.compile(r"M?-?\s*([0-9]{4})\s*[/-]?\s*([0-9])", re.IGNORECASE)
_TOPOGRAPHY: Final = re.compile(r"C\s*([0-9]{2})(?:\.?([0-9])([0-9]{0,2}))?", re.IGNORECASE)
_TRUE: Final = frozenset({"yes", "y", "true", "1", "ja", "oui"})
_FALSE: Final = frozenset({"no", "n", "false", "0", "nein", "non"})
_SIDES: Final = MappingProxyType(
    {"left": "L", "right": "R", "bilateral": "B", "both": "B", "midline": "M", "l": "L", "r": "R"}
)


def number(text: str) -> Decimal:
    """A plain number, with decimal point or comma; raises NotUnderstood."""
    plain = text.strip()
    if not (plain.isascii() and _NUMBER.fullmatch(plain)):
        raise NotUnderstood("it is not a plain number")
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", plain):
        raise NotUnderstood("the comma could mean thousands or decimals")
    return Decimal(plain.replace(",", "."))


def _text(text: str, options: Options) -> Value:
    return text


def _whole(text: str, options: Options) -> Value:
    value = number(text)
    if value != value.to_integral_value():
        raise NotUnderstood("it is not a whole number")
    return int(value)


def _mitoses(text: str, options: Options) -> Value:
    """Rounded down to a tenth: 9.96 must not become the 10 at which the score changes."""
    return number(text).quantize(Decimal("0.1"), ROUND_FLOOR)


def _percent(text: str, options: Options) -> Value:
    """Whole per cent, rounded towards the score that the exact number has: above 0 at least 1, 49.9 is 49."""
    value = number(text.rstrip("% "))
    if 0 < value < 1:
        return 1
    return int(value.to_integral_value(ROUND_FLOOR))


def _length(text: str, options: Options) -> Value:
    """Millimetres: the greatest of one to three dimensions in a cell; a unit in the cell beats the mapping's."""
    found = _LENGTHS.fullmatch(text.strip())
    if not found:
        return _to_mm(number(text), options.unit)
    unit = (found[2] or options.unit).lower()
    return _to_mm(max(number(part) for part in re.split(r"\s*[x\u00d7*]\s*", found[1], flags=re.I)), unit)


def _to_mm(value: Decimal, unit: str) -> int:
    return int((value * MILLIMETRES[unit]).to_integral_value(ROUND_HALF_UP))


def _day(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise NotUnderstood("there is no such day") from error


def _date(text: str, options: Options) -> Value:
    """ISO, or the day first as in the United Kingdom: 2026-11-25, 25/11/2026, 25.11.2026, 25 Nov 2026."""
    return _read_date(text, month_first=False)


def _date_month_first(text: str, options: Options) -> Value:
    return _read_date(text, month_first=True)


def _read_date(text: str, *, month_first: bool) -> date:
    plain = text.strip()
    if iso := _ISO.fullmatch(plain):
        return _day(*iso.groups())
    if numeric := _NUMERIC.fullmatch(plain):
        first, second, year = numeric.groups()
        return _day(year, *((first, second) if month_first else (second, first)))
    if _WORDED.fullmatch(plain):
        return _worded_date(plain.replace("-", " "))
    raise NotUnderstood("it is not a date such as 2026-11-25 or 25/11/2026")


def _worded_date(plain: str) -> date:
    for form in ("%d %b %Y", "%d %B %Y"):
        try:
            return datetime.strptime(plain, form).date()
        except ValueError:
            continue
    raise NotUnderstood("it is not a date such as 25 Nov 2026")


def _year(text: str, options: Options) -> Value:
    """1 January stands for a day of which only the year is known; pages say so."""
    value = number(text)
    if value != value.to_integral_value() or not 1900 <= value <= 2200:
        raise NotUnderstood("it is not a year such as 2026")
    return date(int(value), 1, 1)


def _yes_or_no(text: str, options: Options) -> Value:
    word = key(text)
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise NotUnderstood("it is neither yes nor no")


def _morphology(text: str, options: Options) -> Value:
    """8890/3, 88903, M-8890/3; an older code becomes the current one and says so."""
    found = _MORPHOLOGY.fullmatch(text.strip())
    if not found:
        raise NotUnderstood("it is not an ICD-O-3 morphology such as 8890/3")
    code = f"{found[1]}/{found[2]}"
    current = icdo3.current_code(code)
    if current == code:
        return code
    return Adjusted(current, f"an older code, taken as {current} ({icdo3.morphology_name(current)})")


def _topography(text: str, options: Options) -> Value:
    """C49.2, C492; three signs mean the site as a whole (C55 is C55.9); further digits of ICD-10-CM fall off."""
    found = _TOPOGRAPHY.fullmatch(text.strip())
    if not found:
        raise NotUnderstood("it is not an ICD-O-3 topography such as C49.2")
    return f"C{found[1]}.{found[2] or '9'}"


def _nhs_number(text: str, options: Options) -> Value:
    try:
        return nhs_number.parse(text)
    except nhs_number.InvalidNhsNumber as error:
        raise NotUnderstood("it is not an NHS number: its digits do not fit one another") from error


def _side(text: str, options: Options) -> Value:
    """The side that a description names: "left thigh". Two sides, or none, say nothing certain."""
    named = {_SIDES[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _SIDES}
    if len(named) > 1:
        raise NotUnderstood("it names more than one side")
    return named.pop() if named else SAYS_NOTHING


def _differentiation(text: str, options: Options) -> Value:
    """The FNCLCC differentiation score, where the histology alone settles it; otherwise it says nothing."""
    code = str(_morphology(text, options))
    entry = icdo3.best_morphology(code)
    return entry.differentiation if entry and entry.fnclcc_reason is None else SAYS_NOTHING


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "text": _text,
        "whole_number": _whole,
        "mitoses_per_10_hpf": _mitoses,
        "per_cent": _percent,
        "length": _length,
        "greatest": _length,
        "date": _date,
        "date_month_first": _date_month_first,
        "year": _year,
        "yes_or_no": _yes_or_no,
        "morphology": _morphology,
        "topography": _topography,
        "nhs_number": _nhs_number,
        "side": _side,
        "differentiation_of_histology": _differentiation,
    }
)
"""Every rule that a mapping may name."""
