"""The criteria editor: the whole tree is in the fields of one form, so that a round trip loses nothing.

Each node sends `node`, its number, its group's number and its kind, in the order of the page; a row's own fields begin
with its number. What is removed stays on the page, under `gone`, until it is saved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict

from cases.forms.fields import TextField
from trials.criteria.contradictions import Problem, problems
from trials.criteria.reading import MOST_LEVELS, MOST_NODES, CriteriaError, read
from trials.criteria.tree import Node
from trials.forms.criteria_rows import LABELS, ROWS, RowForm
from trials.services.criteria import LONGEST_NOTE
from trials.services.questions import with_own_ids

GROUPS: Final = {"all": "All of these", "any": "Any of these", "none": "None of these"}
OFFERED: Final = ("histology", "extent", "age", "performance_status", "lines")
"""The rows with which an empty trial starts."""
KINDS: Final = [("A criterion", list(LABELS.items())), ("A group", list(GROUPS.items()))]
MOST_SENT: Final = 2 * MOST_NODES
MOST_SENT_LEVELS: Final = 2 * MOST_LEVELS
TOO_DEEP: Final = f"No more than {MOST_LEVELS} groups within each other. Make the groups flatter."


class SavingForm(forms.Form):
    """What goes with the tree: the version that was looked at, the reason, and a contradiction that is meant."""

    number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    note = TextField(label="What changed, and why", longest=LONGEST_NOTE, required=False)
    all_the_same = forms.BooleanField(
        label="Save all the same: what can never be met excludes everybody", required=False
    )


@dataclass
class Draft:
    """A group or a row as it stands in the form; `place` is how the page numbers it."""

    id: int
    kind: str
    parent: int
    level: int = 1
    is_gone: bool = False
    form: RowForm | None = None
    children: list["Draft"] = field(default_factory=list)
    place: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return GROUPS.get(self.kind) or LABELS[self.kind]

    @property
    def is_group(self) -> bool:
        return self.kind in GROUPS

    @property
    def name(self) -> str:
        """By name and place, as errors say it."""
        return f"{self.place} {self.label}".strip()

    @property
    def live(self) -> list["Draft"]:
        return [child for child in self.children if not child.is_gone]

    def __iter__(self) -> Iterator["Draft"]:
        """This and everything below, in the order of the page."""
        yield self
        for child in self.children:
            yield from child


class Editor:
    """The tree as it was sent, and what one button did to it."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data.copy()
        self.do = self.data.get("do", "look")
        self.focus = 0
        self.by_id: dict[int, Draft] = {}
        self.root = self._tree()
        self._act()
        _number(self.root, "")
        self.paths: dict[str, Draft] = {}
        written = self._written(self.root, "")
        self.tree = with_own_ids(written) if written is not None else None
        self.node = self._read()
        self.problems = [_said(self._at(each.path)[0], each.message) for each in self._problems()]

    @classmethod
    def of(cls, tree: Mapping[str, Any] | None) -> "Editor":
        """A stored tree, or the rows that an empty trial starts with."""
        return cls(sent(tree or {"all": [{"kind": kind} for kind in OFFERED]}))

    @property
    def is_saving(self) -> bool:
        return self.do == "save"

    @property
    def rows(self) -> list[tuple[Draft, RowForm]]:
        """What is to be saved, without what was removed."""
        return [(draft, draft.form) for draft in _living(self.root) if draft.form is not None]

    @property
    def wrong(self) -> list[tuple[Draft, str, str]]:
        """Errors of groups and rows: which, the message, and the id of the field."""
        found = [(draft, text, "") for draft in _living(self.root) for text in draft.errors]
        for draft, form in self.rows:
            for name, texts in form.errors.items():
                at = str(form[name].auto_id) if name in form.fields else ""
                found += [(draft, str(text), at) for text in texts]
        return found

    def _tree(self) -> Draft:
        nodes = [_parsed(text) for text in self.data.getlist("node")]
        gone = set(self.data.getlist("gone"))
        if not nodes or len(nodes) > MOST_SENT or nodes[0][2] not in GROUPS:
            raise BadRequest("The form did not hold a group of criteria. Open the page again.")
        for id_, parent, kind in nodes:
            if id_ in self.by_id or (self.by_id and not self._is_group(parent)):
                raise BadRequest("The form held criteria that belong to no group. Open the page again.")
            level = self.by_id[parent].level + 1 if self.by_id else 1
            if level > MOST_SENT_LEVELS:
                raise BadRequest(TOO_DEEP)
            self._put(Draft(id_, kind, parent, level, str(id_) in gone))
        return self.by_id[nodes[0][0]]

    def _is_group(self, id_: int) -> bool:
        return id_ in self.by_id and self.by_id[id_].is_group

    def _put(self, draft: Draft) -> None:
        if not draft.is_group:
            draft.form = ROWS[draft.kind](self.data, prefix=f"n{draft.id}", is_saving=self.is_saving)
        if draft.parent in self.by_id:
            self.by_id[draft.parent].children.append(draft)
        self.by_id[draft.id] = draft

    def _act(self) -> None:
        """Carry out the button: add, remove, put back, move; any other only looks."""
        word, _, number = self.do.partition("-")
        draft = self.by_id.get(int(number)) if number.isdecimal() and len(number) < 9 else None
        if draft is None:
            return
        self.focus = draft.id
        if word == "add" and draft.is_group:
            self._add(draft)
        elif word in ("remove", "back") and draft is not self.root:
            draft.is_gone = word == "remove"
        elif word in ("up", "down") and draft is not self.root:
            self._move(draft, -1 if word == "up" else 1)

    def _add(self, group: Draft) -> None:
        kind = self.data.get(f"n{group.id}-kind", "")
        if kind not in GROUPS and kind not in ROWS:
            group.errors.append("Choose what to add.")
        elif len(self.by_id) >= MOST_NODES:
            group.errors.append(f"No more than {MOST_NODES} criteria. Split the trial into its cohorts.")
        elif kind in GROUPS and group.level >= MOST_LEVELS:
            group.errors.append(TOO_DEEP)
        else:
            self.focus = max(self.by_id) + 1
            self._put(Draft(self.focus, kind, group.id, group.level + 1))

    def _move(self, draft: Draft, step: int) -> None:
        """Past the next one that is not removed; the first and the last stay."""
        of = self.by_id[draft.parent].children
        here = of.index(draft)
        there = here + step
        while 0 <= there < len(of) and of[there].is_gone:
            there += step
        if 0 <= there < len(of):
            of.insert(there, of.pop(here))

    def _written(self, draft: Draft, path: str) -> dict[str, Any] | None:
        """The JSON of a node, noted by its path; None of what is empty or wrong."""
        if draft.form is not None and (draft.form.is_empty or not draft.form.is_valid()):
            return None
        self.paths[path] = draft
        if draft.form is not None:
            return draft.form.leaf()
        at = f"{path}." if path else ""
        return self._none(draft, at) if draft.kind == "none" else self._several(draft, draft.kind, at)

    def _several(self, draft: Draft, name: str, at: str) -> dict[str, Any] | None:
        """An empty group is written, and told of; one whose rows are not filled in yet is left out."""
        written: list[dict[str, Any]] = []
        for child in draft.live:
            if (each := self._written(child, f"{at}{name}.{len(written)}")) is not None:
                written.append(each)
        return None if draft.live and not written else {name: written}

    def _none(self, draft: Draft, at: str) -> dict[str, Any] | None:
        """Not any of them; of one, not that."""
        if len(draft.live) == 1:
            only = self._written(draft.live[0], f"{at}not")
            return None if only is None else {"not": only}
        self.paths[f"{at}not"] = draft
        several = self._several(draft, "any", f"{at}not.")
        return None if several is None else {"not": several}

    def _read(self) -> Node | None:
        if self.tree is None:
            return None
        try:
            return read(self.tree)
        except CriteriaError as error:
            for path, texts in error.errors.items():
                self._refuse(path, texts)
            return None

    def _refuse(self, path: str, texts: list[str]) -> None:
        draft, rest = self._at(path)
        name = rest.split(".")[0]
        for text in texts:
            said = text.removeprefix(path).strip()
            if draft.form is None:
                draft.errors.append(said)
            else:
                draft.form.add_error(name if name in draft.form.fields else None, said)

    def _at(self, path: str) -> tuple[Draft, str]:
        """The node to which a path leads, and what is left of the path."""
        parts = path.split(".") if path else []
        for end in range(len(parts), -1, -1):
            if (found := self.paths.get(".".join(parts[:end]))) is not None:
                return found, ".".join(parts[end:])
        return self.root, path

    def _problems(self) -> list[Problem]:
        return problems(self.node) if self.node is not None else []


