"""Reads a tree of criteria from JSON, refusing by path whatever it does not know, and writes it back."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any, Final

from cases.clinical.contract import Errors, Reader, one_of, shown, storable
from cases.clinical.icdo3 import all_morphologies
from cases.clinical.vocabulary import RESECTABILITY
from trials.criteria.drugs import classes, drug_named
from trials.criteria.hla import allele_written
from trials.criteria.markers import fusion_written, marker_named, mutation_written
from trials.criteria.tree import (
    AGE_UNITS,
    ANSWERS,
    ANY_SARCOMA,
    EXTENTS,
    KIND_OF,
    KINDS,
    QUESTIONS,
    All,
    Any_,
    Node,
    Not,
)

SEXES: Final = ("female", "male", "other")
RESULTS: Final = ("positive", "negative")
MOST_LEVELS: Final = 10
MOST_NODES: Final = 300
MOST_VALUES: Final = 200
LONGEST_TEXT: Final = 1000

_CODE: Final = re.compile(r"M?-?([0-9]{4})(?:/([0-9]))?")
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_BRANCHES: Final = ("all", "any", "not")


class CriteriaError(ValueError):
    """The tree cannot be read; `errors` says what is wrong, by path (`all.0.any.1.min`)."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{key}: {' '.join(texts)}" for key, texts in errors.items()))
        self.errors = errors


def groups() -> tuple[str, ...]:
    """What may be named as a group: any sarcoma, and the groups of the list in its order."""
    return (ANY_SARCOMA, *dict.fromkeys(entry.group for entry in all_morphologies()))


def read(tree: object) -> Node:
    """The tree as nodes; raises CriteriaError with every error by path."""
    reading = _Reading()
    node = reading.node(tree, "", 1)
    if node is None or reading.errors:
        raise CriteriaError(reading.errors)
    return node


def write(node: Node) -> dict[str, Any]:
    """The node as JSON; what is empty is left out."""
    if isinstance(node, All):
        return {"all": [write(child) for child in node.children]}
    if isinstance(node, Any_):
        return {"any": [write(child) for child in node.children]}
    if isinstance(node, Not):
        return {"not": write(node.child)}
    values = {each.name: getattr(node, each.name) for each in fields(node)}
    told = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
    return {"kind": KIND_OF[type(node)]} | {name: v for name, v in told.items() if v not in (None, "", [])}


class _Reading:
    """One reading: what was found wrong so far, and how many nodes there were."""

    def __init__(self) -> None:
        self.errors: Errors = {}
        self.count = 0

    def node(self, data: object, path: str, level: int) -> Node | None:
        self.count += 1
        if not isinstance(data, Mapping):
            return self.refuse(path, f"must be an object with all, any, not or kind, not {shown(data)}.")
        if level > MOST_LEVELS:
            return self.refuse(path, f"is more than {MOST_LEVELS} levels deep. Make the groups flatter.")
        if self.count > MOST_NODES:
            return self.refuse("", f"More than {MOST_NODES} criteria. Split the trial into its cohorts.")
        if set(_BRANCHES) & set(data):
            return self.branch(data, path, level)
        return self.leaf(data, path)

    def refuse(self, path: str, message: str) -> Node | None:
        """Takes the error down; there is no node."""
        texts = self.errors.setdefault(path, [])
        text = f"{path or 'The tree'} {message}" if message[0].islower() else message
        if text not in texts:
            texts.append(text)
        return None

    def branch(self, data: Mapping[str, Any], path: str, level: int) -> Node | None:
        name = next(key for key in _BRANCHES if key in data)
        if len(data) > 1:
            others = one_of(sorted(shown(key) for key in data if key != name))
            return self.refuse(path, f'has "{name}" and may have nothing beside it, but has {others}.')
        at = f"{path}.{name}" if path else name
        if name == "not":
            child = self.node(data[name], at, level + 1)
            return None if child is None else Not(child)
        if not isinstance(data[name], list | tuple):
            return self.refuse(at, f"must be a list, not {shown(data[name])}.")
        read = [self.node(each, f"{at}.{place}", level + 1) for place, each in enumerate(data[name])]
        children = tuple(child for child in read if child is not None)
        return All(children) if name == "all" else Any_(children)

    def leaf(self, data: Mapping[str, Any], path: str) -> Node | None:
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            at = f"{path}.kind" if path else "kind"
            what = "is needed" if kind is None else f"{shown(kind)} is not a known kind"
            return self.refuse(at, f"{what}. It must be one of: {one_of(KINDS)}.")
        before = len(self.errors)
        reader = _Leaf(data, path, self.errors)
        reader.only(("kind", *(each.name for each in fields(KINDS[kind]))))
        values = {"words": reader.sentence("words"), **_READERS[kind](reader)}
        return None if len(self.errors) > before else KINDS[kind](**values)


