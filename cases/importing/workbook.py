"""Rows of the sheets of an .xlsx workbook, with zip and XML bombs refused and macros never looked at."""

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
import openpyxl.xml
from openpyxl.utils.exceptions import InvalidFileException

from cases.importing.errors import BrokenFile
from cases.importing.text_table import RawRow

MAX_PARTS: Final = 2000
MAX_UNPACKED: Final = 600 * 1024 * 1024
MAX_STRINGS: Final = 100 * 1024 * 1024
MAX_RATIO: Final = 200
RATIO_MATTERS_FROM: Final = 10 * 1024 * 1024
MAX_ROWS: Final = 1_048_576  # Excel's own limit
MAX_SHEETS: Final = 30

UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    OverflowError,
    AssertionError,
    RuntimeError,
)
"""What zipfile, the XML parser and openpyxl raise on damaged input; none says it in words for a user."""

_DAMAGED: Final = (
    "The workbook cannot be read: it is damaged or was cut off. Open it in Excel and save it again."
)


class Workbook:
    """An open workbook; use it in a with statement."""

    def __init__(self, path: Path) -> None:
        if not openpyxl.xml.DEFUSEDXML:
            raise BrokenFile("Workbooks cannot be read safely here: defusedxml is not installed.")
        refuse_bombs(path)
        try:
            self._book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except UNREADABLE as error:
            raise BrokenFile(_DAMAGED) from error

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    @property
    def sheets(self) -> list[str]:
        return [sheet.title for sheet in self._book.worksheets][:MAX_SHEETS]

    def rows(self, sheet: str) -> Iterator[RawRow]:
        """Row number and cells as text; raises BrokenFile where the sheet is damaged."""
        try:
            worksheet: Any = self._book[sheet]
            worksheet.reset_dimensions()  # what the file claims of its size is not to be relied on
            for number, cells in enumerate(worksheet.iter_rows(), start=1):
                if number > MAX_ROWS:
                    raise BrokenFile(f"The sheet {sheet} has more rows than Excel allows: it is damaged.")
                yield number, _stripped([in_words(cell) for cell in cells])
        except UNREADABLE as error:
            raise BrokenFile(_DAMAGED) from error


def refuse_bombs(path: Path) -> None:
    """Raise BrokenFile for an archive that unpacks to more than any real workbook.

    zipfile never unpacks a part beyond its declared size, so the declared sizes are the ones to check.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except UNREADABLE as error:
        raise BrokenFile(_DAMAGED) from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise BrokenFile("The workbook unpacks to far more than a table needs, and is refused as unsafe.")
    for part in parts:
        _refuse_part(part)


def _refuse_part(part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 0x1:
        raise BrokenFile("The workbook is protected by a password. Save it without one.")
    packed = max(part.compress_size, 1)
    if part.file_size > RATIO_MATTERS_FROM and part.file_size / packed > MAX_RATIO:
        raise BrokenFile("The workbook unpacks to far more than a table needs, and is refused as unsafe.")
    if part.filename.endswith("sharedStrings.xml") and part.file_size > MAX_STRINGS:
        raise BrokenFile("The workbook has more text than can be read at once. Save it as CSV (UTF-8).")


def _stripped(cells: list[str]) -> list[str]:
    """Without the empty cells at the end, which depend on formatting and not on what was typed."""
    last = next((place for place in range(len(cells), 0, -1) if cells[place - 1]), 0)
    return cells[:last]


def in_words(cell: Any) -> str:
    """A cell as someone reads it on the sheet: 15 %, 8.2, 2026-11-25."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "").strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return _number(value, is_percent="%" in (cell.number_format or ""))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number(value: float | Decimal, *, is_percent: bool) -> str:
    """Fifteen digits, as Excel holds them: 8.2 and not 8.199999999999999."""
    shown = f"{float(value) * (100 if is_percent else 1):.15g}"
    if "e" in shown:
        shown = format(Decimal(shown), "f")
    return f"{shown}%" if is_percent else shown
