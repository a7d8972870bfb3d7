"""The text of a letter: a template filled in, the part that is typed into this one letter, and its blocks; pure.

A line that begins with "# " is a heading, with "- " an item of a list; an empty line parts paragraphs.
A value makes none of these: where it would, its line begins with a backslash, which is not set.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mdt.letters.placeholders import ADDED, LINE, LIST, MARK, PART, PLACEHOLDERS

Block = dict[str, Any]
HEADING, ITEM, PLAIN = "# ", "- ", "\\"
BEGINS, ENDS = "[added text]", "[end of added text]"
SPECIAL: Final = ("#", "-", PLAIN, "[", "{")


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The template with its values, and a place for what is added to this one letter.

    A line whose placeholders are all empty is left out, and a heading under which nothing stands.
    Raises KeyError for a placeholder without a value: a template is kept only when `wrong_in` finds nothing.
    """
    parts = [part for line in template.splitlines() for part in _filled_line(line.strip(), values)]
    return "\n".join(_without_bare_headings(parts)).strip() + "\n"


def _filled_line(line: str, values: Mapping[str, Any]) -> list[str]:
    named = MARK.findall(line)
    if not named:
        return [plain(line) if line in (BEGINS, ENDS) else line]
    if PLACEHOLDERS[named[0]].shape == PART:
        return ["", PLACEHOLDERS[named[0]].mark, ""] if values[named[0]] else []
    if PLACEHOLDERS[named[0]].shape != LINE:
        return _own_lines(named[0], values[named[0]])
    if not any(values[name] for name in named):
        return []
    begun = next((mark for mark in (HEADING, ITEM) if line.startswith(mark)), "")
    words = MARK.sub(lambda mark: _one_line(str(values[mark.group(1)])), line.removeprefix(begun))
    return [begun + words if begun else plain(words)]


def _own_lines(name: str, value: str | Sequence[str]) -> list[str]:
    if name == ADDED:
        return ["", *_added(value), ""]
    texts = [value] if isinstance(value, str) else list(value)
    if PLACEHOLDERS[name].shape == LIST:
        return ["", *(ITEM + _one_line(text) for text in texts if text.strip()), ""]
    return [
        line for text in texts if text.strip() for line in ("", *map(plain, text.strip().splitlines()), "")
    ]


def _added(value: str | Sequence[str]) -> list[str]:
    text = value if isinstance(value, str) else "\n\n".join(value)
    return [BEGINS, *(_inert(line) for line in text.strip().splitlines()), ENDS]


def _inert(line: str) -> str:
    """What people add may have headings and lists of its own, but neither the end of its own place nor parts."""
    return PLAIN + line if line.startswith(("[", "{", PLAIN)) else line


def plain(line: str) -> str:
    return PLAIN + line if line.startswith(SPECIAL) else line


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _without_bare_headings(lines: Iterable[str]) -> list[str]:
    """Without headings that another heading, or the end, follows at once; gaps are one line."""
    kept: list[str] = []
    for line in [*lines, HEADING]:
        if line.startswith(HEADING):
            while kept and (not kept[-1] or kept[-1].startswith(HEADING)):
                kept.pop()
            kept.append("")
        if line or kept[-1:] != [""]:
            kept.append(line)
    return kept[:-1]


def added_in(text: str) -> str:
    """What was added to this one letter."""
    _, added, _ = _apart(text)
    return "\n".join(line.removeprefix(PLAIN) for line in added)


def with_added(text: str, added: str) -> str:
    """The letter with another added text; all else stays as it is."""
    before, _, after = _apart(text)
    return "\n".join([*before, *_added(added), *after]).strip() + "\n"


def _apart(text: str) -> tuple[list[str], list[str], list[str]]:
    lines = text.splitlines()
    begins, ends = lines.index(BEGINS), lines.index(ENDS)
    return lines[:begins], lines[begins + 1 : ends], lines[ends + 1 :]


def blocks_of(text: str) -> list[Block]:
    """The text as headings, paragraphs, lists and places of parts, for a document or a page."""
    lines = [line for line in text.splitlines() if line not in (BEGINS, ENDS)]
    blocks: list[Block] = []
    is_open = False
    for line in _without_bare_headings(lines):
        if not line.strip():
            is_open = False
        elif line.startswith(HEADING):
            blocks.append({"kind": "heading", "text": line.removeprefix(HEADING).strip()})
            is_open = False
        elif name := _part(line):
            blocks.append({"kind": "part", "name": name})
            is_open = False
        else:
            _put(blocks, line, is_open=is_open)
            is_open = True
    return blocks


def _part(line: str) -> str:
    """The part that stands here; no value can say so, since its line would begin with a backslash."""
    mark = MARK.fullmatch(line)
    each = PLACEHOLDERS.get(mark.group(1)) if mark else None
    return each.name if each and each.shape == PART else ""


def _put(blocks: list[Block], line: str, *, is_open: bool) -> None:
    """A line of a paragraph or of a list: one more of the last block, or a new one."""
    kind = "list" if line.startswith(ITEM) else "paragraph"
    if not is_open or blocks[-1]["kind"] != kind:
        blocks.append({"kind": kind, "items": []} if kind == "list" else {"kind": kind, "text": ""})
    block = blocks[-1]
    if kind == "list":
        block["items"].append(line.removeprefix(ITEM).strip())
    else:
        block["text"] = re.sub("^\n", "", f"{block['text']}\n{line.removeprefix(PLAIN)}")