def _said(draft: Draft, message: str) -> tuple[Draft, str]:
    """Beside the row's name, which the page gives with its place."""
    return draft, message.removeprefix(f"{draft.label}: ")


def _number(draft: Draft, place: str) -> None:
    draft.place = place
    for number, child in enumerate(draft.live, start=1):
        _number(child, f"{place}.{number}" if place else str(number))


def _living(draft: Draft) -> Iterator[Draft]:
    """Without what was removed, and what stands below it."""
    yield draft
    for child in draft.live:
        yield from _living(child)


def _parsed(text: str) -> tuple[int, int, str]:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 9 for part in parts[:2]):
        raise BadRequest("A criterion of the form could not be read. Open the page again.")
    if parts[2] not in GROUPS and parts[2] not in ROWS:
        raise BadRequest("The form held a kind of criterion that is not known. Open the page again.")
    return int(parts[0]), int(parts[1]), parts[2]


def sent(tree: Mapping[str, Any]) -> QueryDict:
    """What a browser would send of a tree; a single criterion stands in a group of its own."""
    data = QueryDict(mutable=True)
    _send(data, tree if {"all", "any", "not"} & set(tree) else {"all": [tree]}, 0)
    return data


def _send(data: QueryDict, node: Mapping[str, Any], parent: int) -> None:
    id_ = len(data.getlist("node")) + 1
    if "kind" in node:
        data.appendlist("node", f"{id_}:{parent}:{node['kind']}")
        for name, values in ROWS[node["kind"]].sent(node).items():
            data.setlist(f"n{id_}-{name}", values)
        return
    kind, children = _group(node)
    data.appendlist("node", f"{id_}:{parent}:{kind}")
    for child in children:
        _send(data, child, id_)


def _group(node: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    if "not" not in node:
        kind = "all" if "all" in node else "any"
        return kind, node[kind]
    return "none", node["not"].get("any", [node["not"]])
