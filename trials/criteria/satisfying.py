"""Whether any patient at all could meet a tree of criteria, by what each leaf leaves possible."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache, singledispatch
from itertools import islice, product
from typing import Final

from cases.clinical.icdo3 import all_morphologies
from cases.clinical.vocabulary import DISEASE_STATUSES, RESECTABILITY
from trials.criteria.drugs import wanted
from trials.criteria.extents import extents
from trials.criteria.histologies import met_codes
from trials.criteria.tree import (
    MEASURABLE_DISEASE,
    Age,
    All,
    Any_,
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
    Node,
    Not,
    PerformanceStatus,
    Resectability,
    Sex,
)

MOST_WAYS: Final = 500
"""Ways to meet a tree that are looked at; one with more is taken as possible."""

_OTHER: Final = "any other"
_MONTHS: Final = range(121 * 12)
_LINES: Final = range(22)


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one thing (an age, a histology), the values that are left."""

    of: str
    values: frozenset[object]
    everything: frozenset[object]

    def reversed(self) -> "Limit":
        return Limit(self.of, self.everything - self.values, self.everything)


@dataclass(frozen=True, slots=True)
class Among:
    """Of many things that may each be there (drugs, alleles): one of these is, or none of these is."""

    of: str
    values: frozenset[str]
    is_there: bool = True

    def reversed(self) -> "Among":
        return Among(self.of, self.values, not self.is_there)


Need = Limit | Among
Way = tuple[Need, ...]


def can_be_met(node: Node) -> bool:
    """Whether some patient could meet it."""
    ways = _ways(node, True)
    return len(ways) > MOST_WAYS or any(_is_possible(way) for way in ways)


def ways_of(node: Node) -> int:
    """How many ways there are to meet it, as far as they are looked at."""
    return len(_ways(node, True))


def _ways(node: Node, is_wanted: bool) -> list[Way]:
    """The combinations of needs each of which meets the tree, or fails it; those beyond the most are left out."""
    if isinstance(node, Not):
        return _ways(node.child, not is_wanted)
    if not isinstance(node, All | Any_):
        found = _need(node)
        return [(found if is_wanted else found.reversed(),)]
    several = [_ways(child, is_wanted) for child in node.children]
    if isinstance(node, Any_) is is_wanted:
        return list(islice((way for ways in several for way in ways), MOST_WAYS + 1))
    return _joined(several)


@lru_cache(maxsize=2048)
def _need(leaf: Leaf) -> Need:
    return need(leaf)


def _joined(several: Iterable[list[Way]]) -> list[Way]:
    joined: list[Way] = [()]
    for ways in several:
        both = ((*one, *other) for one in joined for other in ways)
        joined = list(islice(both, MOST_WAYS + 1))
    return joined


@dataclass(slots=True)
class _State:
    """What a way leaves of each thing."""

    left: dict[str, frozenset[object]] = field(default_factory=dict)
    there: list[Among] = field(default_factory=list)
    absent: dict[str, frozenset[str]] = field(default_factory=dict)


def _is_possible(way: Way) -> bool:
    state = _State()
    for each in way:
        if isinstance(each, Limit):
            state.left[each.of] = state.left.get(each.of, each.everything) & each.values
        elif each.is_there:
            state.there.append(each)
        else:
            state.absent[each.of] = state.absent.get(each.of, frozenset()) | each.values
    if not all(state.left.values()):
        return False
    return all(_is_left(each, state.absent) for each in state.there)


def _is_left(asked: Among, absent: Mapping[str, frozenset[str]]) -> bool:
    """A drug may have been given around surgery, where it is no line: it stands with no earlier line."""
    ruled_out = absent.get(asked.of, frozenset())
    return any(not _wider(value) & ruled_out for value in asked.values)


def _wider(value: str) -> set[str]:
    """The value and what it is part of: an allele of its group, a fusion of its genes, a mutation of its gene."""
    return {value, value.split(":")[0], value.split(" ")[0], *value.split("::")}


