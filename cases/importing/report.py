"""The report of an import as a table: one line a remark, safe to open in a spreadsheet program."""

from collections.abc import Iterable, Iterator
from typing import Final

from cases.models import ImportRow

HEAD: Final = ["Line", "Id in the source", "Outcome", "Case", "Column", "What was there", "What was done"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def report_lines(rows: Iterable[ImportRow]) -> Iterator[list[str]]:
    """The lines below HEAD; a row without remarks has one line."""
    for row in rows:
        reference = row.case.reference if row.case else ""
        for remark in row.remarks or [{"column": "", "value": "", "done": ""}]:
            cells = [row.source_id, ImportRow.Outcome(row.outcome).label, reference]
            cells += [remark["column"], remark["value"], remark["done"]]
            yield [str(row.line), *map(harmless, cells)]


def harmless(cell: str) -> str:
    """A cell that a spreadsheet program would run as a formula begins with an apostrophe instead."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
