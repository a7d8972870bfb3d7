"""Opens a registry's file as a table: finds out what it is, where the head of the table stands, and gives its rows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from cases.importing import encoding, text_table
from cases.importing.errors import BrokenFile
from cases.importing.text_table import RawRow
from cases.importing.wording import key, quoted
from cases.importing.workbook import Workbook

SEARCHED_ROWS: Final = 30
MAX_COLUMNS: Final = 500
MAX_NAME: Final = 120

_NOT_TABLES: Final = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls), or one with a password. Save it as .xlsx without one",
    b"%PDF": "a PDF. Export the table as CSV or .xlsx",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file. Unpack it first",
    b"Rar!": "a compressed file. Unpack it first",
    b"7z\xbc\xaf": "a compressed file. Unpack it first",
    b"<!DOCTYPE": "a web page. Export the table as CSV or .xlsx",
    b"<html": "a web page. Export the table as CSV or .xlsx",
    b"<?xml": "an XML file. Export the table as CSV or .xlsx",
    b"{\\rtf": "a text document. Export the table as CSV or .xlsx",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a mapping says of the file's form; empty: to be found out."""

    id_column: str
    columns: frozenset[str] = frozenset()
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    header_row: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the head: its line or row number in the file, and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    words: str
    rows: Callable[[], Iterator[RawRow]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with named columns. `words` says how the file was read, for the person who checks it."""

    words: str
    columns: tuple[str, ...]
    header_line: int
    source: _Source

    def rows(self) -> Iterator[Row]:
        """The rows below the head in their order; a row without any value is none."""
        for line, cells in self.source.rows():
            if line > self.header_line and any(cells):
                yield Row(line, tuple(cells))


@contextmanager
def open_table(path: Path, layout: Layout) -> Iterator[Table]:
    """The table in the file; raises BrokenFile with the reason where there is none."""
    with path.open("rb") as file:
        start = file.read(512)
    refuse_what_is_no_table(start)
    with ExitStack() as stack:
        if start.startswith(b"PK"):
            sources = _sheets(stack.enter_context(Workbook(path)), layout)
        else:
            sources = _texts(path, layout)
        yield _best_table(sources, layout)


def refuse_what_is_no_table(start: bytes) -> None:
    """Raise BrokenFile for a file whose first bytes show that it is something else."""
    if not start.strip():
        raise BrokenFile("The file is empty.")
    for beginning, what in _NOT_TABLES.items():
        if start.lstrip().lower().startswith(beginning.lower()):
            raise BrokenFile(f"This is not a table: it is {what}.")


def _sheets(book: Workbook, layout: Layout) -> list[_Source]:
    wanted = [name for name in book.sheets if not layout.sheet or key(name) == key(layout.sheet)]
    if not wanted:
        raise BrokenFile(
            f"The workbook has no sheet {quoted(layout.sheet)}. It has: {', '.join(book.sheets)}."
        )
    return [_Source(f"Excel workbook, sheet {quoted(name)}", partial(book.rows, name)) for name in wanted]


def _texts(path: Path, layout: Layout) -> list[_Source]:
    codec = layout.encoding or encoding.detect(path)
    names = [layout.delimiter] if layout.delimiter else list(text_table.DELIMITERS)
    shown = encoding.NAMES.get(codec, codec)
    return [
        _Source(
            f"Text table, {name} between columns, {shown}",
            partial(text_table.rows, path, codec, text_table.DELIMITERS[name]),
        )
        for name in names
    ]


def _best_table(sources: list[_Source], layout: Layout) -> Table:
    """Of the ways to read the file, the one whose head has most of the mapping's columns."""
    found: list[tuple[int, Table]] = []
    problem: BrokenFile | None = None
    for source in sources:
        try:
            table = _with_head(source, layout)
        except BrokenFile as error:
            problem = problem or error
            continue
        if table:
            known = sum(key(name) in layout.columns for name in table.columns)
            found.append((known, table))
    if found:
        return max(found, key=lambda scored: scored[0])[1]
    raise problem or BrokenFile(
        f"No line among the first {SEARCHED_ROWS} has a column {quoted(layout.id_column)}, which the mapping "
        "names as the id of a row. Is it the right mapping for this file?"
    )


def _with_head(source: _Source, layout: Layout) -> Table | None:
    wanted = key(layout.id_column)
    for count, (line, cells) in enumerate(source.rows(), start=1):
        if layout.header_row and line < layout.header_row:
            continue
        if len(cells) > 1 and wanted in map(key, cells):
            return Table(source.words, _column_names(cells), line, source)
        if layout.header_row or count >= SEARCHED_ROWS:
            return None
    return None


def _column_names(cells: list[str]) -> tuple[str, ...]:
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise BrokenFile(f"The table has {len(names)} columns. At most {MAX_COLUMNS} can be read.")
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if not name:
            raise BrokenFile(f"Column {place} has no name in the table's head. Give it one, or remove it.")
        if len(name) > MAX_NAME:
            raise BrokenFile(
                f"The name of column {place} has {len(name)} letters. It may have at most {MAX_NAME}."
            )
        if key(name) in seen:
            raise BrokenFile(
                f"Columns {seen[key(name)]} and {place} are both called {quoted(name)}. Rename one."
            )
        seen[key(name)] = place
    return tuple(names)