@singledispatch
def need(leaf: Leaf) -> Need:
    """What a patient must be, or have, to meet the leaf."""
    raise TypeError(f"not a leaf of criteria: {leaf!r}")


@cache
def _histologies() -> frozenset[object]:
    return frozenset({_OTHER, *(entry.code for entry in all_morphologies())})


@need.register
def _histology(leaf: Histology) -> Need:
    return Limit("histology", frozenset(met_codes(leaf)), _histologies())


@cache
def _states() -> frozenset[object]:
    """Every state of the disease: spread, course, resectability."""
    return frozenset(
        each for each in product((True, False), DISEASE_STATUSES, RESECTABILITY) if extents(*each)
    )


def _of_state(meets: Callable[[bool, str, str], bool]) -> Need:
    states = product((True, False), DISEASE_STATUSES, RESECTABILITY)
    return Limit("disease", frozenset(each for each in states if meets(*each)), _states())


@need.register
def _extent(leaf: Extent) -> Need:
    return _of_state(lambda *state: any(not each.isdisjoint(leaf.any_of) for each in extents(*state)))


@need.register
def _resectability(leaf: Resectability) -> Need:
    return _of_state(lambda spread, status, resectability: resectability in leaf.any_of)


def _range(of: str, lowest: int | None, highest: int | None, everything: range) -> Need:
    low = everything.start if lowest is None else lowest
    high = everything.stop - 1 if highest is None else highest
    return Limit(of, frozenset(each for each in everything if low <= each <= high), frozenset(everything))


@need.register
def _performance_status(leaf: PerformanceStatus) -> Need:
    return _range("performance_status", leaf.min, leaf.max, range(5))


@need.register
def _age(leaf: Age) -> Need:
    if leaf.unit == "months":
        return _range("age", leaf.min, leaf.max, _MONTHS)
    lowest = None if leaf.min is None else leaf.min * 12
    return _range("age", lowest, None if leaf.max is None else leaf.max * 12 + 11, _MONTHS)


@need.register
def _sex(leaf: Sex) -> Need:
    return Limit("sex", frozenset(leaf.any_of), frozenset({"female", "male", "other"}))


@need.register
def _lines(leaf: Lines) -> Need:
    return _range("lines", leaf.min, leaf.max, _LINES)


@need.register
def _drugs_required(leaf: DrugsRequired) -> Need:
    return Among("drugs", _drugs(leaf))


@need.register
def _drugs_excluded(leaf: DrugsExcluded) -> Need:
    return Among("drugs", _drugs(leaf), is_there=False)


def _drugs(leaf: DrugsRequired | DrugsExcluded) -> frozenset[str]:
    """A class is its known drugs, and itself for those that are not known."""
    return wanted(leaf.any_of, leaf.classes).drugs | frozenset(f"class:{name}" for name in leaf.classes)


@need.register
def _biomarker(leaf: Biomarker) -> Need:
    everything = frozenset({("negative", 0), *(("positive", percent) for percent in range(101))})
    if leaf.min_percent is None:
        values = frozenset(each for each in everything if each[0] == leaf.result)
    else:
        values = frozenset(each for each in everything if each[1] >= leaf.min_percent)
    return Limit(f"biomarker {leaf.name}", values, everything)


@need.register
def _hla(leaf: Hla) -> Need:
    return Among("hla", frozenset(leaf.alleles))


@need.register
def _fusion(leaf: Fusion) -> Need:
    return Among("fusion", frozenset(leaf.any_of))


@need.register
def _mutation(leaf: Mutation) -> Need:
    return Among("mutation", frozenset(leaf.any_of))


def _answer(question: str, asked: str) -> Need:
    return Limit(f"answer {question}", frozenset({asked}), frozenset({"yes", "no"}))


@need.register
def _measurable_disease(leaf: MeasurableDisease) -> Need:
    return _answer(MEASURABLE_DISEASE, "yes")


@need.register
def _ask(leaf: Ask) -> Need:
    return _answer(leaf.id, leaf.wanted)
