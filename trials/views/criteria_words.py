"""Criteria as pages say them: a list in words, and what one version says that another does not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from trials.criteria.reading import CriteriaError, read
from trials.criteria.tree import All, Any_, Node, Not, children_of
from trials.criteria.words import say
from trials.models import CriteriaVersion

NONE_OF: Final = "None of these"
UNREADABLE: Final = "This version is of an older edition of the service, which cannot be read any more."


@dataclass(frozen=True, slots=True)
class Said:
    """One criterion or group in words, how the protocol says it, and what stands below."""

    says: str
    words: str = ""
    below: list["Said"] = field(default_factory=list)


class Line(NamedTuple):
    """One line of a difference: added, removed or the same."""

    change: str
    level: int
    text: str


def said(node: Node) -> Said:
    """The tree in words; what must not be is a group of its own."""
    if isinstance(node, Not):
        within = node.child.children if isinstance(node.child, Any_) else (node.child,)
        return Said(NONE_OF, below=[said(child) for child in within])
    if isinstance(node, All | Any_):
        label = "All of these" if isinstance(node, All) else "Any of these"
        return Said(label, below=[said(child) for child in children_of(node)])
    return Said(say(node), node.words)


def said_of(version: CriteriaVersion) -> Said:
    try:
        return said(read(version.tree))
    except CriteriaError:
        return Said(UNREADABLE)


def lines(of: Said, level: int = 0) -> Iterator[tuple[int, str]]:
    """Each line with its depth."""
    yield level, f"{of.says} (“{of.words}”)" if of.words else of.says
    for each in of.below:
        yield from lines(each, level + 1)


def difference(old: Said | None, new: Said) -> list[Line]:
    """Line by line, what was removed before what was added in its place."""
    before, after = list(lines(old)) if old else [], list(lines(new))
    told: list[Line] = []
    for _, one, one_end, two, two_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if before[one:one_end] == after[two:two_end]:
            told += [Line("same", *line) for line in after[two:two_end]]
            continue
        told += [Line("removed", *line) for line in before[one:one_end]]
        told += [Line("added", *line) for line in after[two:two_end]]
    return told
