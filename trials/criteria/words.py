"""A criterion in words, as people read it."""

from collections.abc import Iterable
from functools import singledispatch
from typing import Final

from cases.clinical.icdo3 import morphology_name
from cases.clinical.vocabulary import RESECTABILITY
from trials.criteria.drugs import class_labels
from trials.criteria.histologies import BEHAVIOURS
from trials.criteria.markers import PD_L1_CPS, marker_label
from trials.criteria.tree import (
    EXTENTS,
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
    Lines,
    MeasurableDisease,
    Mutation,
    Node,
    Not,
    PerformanceStatus,
    Resectability,
    Sex,
)

MOST_NAMED: Final = 6
_NAMES: Final = frozenset({"Ewing", "Kaposi"})


def joined(parts: Iterable[str], word: str = "or") -> str:
    """ "A, B or C"; a long list ends in how many more there are."""
    named = list(parts)
    if not named:
        return "nothing named"
    if len(named) > MOST_NAMED + 1:
        return f"{', '.join(named[:MOST_NAMED])} {word} {len(named) - MOST_NAMED} more"
    return f" {word} ".join(part for part in (", ".join(named[:-1]), named[-1]) if part)


def small(label: str) -> str:
    """A label inside a sentence: its first letter small, unless it is a name or a short form."""
    first = label.split(" ")[0]
    is_name = first in _NAMES or any(letter.isupper() for letter in first[1:])
    return label if is_name else label[:1].lower() + label[1:]


@singledispatch
def say(node: Node) -> str:
    """The criterion as a sentence without its full stop."""
    raise TypeError(f"not a node of criteria: {node!r}")


@say.register
def _all(node: All) -> str:
    return "; and ".join(_within(child) for child in node.children) or "all of nothing"


@say.register
def _any(node: Any_) -> str:
    return "; or ".join(_within(child) for child in node.children) or "any of nothing"


def _within(child: Node) -> str:
    return f"({say(child)})" if isinstance(child, All | Any_) else say(child)


@say.register
def _not(node: Not) -> str:
    return f"Not: {_within(node.child)}"


@say.register
def _histology(node: Histology) -> str:
    named = [*(small(group) for group in node.groups), *(_code(code) for code in node.codes)]
    return f"Histology: {joined(named)}"


def _code(code: str) -> str:
    """Whatever its behaviour, a code is named after the first of the list that has it."""
    if "/" in code:
        return f"{small(morphology_name(code))} ({code})"
    names = (morphology_name(f"{code}/{behaviour}") for behaviour in reversed(BEHAVIOURS))
    known = next((name for name in names if not name.endswith("(not in the list)")), "histology")
    return f"{small(known)} ({code})"


@say.register
def _extent(node: Extent) -> str:
    return f"Extent: {joined(small(EXTENTS[each].split(':')[0]) for each in node.any_of)}"


@say.register
def _resectability(node: Resectability) -> str:
    return f"Resectability: {joined(small(RESECTABILITY[each]) for each in node.any_of)}"


@say.register
def _performance_status(node: PerformanceStatus) -> str:
    return f"Performance status (ECOG) {_between(node.min, node.max)}"


def _between(lowest: int | None, highest: int | None, unit: str = "") -> str:
    if lowest is None and highest is None:
        return "without limit"
    if lowest == highest:
        return f"{lowest}{unit}"
    if highest is None:
        return f"{lowest}{unit} or more"
    return f"{highest}{unit} or less" if lowest is None else f"{lowest} to {highest}{unit}"


@say.register
def _age(node: Age) -> str:
    return f"Age {_between(node.min, node.max, f' {node.unit}')}"


@say.register
def _sex(node: Sex) -> str:
    return f"Sex: {joined(node.any_of)}"


@say.register
def _lines(node: Lines) -> str:
    if (node.min, node.max) == (None, 0):
        return "No earlier systemic treatment"
    return f"Earlier systemic treatments: {_between(node.min, node.max)}"


def drug_words(node: DrugsRequired | DrugsExcluded) -> str:
    """The drugs and classes that it names."""
    labels = class_labels()
    return joined([*node.any_of, *(f"any {small(labels[name])}" for name in node.classes)])


@say.register
def _drugs_required(node: DrugsRequired) -> str:
    return f"Given before: {drug_words(node)}"


@say.register
def _drugs_excluded(node: DrugsExcluded) -> str:
    return f"Never given: {drug_words(node)}"


@say.register
def _biomarker(node: Biomarker) -> str:
    if node.min_percent is not None and node.name == PD_L1_CPS:
        return f"{marker_label(node.name)} {node.min_percent} or more"
    if node.min_percent is not None:
        return f"{marker_label(node.name)} in {node.min_percent} % of tumour cells or more"
    return f"{marker_label(node.name)} {node.result}"


@say.register
def _hla(node: Hla) -> str:
    return f"HLA type: {joined(node.alleles)}"


@say.register
def _fusion(node: Fusion) -> str:
    return f"Gene fusion: {joined(each if '::' in each else f'any of {each}' for each in node.any_of)}"


@say.register
def _mutation(node: Mutation) -> str:
    return f"Mutation: {joined(each if ' ' in each else f'any of {each}' for each in node.any_of)}"


@say.register
def _measurable_disease(node: MeasurableDisease) -> str:
    return "Measurable disease (RECIST 1.1)"


@say.register
def _ask(node: Ask) -> str:
    return node.text if node.wanted == "yes" else f"{node.text} (wanted: no)"
