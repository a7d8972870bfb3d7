"""What the record says to the criteria of a trial: each met, not met or unknown, with the fact that was looked at."""

from dataclasses import dataclass
from datetime import date

from trials.criteria.facts import MatchFacts
from trials.criteria.logic import Verdict
from trials.criteria.tree import Node

MAY_FIT = "may_fit"
MAY_FIT_IF = "may_fit_if"
EXCLUDED = "excluded"


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reasons` are the criteria that exclude; `questions` the unknown ones that would settle it.

    `met` counts the criteria at the top of the tree that are met, `unknown` the facts and answers that are lacking.
    """

    result: str
    root: Judged
    reasons: tuple[Judged, ...] = ()
    questions: tuple[Judged, ...] = ()
    met: int = 0

    @property
    def unknown(self) -> int:
        return len({(each.fact, each.question) for each in self.questions})


def judge(root: Node, facts: MatchFacts) -> Outcome:
    """Every node judged and explained."""
    raise NotImplementedError


def verdict(root: Node, facts: MatchFacts) -> Verdict:
    """The verdict alone."""
    raise NotImplementedError
