"""The shape of what is packed: sections of rows, each row with its words and, where it has one, its code."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cases.clinical import icdo3
from cases.presenting import icdo3_words
from followup.models import OpinionPart

DAY: Final = "date"
MORPHOLOGY: Final = "ICD-O-3 morphology"
TOPOGRAPHY: Final = "ICD-O-3 topography"


@dataclass(frozen=True)
class Row:
    """One line: `key` says what it is to a program, `code` its value in `system`."""

    key: str
    label: str
    value: str
    code: str = ""
    system: str = ""


@dataclass(frozen=True)
class Section:
    """What stands under one heading; `nothing` where there are no rows."""

    part: OpinionPart
    heading: str
    rows: tuple[Row, ...] = ()
    nothing: str = "None recorded."


def said_day(day: date | None) -> str:
    """9 November 2026; empty where there is none."""
    return f"{day.day} {day:%B %Y}" if day else ""


def given(*rows: Row) -> tuple[Row, ...]:
    """Those that say something."""
    return tuple(row for row in rows if row.value)


def day_row(key: str, label: str, day: date | None) -> Row:
    return Row(key, label, said_day(day), day.isoformat() if day else "", DAY)


def number_row(key: str, label: str, value: Any, unit: str = "") -> Row:
    """A number, with its unit as the system."""
    if value is None:
        return Row(key, label, "")
    plain = f"{float(value):g}"
    return Row(key, label, f"{plain} {unit}".strip(), plain, unit)


def coded_row(key: str, label: str, code: str, words: "dict[str, str] | Any", system: str) -> Row:
    return Row(key, label, str(words.get(code, code)) if code else "", code, system if code else "")


def type_row(code: str, topography: str | None = None, label: str = "Type") -> Row:
    words = f"{icdo3.morphology_name(code, topography)} ({icdo3_words(code)})" if code else ""
    return Row("morphology", label, words, icdo3.current_code(code) if code else "", MORPHOLOGY)


def site_row(code: str) -> Row:
    return Row(
        "topography", "Site", f"{icdo3.topography_name(code)} ({code})" if code else "", code, TOPOGRAPHY
    )
