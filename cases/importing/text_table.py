"""Rows of a CSV, TSV or semicolon file, one at a time."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cases.importing.encoding import NAMES
from cases.importing.errors import BrokenFile

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

RawRow = tuple[int, list[str]]


def rows(path: Path, codec: str, delimiter: str) -> Iterator[RawRow]:
    """Line number and cells of each row; raises BrokenFile where the text stops making sense."""
    with path.open("rb") as file:
        text = io.TextIOWrapper(file, encoding=codec, newline="")
        reader = csv.reader(_without_nul(text, codec), delimiter=delimiter, strict=True)
        try:
            line = 1
            for cells in reader:
                yield line, [cell.strip() for cell in cells]
                line = reader.line_num + 1
        except csv.Error as error:
            raise BrokenFile(_in_words(error, reader.line_num)) from error


def _without_nul(text: io.TextIOWrapper, codec: str) -> Iterator[str]:
    number = 0
    try:
        for number, line in enumerate(text, start=1):
            if "\0" in line:
                raise BrokenFile(f"Line {number} has a zero byte: the file is damaged. Save it again as CSV.")
            yield line
    except UnicodeError as error:
        name = NAMES.get(codec, codec)
        raise BrokenFile(
            f"After line {number} the file is not valid {name} text. Save it again as CSV (UTF-8)."
        ) from error


def _in_words(error: csv.Error, line: int) -> str:
    if "field larger" in str(error):
        return (
            f"Line {line}: a cell is longer than any real one. Is a quotation mark opened and never closed?"
        )
    if "unexpected end of data" in str(error):
        return f"The file ends at line {line} inside quotation marks: it was cut off, or one is never closed."
    return f"Line {line}: quotation marks are not used as in CSV. Save the table again as CSV (UTF-8)."
