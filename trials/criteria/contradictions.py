"""Criteria that nobody can ever meet, told by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from cases.clinical.icdo3 import morphology
from trials.criteria.histologies import BEHAVIOURS
from trials.criteria.satisfying import can_be_met, ways_of
from trials.criteria.tree import (
    Age,
    All,
    Any_,
    Ask,
    DrugsExcluded,
    DrugsRequired,
    Extent,
    Fusion,
    Histology,
    Hla,
    Lines,
    Mutation,
    Node,
    Not,
    PerformanceStatus,
    Resectability,
    Sex,
)
from trials.criteria.words import MOST_NAMED, drug_words, joined, say

MOST_TRIED: Final = 50_000
"""Ways to meet two criteria at once that are looked at for the two to be named; beyond, all of them are named."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Where in the tree ("all.0.any.1"; empty for its root), and what is wrong there."""

    path: str
    message: str


def problems(root: Node) -> list[Problem]:
    """What can never be met, or says nothing, by path; nothing where the tree can be used."""
    found = [*_said_badly(root, ""), *_asked_twice(root)]
    broken = {each.path for each in found}
    return [*found, *_never_met(root, "", broken)]


def _paths(node: Node, path: str) -> Iterator[tuple[Node, str]]:
    """What stands directly below, with its path."""
    at = f"{path}." if path else ""
    if isinstance(node, Not):
        yield node.child, f"{at}not"
    name = "all" if isinstance(node, All) else "any"
    if isinstance(node, All | Any_):
        yield from ((child, f"{at}{name}.{place}") for place, child in enumerate(node.children))


def _walk(node: Node, path: str) -> Iterator[tuple[Node, str]]:
    yield node, path
    for child, at in _paths(node, path):
        yield from _walk(child, at)


def _said_badly(root: Node, path: str) -> Iterator[Problem]:
    for node, at in _walk(root, path):
        if isinstance(node, All | Any_) and not node.children:
            what = "excludes nobody" if isinstance(node, All) else "excludes everybody"
            yield Problem(at, f"This group is empty: it {what}. Add a criterion, or remove the group.")
        yield from (Problem(at, text) for text in _said(node))


def _said(node: Node) -> Iterator[str]:
    if isinstance(node, Age | PerformanceStatus | Lines):
        yield from _limits(node)
    if isinstance(node, Histology):
        yield from _codes(node)
    if isinstance(node, Extent | Resectability | Sex | Fusion | Mutation) and not node.any_of:
        yield f"{say(node).split(':')[0]}: nothing is chosen, so that nobody can meet it. Choose at least one."
    if isinstance(node, Hla) and not node.alleles:
        yield "HLA type: no allele is named, so that nobody can meet it. Name at least one."
    if isinstance(node, DrugsRequired | DrugsExcluded) and not (node.any_of or node.classes):
        yield f"{say(node).split(':')[0]}: no drug and no class is named. Name at least one."


def _limits(node: Age | PerformanceStatus | Lines) -> Iterator[str]:
    name = {Age: "Age", PerformanceStatus: "Performance status", Lines: "Earlier systemic treatments"}[
        type(node)
    ]
    if node.min is None and node.max is None:
        yield f"{name}: neither a lowest nor a highest value is given. Give one of them, or remove it."
    elif node.min is not None and node.max is not None and node.min > node.max:
        yield (
            f"{name}: at least {node.min} and at most {node.max} can never be met. "
            "Swap the two, or correct one of them."
        )


def _codes(node: Histology) -> Iterator[str]:
    if not (node.codes or node.groups):
        yield "Histology: no code and no group is named, so that nobody can meet it. Name at least one."
    if unknown := [code for code in node.codes if not _is_listed(code)]:
        yield (
            f"Histology: no histology of the list has the code {joined(unknown)}. "
            "Correct it, or leave it to a question to a person."
        )


def _is_listed(code: str) -> bool:
    codes = [code] if "/" in code else [f"{code}/{behaviour}" for behaviour in BEHAVIOURS]
    return any(morphology(each) for each in codes)


def _asked_twice(root: Node) -> Iterator[Problem]:
    """One id is one question: its answer counts wherever it is asked."""
    first: dict[str, Ask] = {}
    for node, at in _walk(root, ""):
        if not isinstance(node, Ask):
            continue
        if first.setdefault(node.id, node).text != node.text:
            yield Problem(at, f'Two questions have the id "{node.id}". Give one of them another id.')


def _never_met(node: Node, path: str, broken: set[str]) -> list[Problem]:
    """From the leaves up, so that the smallest part that cannot be met is the one that is named."""
    found = [each for child, at in _paths(node, path) for each in _never_met(child, at, broken)]
    if found or any(f"{at}.".startswith(f"{path}." if path else "") for at in broken) or can_be_met(node):
        return found
    return [_named(node, path)]


def _named(node: Node, path: str) -> Problem:
    if isinstance(node, Not):
        return Problem(path, f"“{say(node)}” leaves nobody: everybody is as it must not be.")
    parts = [(each, at) for each, at in _walk(node, path) if _is_needed(each, at, node, path)]
    ways = [ways_of(each) for each, _ in parts]
    # Those with the fewest ways first: a criterion by itself has one.
    order = sorted(range(len(parts)), key=ways.__getitem__)
    left = MOST_TRIED
    for pair in combinations(order, 2):
        (one, _), (other, at) = (parts[place] for place in sorted(pair))
        left -= ways[pair[0]] * ways[pair[1]]
        if left < 0:
            break
        if not can_be_met(All((one, other))):
            return Problem(at, _both(one, other))
    named = [say(each) for each, _ in parts[:MOST_NAMED]]
    named += [f"and {len(parts) - MOST_NAMED} more"] if len(parts) > MOST_NAMED else []
    return Problem(path, f"No patient can meet all of this at once: {'; '.join(named)}.")


def _is_needed(each: Node, at: str, node: Node, path: str) -> bool:
    """Whether a node stands in a chain of "all" below another, and is none itself."""
    below = at.removeprefix(path).strip(".").split(".")
    return not isinstance(each, All) and not {"any", "not"} & set(below)


def _both(one: Node, other: Node) -> str:
    required, excluded = (one, other) if isinstance(one, DrugsRequired) else (other, one)
    if isinstance(required, DrugsRequired) and isinstance(excluded, DrugsExcluded):
        return f"{drug_words(required).capitalize()} must have been given, and must never have been given."
    return f"“{say(one)}” and “{say(other)}” can never both be met by one patient."
