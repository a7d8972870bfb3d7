"""What the record says to one leaf: a function of the facts for each, made once and then quick."""

from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import Final, TypeVar

from trials.criteria import histologies
from trials.criteria.drugs import wanted
from trials.criteria.facts import MatchFacts, Result
from trials.criteria.hla import types_in
from trials.criteria.lines import question_of
from trials.criteria.logic import MET, NOT_MET, UNKNOWN, Verdict, every, opposite, some, told
from trials.criteria.markers import (
    PD_L1,
    PD_L1_CPS,
    marker_named,
    names_score,
    per_cent,
    score,
    sign_of,
    without_score,
)
from trials.criteria.mutations import mutated
from trials.criteria.tree import (
    MEASURABLE_DISEASE,
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

Test = Callable[[MatchFacts], Verdict]
_Wanted = TypeVar("_Wanted")

NO_LIMIT: Final = 10**6


@singledispatch
def tester(leaf: Leaf) -> Test:
    """The verdict on any patient's facts."""
    raise TypeError(f"not a leaf of criteria: {leaf!r}")


@tester.register
def _histology(leaf: Histology) -> Test:
    verdict = histologies.tester(leaf)
    return lambda facts: verdict(facts.histology)


@tester.register
def _extent(leaf: Extent) -> Test:
    asked = frozenset(leaf.any_of)
    known: dict[frozenset[frozenset[str]], Verdict] = {}

    def test(facts: MatchFacts) -> Verdict:
        possible = facts.extents
        if possible not in known:
            found = {not asked.isdisjoint(each) for each in possible}
            known[possible] = UNKNOWN if len(found) > 1 else told(found.pop())
        return known[possible]

    return test


@tester.register
def _resectability(leaf: Resectability) -> Test:
    asked = frozenset(leaf.any_of)
    return lambda facts: told(None if facts.resectability is None else facts.resectability in asked)


@tester.register
def _performance_status(leaf: PerformanceStatus) -> Test:
    lowest, highest = _limits(leaf.min, leaf.max)

    def test(facts: MatchFacts) -> Verdict:
        value = facts.performance_status
        return UNKNOWN if value is None else MET if lowest <= value <= highest else NOT_MET

    return test


def _limits(lowest: int | None, highest: int | None) -> tuple[int, int]:
    return -NO_LIMIT if lowest is None else lowest, NO_LIMIT if highest is None else highest


@tester.register
def _age(leaf: Age) -> Test:
    """A limit of 75 years holds until the day before the 76th birthday."""
    lowest, highest = _limits(leaf.min, leaf.max)
    if leaf.unit == "years":
        lowest, highest = lowest * 12, highest * 12 + 11

    def test(facts: MatchFacts) -> Verdict:
        months = facts.age_months
        if months is None:
            return UNKNOWN
        if lowest <= months[0] and months[1] <= highest:
            return MET
        return NOT_MET if months[1] < lowest or months[0] > highest else UNKNOWN

    return test


@tester.register
def _sex(leaf: Sex) -> Test:
    """A sex recorded as other is never taken for the one that a trial leaves out: a person is asked."""
    asked = frozenset(leaf.any_of)

    def test(facts: MatchFacts) -> Verdict:
        if facts.sex in asked:
            return MET
        return NOT_MET if facts.sex in ("female", "male") else UNKNOWN

    return test


@tester.register
def _lines(leaf: Lines) -> Test:
    """Rows that may be one line exclude nobody: a person is asked how they count."""
    lowest, highest = _limits(leaf.min, leaf.max)

    def test(facts: MatchFacts) -> Verdict:
        found = facts.lines
        most = found.rows if facts.is_complete else NO_LIMIT
        at_least = MET if found.fewest >= lowest else NOT_MET if most < lowest else UNKNOWN
        at_most = MET if most <= highest else NOT_MET if found.sure > highest else UNKNOWN
        verdict = every((at_least, at_most))
        if verdict is not UNKNOWN or not is_uncounted(leaf, facts):
            return verdict
        said = facts.answers.get(question_of(leaf, found.rows))
        if said is None or said.answer not in ("yes", "no"):
            return UNKNOWN
        if said.answer == "yes":
            return MET if facts.is_complete or leaf.max is None else UNKNOWN
        return NOT_MET if facts.is_complete or at_least is MET else UNKNOWN

    return test


def is_uncounted(leaf: Lines, facts: MatchFacts) -> bool:
    """Whether it depends on how the recorded rows make lines."""
    lowest, highest = _limits(leaf.min, leaf.max)
    found = facts.lines
    return found.sure <= highest < found.rows or found.fewest < lowest <= found.rows


@tester.register
def _drugs_required(leaf: DrugsRequired) -> Test:
    asked = wanted(leaf.any_of, leaf.classes)

    def test(facts: MatchFacts) -> Verdict:
        was_given = asked.in_history(facts.given)
        return UNKNOWN if was_given is False and not facts.is_complete else told(was_given)

    return test


@tester.register
def _drugs_excluded(leaf: DrugsExcluded) -> Test:
    """Never fails for want of a record: what nobody wrote down is asked."""
    was_given = _drugs_required(DrugsRequired(leaf.any_of, leaf.classes))
    return lambda facts: opposite(was_given(facts))


@tester.register
def _biomarker(leaf: Biomarker) -> Test:
    """By the newest result that settles it."""

    def test(facts: MatchFacts) -> Verdict:
        for result in facts.by_marker.get(leaf.name, ()):
            if (found := reading(leaf, result)) is not UNKNOWN:
                return found
        return UNKNOWN

    return test


def reading(leaf: Biomarker, result: Result) -> Verdict:
    """What one result says to the criterion. A per cent above nought settles no "positive": cut-offs differ."""
    text = without_score(result.result) if leaf.name == PD_L1 else result.result
    is_positive = sign_of(leaf.name, text)
    bounds = _bounds(leaf, result, text)
    if leaf.min_percent is not None:
        return _at_least(leaf.min_percent, bounds, is_positive)
    if is_positive is None and bounds is not None and bounds[1] == 0:
        is_positive = False
    return told(is_positive if leaf.result == "positive" or is_positive is None else not is_positive)


def _bounds(leaf: Biomarker, result: Result, text: str) -> tuple[float, float] | None:
    """A number beside the text of both scores of PD-L1 may be of either: the text alone tells."""
    of_cps = leaf.name == PD_L1_CPS
    is_of_this = of_cps or leaf.name != PD_L1 or not names_score(result.result)
    if result.percent is not None and is_of_this and (not of_cps or marker_named(result.name) == PD_L1_CPS):
        return float(result.percent), float(result.percent)
    return score(text) if of_cps else per_cent(text)


def _at_least(limit: int, bounds: tuple[float, float] | None, is_positive: bool | None) -> Verdict:
    if bounds is None:
        return NOT_MET if is_positive is False and limit > 0 else UNKNOWN
    return MET if bounds[0] >= limit else NOT_MET if bounds[1] < limit else UNKNOWN


@tester.register
def _hla(leaf: Hla) -> Test:
    alleles = [each for text in leaf.alleles for each in types_in(text)]
    return lambda facts: _some_of(facts, facts.typing.holds, alleles)


@tester.register
def _fusion(leaf: Fusion) -> Test:
    return lambda facts: _some_of(facts, facts.fusions.holds, leaf.any_of)


@tester.register
def _mutation(leaf: Mutation) -> Test:
    return lambda facts: _some_of(facts, lambda each: mutated(facts.newest, each), leaf.any_of)


def _some_of(facts: MatchFacts, holds: Callable[[_Wanted], bool | None], asked: Sequence[_Wanted]) -> Verdict:
    """Of somebody without any result nothing is known."""
    return some(told(holds(each)) for each in asked) if facts.biomarkers or not asked else UNKNOWN


@tester.register
def _measurable_disease(leaf: MeasurableDisease) -> Test:
    return _answered(MEASURABLE_DISEASE, "yes")


@tester.register
def _ask(leaf: Ask) -> Test:
    return _answered(leaf.id, leaf.wanted)


def _answered(question: str, asked: str) -> Test:
    """Yes or no as it was answered; that it cannot be known leaves it open."""

    def test(facts: MatchFacts) -> Verdict:
        given = facts.answers.get(question)
        if given is None or given.answer not in ("yes", "no"):
            return UNKNOWN
        return MET if given.answer == asked else NOT_MET

    return test
