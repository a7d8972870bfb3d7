"""Templates of letters as a team types them, with fixed placeholders; pure: no Django, no clock, no database."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

MARK: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
LINE, LIST, PART = "line", "list", "part"
ADDED: Final = "added_text"
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What may stand in a template, in which kinds of document, and in which it may not be left out."""

    name: str
    stands_for: str
    shape: str
    kinds: tuple[str, ...]
    needed_in: tuple[str, ...]
    example: Any

    @property
    def mark(self) -> str:
        return f"{{{{{self.name}}}}}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong with a template, and in which line; 0: with the whole."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}" if self.line else self.words


def _read() -> dict[str, Placeholder]:
    rows = tomllib.loads(Path(__file__).with_name("placeholders.toml").read_text())
    return {
        name: Placeholder(
            name,
            row["stands_for"],
            row["shape"],
            tuple(row["kinds"]),
            tuple(row.get("needed_in", ())),
            row["example"],
        )
        for name, row in rows.items()
    }


PLACEHOLDERS: Final[Mapping[str, Placeholder]] = _read()


def allowed_in(kind: str) -> list[Placeholder]:
    return [each for each in PLACEHOLDERS.values() if kind in each.kinds]


def examples(kind: str) -> dict[str, Any]:
    """The values of an invented patient, for a preview."""
    return {each.name: each.example for each in allowed_in(kind)}


def wrong_in(text: str, kind: str) -> list[Wrong]:
    """Everything that is wrong with a template of this kind, in the order of its lines."""
    if len(text) > MOST:
        return [Wrong(0, f"The text has {len(text)} characters. It may have {MOST}.")]
    lines = enumerate(text.splitlines(), 1)
    found = [wrong for number, line in lines for wrong in _wrong_line(number, line, kind)]
    used = MARK.findall(text)
    if used.count(ADDED) > 1:
        found.append(
            Wrong(0, f"{{{{{ADDED}}}}} stands there twice. What is typed into a letter has one place.")
        )
    for each in allowed_in(kind):
        if kind in each.needed_in and each.name not in used:
            found.append(
                Wrong(0, f"{each.mark} is needed ({_lower(each.stands_for)}). Put it on a line of its own.")
            )
    return found


def _wrong_line(number: int, line: str, kind: str) -> Iterable[Wrong]:
    rest = MARK.sub(" ", line)
    for brace, other, where in (("{{", "}}", "after"), ("}}", "{{", "before")):
        if brace in rest:
            near = _near(rest, brace)
            yield Wrong(
                number, f"“{near}” has {brace} without {other}. Write {other} {where} the placeholder's name."
            )
    for name in MARK.findall(line):
        each = PLACEHOLDERS.get(name)
        if each is None or kind not in each.kinds:
            yield Wrong(number, _unknown(name, kind, is_elsewhere=each is not None))
        elif each.shape != LINE and line.strip() != _mark_in(line):
            yield Wrong(
                number, f"{each.mark} stands on a line of its own, since it is more than a few words."
            )


def _mark_in(line: str) -> str:
    found = MARK.search(line)
    return found.group(0) if found else ""


def _near(rest: str, brace: str) -> str:
    """The words round an odd brace, so that it is found in a long line."""
    at = rest.index(brace)
    return rest[max(0, at - 20) : at + 30].strip()


def _unknown(name: str, kind: str, *, is_elsewhere: bool) -> str:
    if is_elsewhere:
        return f"{{{{{name}}}}} has no place in this kind of document. Choose one of the table."
    like = get_close_matches(name, [each.name for each in allowed_in(kind)], 1)
    meant = f" Did you mean {{{{{like[0]}}}}}?" if like else " Choose one of the table."
    return f"{{{{{name}}}}} is not a placeholder.{meant}"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