class _Leaf(Reader):
    """Reads the keys of one leaf."""

    def only(self, known: Collection[str]) -> None:
        for key in self.data:
            if key not in known:
                self.refuse(
                    storable(str(key))[:60], f"is not a known key here. The known keys are: {one_of(known)}."
                )

    def items(self, key: str) -> list[Any]:
        found = super().items(key)
        if len(found) > MOST_VALUES:
            self.refuse(key, f"has more than {MOST_VALUES} values. Use a group, or several criteria.")
            return []
        return found

    def sentence(self, key: str) -> str:
        text = self.text(key) or ""
        if len(text) > LONGEST_TEXT:
            self.refuse(key, f"is longer than {LONGEST_TEXT} characters.")
        return " ".join(text.split())

    def several(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.choices(key, allowed)))

    def written(self, key: str, reading: Callable[[str], str | None], example: str) -> tuple[str, ...]:
        """The values of a list, each as `reading` writes it; what it cannot read is refused."""
        found = []
        for place, value in enumerate(self.items(key)):
            read = reading(value) if isinstance(value, str) and len(value) <= 80 else None
            if read is None:
                message = f"{shown(value)} is not understood. It is written like this: {example}."
                self.refuse(f"{key}.{place}", message)
            else:
                found.append(read)
        return tuple(dict.fromkeys(found))


def _code(text: str) -> str | None:
    if code := _CODE.fullmatch(text.strip().upper()):
        return f"{code[1]}/{code[2]}" if code[2] else code[1]
    return None


def _name(text: str) -> str | None:
    return drug_named(text) if text.isprintable() and text.strip() else None


def _histology(reader: _Leaf) -> dict[str, Any]:
    return {
        "codes": reader.written("codes", _code, "8890/3, or 8890 for any behaviour"),
        "groups": reader.several("groups", groups()),
    }


def _any_of(allowed: Collection[str]) -> Callable[[_Leaf], dict[str, Any]]:
    return lambda reader: {"any_of": reader.several("any_of", allowed)}


def _between(lowest: int, highest: int) -> Callable[[_Leaf], dict[str, Any]]:
    return lambda reader: {key: reader.integer(key, lowest, highest) for key in ("min", "max")}


def _age(reader: _Leaf) -> dict[str, Any]:
    unit = reader.choice("unit", AGE_UNITS) or "years"
    return {"unit": unit, **_between(0, 1440 if unit == "months" else 120)(reader)}


def _drugs(reader: _Leaf) -> dict[str, Any]:
    return {
        "any_of": reader.written("any_of", _name, "doxorubicin"),
        "classes": reader.several("classes", classes()),
    }


def _biomarker(reader: _Leaf) -> dict[str, Any]:
    name = reader.text("name") or ""
    if not name or len(name) > 40:
        reader.refuse("name", "is needed: the test's name in at most 40 characters, for example NY-ESO-1.")
    result, percent = reader.choice("result", RESULTS), reader.integer("min_percent", 0, 100)
    if (result is None) == (percent is None) and not any(
        path.startswith(reader.at("")) for path in reader.errors
    ):
        reader.refuse("result", "or min_percent is needed, one of the two and not both.")
    return {"name": marker_named(name), "result": result, "min_percent": percent}


def _hla(reader: _Leaf) -> dict[str, Any]:
    return {"alleles": reader.written("alleles", allele_written, "A*02:01, or A*02 for the whole group")}


def _fusion(reader: _Leaf) -> dict[str, Any]:
    return {"any_of": reader.written("any_of", fusion_written, "SS18::SSX1, or one gene: NTRK1")}


def _mutation(reader: _Leaf) -> dict[str, Any]:
    return {"any_of": reader.written("any_of", mutation_written, "KIT exon 11, or the gene alone: KIT")}


def _ask(reader: _Leaf) -> dict[str, Any]:
    key, text = reader.text("id") or "", reader.sentence("text")
    if not _ID.fullmatch(key):
        reader.refuse("id", "is needed: small letters, digits and underscores, for example lvef.")
    elif key in QUESTIONS:
        reader.refuse("id", f'"{key}" is kept for a question that any trial can ask. Choose another.')
    if not text:
        reader.refuse("text", "is needed: the question as a person is to read it.")
    return {"id": key, "text": text, "wanted": reader.choice("wanted", ANSWERS) or "yes"}


_READERS: Final[dict[str, Callable[[_Leaf], dict[str, Any]]]] = {
    "histology": _histology,
    "extent": _any_of(EXTENTS),
    "resectability": _any_of(RESECTABILITY),
    "performance_status": _between(0, 4),
    "age": _age,
    "sex": _any_of(SEXES),
    "lines": _between(0, 20),
    "drugs_required": _drugs,
    "drugs_excluded": _drugs,
    "biomarker": _biomarker,
    "hla": _hla,
    "fusion": _fusion,
    "mutation": _mutation,
    "measurable_disease": lambda reader: {},
    "ask": _ask,
}
