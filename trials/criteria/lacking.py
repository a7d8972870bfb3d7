"""Which fact, or whose answer, an unknown criterion waits for."""

from collections.abc import Callable
from functools import cache, singledispatch
from typing import Any, Final

from cases.clinical.vocabulary import DISEASE_STATUSES
from trials.criteria.drugs import wanted
from trials.criteria.extents import extents
from trials.criteria.facts import MatchFacts
from trials.criteria.leaves import is_uncounted
from trials.criteria.lines import question_of
from trials.criteria.tree import (
    MEASURABLE_DISEASE,
    TREATMENTS_COMPLETE,
    Age,
    Ask,
    Biomarker,
    DrugsExcluded,
    DrugsRequired,
    Extent,
    Fusion,
    Histology,
    Hla,
    Leaf,
    Lines,
    MeasurableDisease,
    Mutation,
    PerformanceStatus,
    Resectability,
    Sex,
)

Waits = Callable[[MatchFacts], tuple[str, str]]
"""The fact and, where a person may settle it by an answer, the question: one of the two may be empty."""

TREATMENTS: Final = "prior_treatments"
_FACTS: Final[dict[type[Leaf], str]] = {
    Histology: "morphology",
    Resectability: "resectability",
    PerformanceStatus: "performance_status",
    Age: "age",
    Sex: "sex",
    Hla: "biomarkers.hla",
    Fusion: "biomarkers.fusion",
    Mutation: "biomarkers.mutation",
}
_OWED_BY: Final = {
    "morphology": "pathologist",
    "m": "radiologist",
    "disease_status": "surgeon",
    "resectability": "surgeon",
    "performance_status": "oncologist",
    "age": "coordinator",
    "sex": "coordinator",
    TREATMENTS: "oncologist",
    MEASURABLE_DISEASE: "radiologist",
}


def owed_by(fact: str, question: str) -> str:
    """The role that owes it; a test is the pathologist's, a trial's own question the trial coordinator's."""
    if fact.startswith("biomarkers"):
        return "pathologist"
    return _OWED_BY.get(fact) or _OWED_BY.get(question) or "trial_coordinator"


@singledispatch
def waits_for(leaf: Leaf) -> Waits:
    """Of a leaf, what it looks at; asked of an unknown one, what it waits for."""
    fact = _FACTS[type(leaf)]
    return lambda facts: (fact, "")


@waits_for.register
def _extent(leaf: Extent) -> Waits:
    """The first that is open and would settle it: M, then the course, then whether it can be resected."""
    asked = frozenset(leaf.any_of)

    def waits(facts: MatchFacts) -> tuple[str, str]:
        return _settles(asked, facts.spread, facts.disease_status, facts.resectability), ""

    return waits


@cache
def _settles(
    asked: frozenset[str], spread: bool | None, status: str | None, resectability: str | None
) -> str:
    def is_settled(*state: Any) -> bool:
        return len({not asked.isdisjoint(each) for each in extents(*state)}) == 1

    if spread is None and any(is_settled(each, status, resectability) for each in (True, False)):
        return "m"
    if status is None and any(is_settled(spread, each, resectability) for each in DISEASE_STATUSES):
        return "disease_status"
    is_open = resectability not in ("resectable", "unresectable")
    if is_open and any(is_settled(spread, status, each) for each in ("resectable", "unresectable")):
        return "resectability"
    return "m" if spread is None else "disease_status"


@waits_for.register
def _lines(leaf: Lines) -> Waits:
    """How the recorded rows count, until somebody said so; else whether all is recorded."""

    def waits(facts: MatchFacts) -> tuple[str, str]:
        how = question_of(leaf, facts.lines.rows)
        said = facts.answers.get(how)
        is_open = said is None or said.answer not in ("yes", "no")
        return TREATMENTS, how if is_open and is_uncounted(leaf, facts) else TREATMENTS_COMPLETE

    return waits


@waits_for.register
def _drugs_required(leaf: DrugsRequired) -> Waits:
    return _drugs(leaf)


@waits_for.register
def _drugs_excluded(leaf: DrugsExcluded) -> Waits:
    return _drugs(leaf)


def _drugs(leaf: DrugsRequired | DrugsExcluded) -> Waits:
    """The name of a drug, where one is lacking; else whether all is recorded."""
    asked = wanted(leaf.any_of, leaf.classes)

    def waits(facts: MatchFacts) -> tuple[str, str]:
        return TREATMENTS, "" if asked.in_history(facts.given) is None else TREATMENTS_COMPLETE

    return waits


@waits_for.register
def _biomarker(leaf: Biomarker) -> Waits:
    return lambda facts: (f"biomarkers.{leaf.name}", "")


@waits_for.register
def _measurable_disease(leaf: MeasurableDisease) -> Waits:
    return lambda facts: ("", MEASURABLE_DISEASE)


@waits_for.register
def _ask(leaf: Ask) -> Waits:
    return lambda facts: ("", leaf.id)
