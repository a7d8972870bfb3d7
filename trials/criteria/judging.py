"""What the record says to the criteria of a trial: each met, not met or unknown, with the fact that was looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from trials.criteria.compiling import Compiled, Tally
from trials.criteria.facts import MatchFacts
from trials.criteria.lacking import owed_by, waits_for
from trials.criteria.leaves import tester
from trials.criteria.logic import MET, NOT_MET, UNKNOWN, Verdict, every, opposite, some
from trials.criteria.looking import look
from trials.criteria.tree import All, Any_, Leaf, Node, Not, children_of
from trials.criteria.words import say

__all__ = ["RESULT_OF", "Compiled", "Judged", "Outcome", "Tally", "Verdict", "judge", "verdict"]

MAY_FIT: Final = "may_fit"
MAY_FIT_IF: Final = "may_fit_if"
EXCLUDED: Final = "excluded"
RESULT_OF: Final = {MET: MAY_FIT, UNKNOWN: MAY_FIT_IF, NOT_MET: EXCLUDED}


@dataclass(frozen=True, slots=True)
class Judged:
    """One node of the tree with its verdict.

    `says` is the criterion in words, `saw` the fact in words, `fact` its key (so that a page can lead to where it is
    recorded), `owed_by` the role that owes an unknown fact, `question` the key under which a person may answer it.
    """

    node: Node
    verdict: Verdict
    says: str
    saw: str = ""
    on: date | None = None
    source: str = ""
    fact: str = ""
    owed_by: str = ""
    question: str = ""
    children: tuple["Judged", ...] = ()
    is_alternative: bool = False
    """Of a question: another way of the same group would do as well."""

    @property
    def key(self) -> str:
        """What would settle it: the answer to a question, else a fact."""
        return self.question or self.fact


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reasons` are the criteria that exclude; `questions` the unknown ones that would settle it.

    `met` counts the criteria at the top of the tree that are met.
    """

    result: str
    root: Judged
    reasons: tuple[Judged, ...] = ()
    questions: tuple[Judged, ...] = ()
    met: int = 0

    @property
    def unknown(self) -> int:
        """How many facts and answers are lacking; one may settle several criteria."""
        return len({each.key for each in self.questions})


def judge(root: Node, facts: MatchFacts) -> Outcome:
    """Every node judged and explained."""
    judged = _judged(root, facts)
    return Outcome(
        result=RESULT_OF[judged.verdict],
        root=judged,
        reasons=tuple(_excluding(judged)) if judged.verdict is NOT_MET else (),
        questions=tuple(_open(judged)) if judged.verdict is UNKNOWN else (),
        met=sum(each.verdict is MET for each in _top(judged)),
    )


def verdict(root: Node, facts: MatchFacts) -> Verdict:
    """The verdict alone; for many patients make a Compiled once."""
    return Compiled(root).verdict(facts)


def _judged(node: Node, facts: MatchFacts) -> Judged:
    if not isinstance(node, All | Any_ | Not):
        return _leaf(node, facts)
    children = tuple(_judged(child, facts) for child in children_of(node))
    verdicts = [child.verdict for child in children]
    if isinstance(node, Not):
        return Judged(node, opposite(verdicts[0]), say(node), children=children)
    combined = every(verdicts) if isinstance(node, All) else some(verdicts)
    return Judged(node, combined, say(node), children=children)


def _leaf(leaf: Leaf, facts: MatchFacts) -> Judged:
    found, seen = tester(leaf)(facts), look(leaf, facts)
    fact, question = waits_for(leaf)(facts)
    owes = owed_by(fact, question) if found is UNKNOWN else ""
    return Judged(leaf, found, say(leaf), seen.saw, seen.on, seen.source, fact, owes, question)


def _top(judged: Judged) -> Iterator[Judged]:
    if not isinstance(judged.node, All):
        yield judged
        return
    for child in judged.children:
        yield from _top(child)


def _excluding(judged: Judged) -> Iterator[Judged]:
    """Of a node that is not met, the criteria that make it so; a "not" is one of them, with what it found."""
    if isinstance(judged.node, Not):
        found = tuple(_leaves_that_met(judged.children[0]))
        saw = "; ".join(dict.fromkeys(each.saw for each in found))
        first = found[0] if found else judged
        yield replace(
            judged, saw=saw, on=first.on, source=first.source, fact=first.fact, question=first.question
        )
    elif judged.children:
        for child in judged.children:
            if child.verdict is NOT_MET:
                yield from _excluding(child)
    else:
        yield judged


def _leaves_that_met(judged: Judged) -> Iterator[Judged]:
    """Of a node that is met, the leaves that make it so."""
    if isinstance(judged.node, Not):
        yield from _excluding(judged.children[0])
    elif judged.children:
        for child in judged.children:
            if child.verdict is MET:
                yield from _leaves_that_met(child)
    else:
        yield judged


def _open(judged: Judged, within_not: bool = False, is_alternative: bool = False) -> Iterator[Judged]:
    """Of an unknown node, the unknown leaves; inside a "not" each says so."""
    if not judged.children:
        says = f"Not: {judged.says}" if within_not else judged.says
        yield replace(judged, says=says, is_alternative=is_alternative)
        return
    waiting = [child for child in judged.children if child.verdict is UNKNOWN]
    one_will_do = isinstance(judged.node, All if within_not else Any_) and len(waiting) > 1
    for child in waiting:
        yield from _open(child, within_not ^ isinstance(judged.node, Not), is_alternative or one_will_do)
