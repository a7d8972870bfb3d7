"""How the figures of the meetings are shown: tiles, charts and tables in words, and the lines of a spreadsheet."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from cases.importing.report import harmless
from reports.figures import Found, Line, share
from reports.forms import FiguresForm

TILES: Final = ("meetings_quorate", "decisions_quorate", "letters_in_time", "postponed", "given_as_agreed")
BY_MONTH: Final = frozenset({"meetings_quorate", "decisions_quorate", "discussed_again", "told_in_time"})
"""Shown as columns, a month each; the others as bars."""
SHORT: Final = 26


def page(found: Sequence[Found]) -> dict[str, Any]:
    """What the template shows, in words."""
    by_key = {each.figure.key: each for each in found}
    return {
        "tiles": [_tile(by_key[key]) for key in TILES],
        "figures": [_figure(each) for each in found],
        "is_empty": all(each.is_empty for each in found),
    }


def percent(line: Line) -> str:
    return "" if line.share is None else f"{100 * line.share:.0f}%"


def _tile(found: Found) -> dict[str, Any]:
    whole = found.whole
    return {
        "key": found.figure.key,
        "title": found.figure.title,
        "value": percent(whole) or f"{whole.count:,}",
        "counts": "" if found.is_empty else f"{whole.count:,} of {whole.of:,}",
        "is_empty": found.is_empty,
        "below": f"Below the aim of {found.aim}%" if found.is_below(whole) else "",
        "notes": found.notes,
    }


def _figure(found: Found) -> dict[str, Any]:
    return {
        "key": found.figure.key,
        "figure": found.figure,
        "note": _note(found),
        "is_empty": found.is_empty,
        "head": head(found),
        "rows": [_row(found, line) for line in found.lines],
        "whole": _row(found, found.whole),
        "has_whole": len(found.column.more) == len(found.whole.more),
        "notes": found.notes,
        "apart": [(line.label, line.count) for line in found.apart],
        "chart": _columns(found) if found.figure.key in BY_MONTH else _bars(found),
        "has_below": any(found.is_below(line) for line in found.lines),
        "aim": found.aim,
        "is_by_month": found.figure.key in BY_MONTH,
        "said": said(found),
    }


def _note(found: Found) -> str:
    if found.is_empty:
        return ""
    aim = f", aim {found.aim}%" if found.aim is not None else ""
    whole = found.whole
    if found.column.value:
        return f"{whole.value:.1f} minutes each, {whole.count:,} {'case' if whole.count == 1 else 'cases'}"
    return f"{percent(whole) + ', ' if percent(whole) else ''}{whole.count:,} of {whole.of:,}{aim}"


def head(found: Found) -> list[str]:
    column, shares = found.column, ["Share"] if gives_shares(found) else []
    return [
        each for each in (column.rows, column.count, column.of, *shares, column.value, *column.more) if each
    ]


def gives_shares(found: Found) -> bool:
    """Whether one line at least has enough for a share; else the column would say nothing."""
    return any(line.share is not None for line in found.lines)


def _row(found: Found, line: Line) -> dict[str, Any]:
    column = found.column
    cells = [f"{line.count:,}"]
    if column.of:
        cells.append(f"{line.of or 0:,}")
    if gives_shares(found):
        cells.append(percent(line) or ("too few" if line.of else ""))
    if column.value:
        cells.append("" if line.value is None else f"{line.value:.1f}")
    return {"label": line.label, "cells": [*cells, *line.more], "below": found.is_below(line)}


def said(found: Found) -> str:
    """The chart in a sentence, for whoever does not see it."""
    parts = [f"{line.label} {_value(found, line)}" for line in found.lines if line.count or line.of]
    return f"{found.figure.title}: {'; '.join(parts)}. The table beside it has the same numbers."


def _value(found: Found, line: Line) -> str:
    if found.column.value:
        return "" if line.value is None else f"{line.value:.1f}"
    return percent(line) or (f"{line.count:,} of {line.of:,}" if line.of else f"{line.count:,}")


BAR: Final = 22
GAP: Final = 8
LEFT: Final = 176
WIDE: Final = 196
"""Of a chart, in its own units: the height of a bar, the space below it, where bars begin, how long they may be."""


def _bars(found: Found) -> dict[str, Any]:
    """Lengths are shares of the whole where there are shares, else of the longest."""
    lengths = [_length(found, line) for line in found.lines]
    longest = 1.0 if found.column.of else max(lengths, default=0.0)
    bars = [
        {
            "label": _short(line.label),
            "y": place * (BAR + GAP),
            "width": round(WIDE * length / longest, 1) if longest else 0,
            "value": _value(found, line) if line.count or line.of else "",
            "below": found.is_below(line),
        }
        for place, (line, length) in enumerate(zip(found.lines, lengths, strict=True))
    ]
    aim = None if found.aim is None else round(LEFT + WIDE * found.aim / 100, 1)
    return {"bars": bars, "height": len(bars) * (BAR + GAP) or 1, "aim_at": aim, "aim": found.aim}


def _length(found: Found, line: Line) -> float:
    if found.column.value:
        return line.value or 0.0
    return line.count / line.of if line.of else 0.0


def _short(label: str) -> str:
    return label if len(label) <= SHORT else f"{label[: SHORT - 1].rstrip()}…"


HIGH: Final = 150
ROOM: Final = 380


def _columns(found: Found) -> dict[str, Any]:
    """A column a month: what counts from the ground up, the rest of it hatched above."""
    most = max((line.of or 0 for line in found.lines), default=0) or 1
    step = ROOM / max(len(found.lines), 1)
    width = round(min(step * 0.7, 26), 1)
    every = -(-len(found.lines) // 13)
    columns = []
    for place, line in enumerate(found.lines):
        whole, part = HIGH * (line.of or 0) / most, HIGH * line.count / most
        columns.append(
            {
                "x": round(place * step + (step - width) / 2, 1),
                "middle": round((place + 0.5) * step, 1),
                "y": round(HIGH - part, 1),
                "height": round(part, 1),
                "rest_y": round(HIGH - whole, 1),
                "rest": round(whole - part, 1),
                "month": line.label.partition(" ")[0] if place % every == 0 else "",
                "year": _year(found.lines, place) if place % every == 0 else "",
            }
        )
    return {"columns": columns, "width": width, "most": most, "marks": _marks(most)}


def _year(lines: Sequence[Line], place: int) -> str:
    year = lines[place].label.rpartition(" ")[2]
    return year if place == 0 or lines[place].label.startswith("Jan") else ""


def _marks(most: int) -> list[dict[str, Any]]:
    """A few round numbers up the side."""
    step = max(1, round(most / 4))
    return [{"n": n, "y": round(HIGH - HIGH * n / most, 1)} for n in range(0, most + 1, step)]


HEAD: Final = ("Figure", "Team", "From", "To", "Row", "Number", "Of", "Share (%)", "Minutes each", "More")


def lines(form: FiguresForm, found: Sequence[Found]) -> Iterator[list[str]]:
    """Figures as one table, safe to open in a spreadsheet program."""
    asked = form.asked
    for each in found:
        about = [each.figure.title, form.team_name, asked.start.isoformat(), asked.end.isoformat()]
        for line in (*each.lines, each.whole, *each.apart):
            more = "; ".join(
                f"{name}: {value}" for name, value in zip(each.column.more, line.more, strict=False) if value
            )
            reached = share(line.count, line.of)
            cells = [*about, line.label]
            numbers = [
                str(line.count),
                "" if line.of is None else str(line.of),
                "" if reached is None else f"{100 * reached:.1f}",
                "" if line.value is None else f"{line.value:.1f}",
            ]
            yield [*map(harmless, cells), *numbers, harmless(more)]
