"""Ids of the questions that criteria put to a person: an answer counts for the words it was given to, and no others."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any, Final

from trials.criteria.tree import QUESTIONS

NOT_IN_AN_ID: Final = re.compile(r"[^a-z0-9]+")
LONGEST: Final = 50

Tree = Mapping[str, Any]
Meaning = tuple[str, str]


def key_of(text: str) -> str:
    """An id from a question's words, as far as they make one."""
    plain = NOT_IN_AN_ID.sub("_", text.lower()).strip("_")[:LONGEST].rstrip("_")
    return plain if plain[:1].isalpha() else f"question_{plain}"[:LONGEST].rstrip("_")


def with_own_ids(tree: Tree, earlier: Iterable[Tree] = ()) -> dict[str, Any]:
    """The tree in which each question has an id of its own.

    `earlier` are the versions before, newest first: what was asked before keeps its id, and so its answers; other
    words, or another wanted answer, make another question.
    """
    known: dict[str, Meaning] = {}
    for version in earlier:
        for leaf in questions(version):
            known.setdefault(leaf["id"], meaning(leaf))
    return _with_ids(tree, known, {each: key for key, each in reversed(known.items())})


def questions(node: Any) -> Iterator[Tree]:
    """Every question of a stored tree."""
    if not isinstance(node, Mapping):
        return
    for name in ("all", "any", "not"):
        below = node.get(name, ())
        for child in below if isinstance(below, list) else [below]:
            yield from questions(child)
    if node.get("kind") == "ask" and isinstance(node.get("id"), str):
        yield node


def meaning(leaf: Tree) -> Meaning:
    """What an answer to it says something about."""
    return " ".join(str(leaf.get("text", "")).split()), str(leaf.get("wanted") or "yes")


def _with_ids(node: Tree, known: dict[str, Meaning], ids: dict[Meaning, str]) -> dict[str, Any]:
    if "not" in node:
        return {"not": _with_ids(node["not"], known, ids)}
    for name in ("all", "any"):
        if name in node:
            return {name: [_with_ids(child, known, ids) for child in node[name]]}
    if node.get("kind") != "ask":
        return dict(node)
    means = meaning(node)
    if means not in ids:
        ids[means] = _free(node.get("id") or key_of(means[0]), means, known)
        known[ids[means]] = means
    return {**node, "id": ids[means]}


def _free(wanted: str, means: Meaning, known: Mapping[str, Meaning]) -> str:
    """The id that is wanted, or the first made of the question's words that no other question has."""
    own = key_of(means[0])
    offered = chain((wanted, own), (f"{own}_{number}" for number in count(2)))
    return next(each for each in offered if each not in known and each not in QUESTIONS)
