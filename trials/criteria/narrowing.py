"""What of a trial's criteria can be told before any patient is judged, so that most need not be."""

from dataclasses import dataclass
from functools import cache

from cases.clinical.icdo3 import all_morphologies
from trials.criteria import histologies
from trials.criteria.compiling import top
from trials.criteria.extents import extents
from trials.criteria.logic import MET, NOT_MET
from trials.criteria.tree import Extent, Histology, Node, Not


@dataclass(frozen=True, slots=True)
class Narrow:
    """What the criteria at the top of the tree need; None is anything.

    Who has a code of `not_codes`, or is known not to be as `spread` asks, is excluded. Whoever has none recorded, or a
    code outside the list of histologies, is still to be judged. Older spellings of a code are among both.
    """

    codes: frozenset[str] | None = None
    not_codes: frozenset[str] = frozenset()
    spread: bool | None = None

    def admits(self, code: str | None, spread: bool | None) -> bool:
        """Whether somebody with this morphology (as recorded) and spread still has to be judged."""
        if code is not None and code in self.not_codes:
            return False
        return self.spread is None or spread is None or spread is self.spread


@cache
def _listed() -> frozenset[str]:
    return frozenset(each for entry in all_morphologies() for each in histologies.spellings(entry.code))


def narrow(root: Node) -> Narrow:
    """What can be told of a tree; never more than what excludes for certain."""
    not_codes: frozenset[str] = frozenset()
    spread = None
    is_narrow = False
    for each in top(root):
        if (excluded := _excluded_codes(each)) is not None:
            not_codes, is_narrow = not_codes | excluded, True
        if (asked := _spread(each)) is not None:
            spread = asked
    return Narrow(_listed() - not_codes if is_narrow else None, not_codes, spread)


def _excluded_codes(node: Node) -> frozenset[str] | None:
    leaf, excludes = (node.child, MET) if isinstance(node, Not) else (node, NOT_MET)
    if not isinstance(leaf, Histology):
        return None
    test = histologies.tester(leaf)
    codes = {entry.code for entry in all_morphologies()}
    out = [code for code in codes if test((code, None)) is excludes]
    return frozenset(each for code in out for each in histologies.spellings(code))


def _spread(node: Node) -> bool | None:
    """True where nobody without spread can meet it, False where nobody with it can."""
    leaf, excludes = (node.child, True) if isinstance(node, Not) else (node, False)
    if not isinstance(leaf, Extent):
        return None
    for spread in (True, False):
        told = {not each.isdisjoint(leaf.any_of) for each in extents(spread, None, None)}
        if told == {excludes}:
            return not spread
    return None
