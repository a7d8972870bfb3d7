"""Arms of a study with the drugs that each gives, by their generic names."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from trials.criteria.drugs import drug_named
from trials.registry.values import Left, cut, readable, rows, shown, text, whole_text

DRUGS: Final = frozenset({"DRUG", "BIOLOGICAL", "GENETIC", "COMBINATION_PRODUCT", ""})
"""Kinds of intervention that are drugs; GENETIC holds cell and gene therapies. A trimmed record names no kind."""

MOST_ARMS: Final = 100
LONGEST_NAME: Final = 200
LONGEST_DRUG: Final = 80
LONGEST_TEXT: Final = 10_000
EVERYONE: Final = "All participants"


def arms_of(module: Mapping[str, object], left: Left) -> list[dict[str, object]]:
    """Each arm as name, text and drugs; where the record names drugs and no arms, one arm for all."""
    given = list(_interventions(module, left))
    groups = rows(module, "armGroups", left)
    if not groups and given:
        left.say(f"The record names no arms: what is given is held as one, “{EVERYONE}”.")
        return [_arm(EVERYONE, "", [name for name, _, _ in given], given, left)]
    arms: dict[str, dict[str, object]] = {}
    for group in groups:
        if not isinstance(group, Mapping) or len(arms) == MOST_ARMS:
            left.say(f"An arm, {shown(group)}, is not written as the registry has it: it was left.")
            continue
        arm = _group(group, given, left)
        if arm:
            arms.setdefault(str(arm["name"]).casefold(), arm)
    return list(arms.values())


def _group(group: Mapping[str, object], given: list["Given"], left: Left) -> dict[str, object] | None:
    name = text(group, "label", left, label="The name of an arm", limit=LONGEST_NAME)
    if not name:
        left.say("An arm has no name: it was left.")
        return None
    what = whole_text(group, "description", left, label=f"What arm {shown(name)} gets", limit=LONGEST_TEXT)
    named = [str(each) for each in rows(group, "interventionNames", left) if isinstance(each, str)]
    # "Drug: Pembrolizumab": the kind, then the name under which the intervention stands.
    names = [each.partition(": ")[2] or each for each in named]
    names += [name_ for name_, _, labels in given if str(group.get("label")) in labels]
    return _arm(name, what, list(dict.fromkeys(names)), given, left)


Given = tuple[str, str, tuple[str, ...]]
"""Name, kind and the labels of the arms that get it."""


def _interventions(module: Mapping[str, object], left: Left) -> Iterator[Given]:
    for each in rows(module, "interventions", left):
        name = (
            text(each, "name", left, label="The name of an intervention") if isinstance(each, Mapping) else ""
        )
        if not isinstance(each, Mapping) or not name:
            left.say(f"An intervention, {shown(each)}, has no name: it was left.")
            continue
        labels = tuple(str(label) for label in rows(each, "armGroupLabels", left))
        yield name, str(each.get("type") or "").upper(), labels


def _arm(name: str, what: str, names: list[str], given: list[Given], left: Left) -> dict[str, object]:
    kinds = {each: kind for each, kind, _ in given}
    drugs = [drug for each in names if kinds.get(each, "") in DRUGS for drug in _drugs(each, left)]
    everything = "; ".join(readable(each) for each in names)
    what = what or cut(everything, left, label=f"What arm {shown(name)} gets", limit=LONGEST_TEXT)
    return {"name": name, "text": what, "drugs": list(dict.fromkeys(drugs))}


def _drugs(name: str, left: Left) -> Iterator[str]:
    """A combination is its drugs; a placebo is none."""
    for one in re.split(r"\s\+\s", readable(name)):
        drug = drug_named(one)
        if len(drug) > LONGEST_DRUG:
            left.say(f"The drug {shown(one)} has a name of more than {LONGEST_DRUG} characters: it was left.")
        elif drug and "placebo" not in drug:
            yield drug
