"""A tree of criteria made ready for many patients: verdicts and counts without explanations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trials.criteria.facts import MatchFacts
from trials.criteria.lacking import waits_for
from trials.criteria.leaves import Test, tester
from trials.criteria.logic import MET, NOT_MET, UNKNOWN, Verdict, opposite
from trials.criteria.tree import All, Any_, Leaf, Node, Not

Lacks = Callable[[MatchFacts, set[str]], None]
"""Adds what an unknown node waits for: the key of a question, else of a fact."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The verdict, how many facts and answers are lacking, and how many criteria at the top are met."""

    verdict: Verdict
    unknown: int = 0
    met: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    test: Test
    lacks: Lacks


def top(root: Node) -> tuple[Node, ...]:
    """The criteria that must all be met: those at the top of the tree."""
    if isinstance(root, All):
        return tuple(each for child in root.children for each in top(child))
    return (root,)


class Compiled:
    """The criteria of one trial; made once, asked for every patient."""

    __slots__ = ("_parts", "verdict")

    def __init__(self, root: Node) -> None:
        self._parts = [_part(each) for each in top(root)]
        self.verdict: Test = _every([part.test for part in self._parts])

    def tally(self, facts: MatchFacts) -> Tally:
        """As Outcome counts, for whom the trial may fit; nothing is counted for who is excluded."""
        lacking: set[str] = set()
        met = 0
        for part in self._parts:
            found = part.test(facts)
            if found is NOT_MET:
                return Tally(NOT_MET)
            if found is MET:
                met += 1
            else:
                part.lacks(facts, lacking)
        return Tally(UNKNOWN if met < len(self._parts) else MET, len(lacking), met)


def _part(node: Node) -> _Part:
    if isinstance(node, All | Any_):
        parts = [_part(child) for child in node.children]
        tests = [part.test for part in parts]
        return _Part(_every(tests) if isinstance(node, All) else _some(tests), _lacks_of(parts))
    if isinstance(node, Not):
        child = _part(node.child)
        return _Part(_opposite(child.test), child.lacks)
    return _Part(tester(node), _lacks(node))


def _every(tests: Sequence[Test]) -> Test:
    def test(facts: MatchFacts) -> Verdict:
        result = MET
        for each in tests:
            found = each(facts)
            if found is NOT_MET:
                return NOT_MET
            if found is UNKNOWN:
                result = UNKNOWN
        return result

    return test


def _some(tests: Sequence[Test]) -> Test:
    def test(facts: MatchFacts) -> Verdict:
        result = NOT_MET
        for each in tests:
            found = each(facts)
            if found is MET:
                return MET
            if found is UNKNOWN:
                result = UNKNOWN
        return result

    return test


def _opposite(test: Test) -> Test:
    return lambda facts: opposite(test(facts))


def _lacks_of(parts: Sequence[_Part]) -> Lacks:
    def add(facts: MatchFacts, lacking: set[str]) -> None:
        for part in parts:
            if part.test(facts) is UNKNOWN:
                part.lacks(facts, lacking)

    return add


def _lacks(leaf: Leaf) -> Lacks:
    waits = waits_for(leaf)

    def add(facts: MatchFacts, lacking: set[str]) -> None:
        fact, question = waits(facts)
        lacking.add(question or fact)

    return add
