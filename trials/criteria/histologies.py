"""Which histologies a criterion names, and what a recorded one says to it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from cases.clinical.icdo3 import Morphology, all_morphologies, best_morphology, current_code, morphology
from trials.criteria import tables
from trials.criteria.logic import MET, NOT_MET, UNKNOWN, Verdict
from trials.criteria.tree import ANY_SARCOMA, Histology

Recorded = tuple[str, bool | None]
"""A code as it is now, and whether the site is in bone (None: no site recorded)."""

BEHAVIOURS: Final = "0123"
UNTYPED: Final = frozenset({"8000", "8001", "8002", "8003", "8004", "8005"})


@dataclass(frozen=True, slots=True)
class _Named:
    """What a criterion names: whole codes, codes of any behaviour, groups."""

    codes: frozenset[str]
    stems: frozenset[str]
    groups: frozenset[str]

    def has_code(self, code: str) -> bool:
        return code in self.codes or code[:4] in self.stems

    def has_group(self, entry: Morphology) -> bool:
        return entry.group in self.groups or (ANY_SARCOMA in self.groups and entry.behaviour == "3")


def _named(leaf: Histology) -> _Named:
    stems = frozenset(code for code in leaf.codes if "/" not in code)
    whole = {current_code(code) for code in leaf.codes if "/" in code}
    legacy = {current_code(f"{stem}/{behaviour}") for stem in stems for behaviour in BEHAVIOURS}
    known = {code for code in legacy if code[:4] not in stems}
    return _Named(frozenset(whole | known), stems, frozenset(leaf.groups))


@cache
def may_be(code: str) -> frozenset[str]:
    """The codes that one recorded without its subtype may turn out to be."""
    told = tables.lists("not_specified", "code", "may_be").get(code, ())
    if told == ("*",):
        return frozenset(entry.code for entry in all_morphologies() if entry.behaviour == "3")
    return frozenset(told)


def _names_no_subtype(code: str) -> bool:
    """A tumour without any type (8000 to 8005), or one not specified in a behaviour that the list does not have."""
    return code[:4] in UNTYPED or any(
        each[:4] == code[:4] for each in tables.column("not_specified", "code", "code")
    )


def entries_of(recorded: Recorded) -> tuple[Morphology, ...]:
    """The histologies of a code; the site settles which, where bone and soft tissue share it."""
    code, in_bone = recorded
    if in_bone is None:
        return morphology(code)
    entry = best_morphology(code, "C40.0" if in_bone else "C49.0")
    return (entry,) if entry else ()


def tester(leaf: Histology) -> Callable[[Recorded | None], Verdict]:
    """The verdict on a recorded histology, each worked out once."""
    named = _named(leaf)
    known: dict[Recorded | None, Verdict] = {None: UNKNOWN}

    def told(recorded: Recorded | None) -> Verdict:
        if recorded not in known and recorded is not None:
            known[recorded] = _verdict(named, recorded)
        return known[recorded]

    return told


def _verdict(named: _Named, recorded: Recorded) -> Verdict:
    if named.has_code(recorded[0]):
        return MET
    entries = entries_of(recorded)
    if not entries:
        return UNKNOWN if named.groups or _names_no_subtype(recorded[0]) else NOT_MET
    in_groups = {named.has_group(entry) for entry in entries}
    if in_groups == {True}:
        return MET
    others = (entry for code in may_be(recorded[0]) for entry in morphology(code))
    if True in in_groups or any(named.has_code(entry.code) or named.has_group(entry) for entry in others):
        return UNKNOWN
    return NOT_MET


def codes_of(leaf: Histology) -> frozenset[str]:
    """The codes of the list that meet it, or may."""
    test = tester(leaf)
    return frozenset(entry.code for entry in all_morphologies() if test((entry.code, None)) is not NOT_MET)


def met_codes(leaf: Histology) -> frozenset[str]:
    """The codes of the list that meet it by themselves or at one of their sites."""
    named = _named(leaf)
    return frozenset(
        entry.code for entry in all_morphologies() if named.has_code(entry.code) or named.has_group(entry)
    )


def spellings(code: str) -> frozenset[str]:
    """The code, and the older ones that are read as it."""
    return frozenset({code, *(old for entry in morphology(code) for old in entry.legacy)})
