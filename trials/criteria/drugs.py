"""Drugs as trials name them: their classes, and what a patient's earlier treatments say of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cases.clinical.contract import Treatment
from cases.clinical.vocabulary import KINDS, generic_drug
from trials.criteria import tables

SYSTEMIC: Final = frozenset({"chemotherapy", "targeted_therapy", "hormone_therapy", "immunotherapy"})
_OF_DRUGS: Final = SYSTEMIC | {"other_drug"}
_SALTS: Final = re.compile(
    r" (?:hydrochloride|hcl|mesilate|mesylate|malate|sulfate|sulphate|citrate|tosylate)$"
)
_JOINED: Final = re.compile(r"\s*(?:[+/,;&]| and | with | plus )\s*")


@lru_cache(maxsize=1)
def class_labels() -> dict[str, str]:
    """The words for each class, in the order in which an editor offers them."""
    return tables.column("drug_classes", "class", "label")


def classes() -> tuple[str, ...]:
    return tuple(class_labels())


@lru_cache(maxsize=1)
def _modalities() -> dict[str, str]:
    return tables.column("drugs", "drug", "modality")


@lru_cache(maxsize=1)
def _classes() -> dict[str, tuple[str, ...]]:
    return tables.lists("drugs", "drug", "classes")


@lru_cache(maxsize=1)
def _other_names() -> dict[str, str]:
    return {name: drug for drug, names in tables.lists("drugs", "drug", "names").items() for name in names}


def all_drugs() -> tuple[str, ...]:
    """The generic names that are known."""
    return tuple(_modalities())


def drug_named(text: str) -> str:
    """The generic name of a drug as typed: brands, codes and salts read; what is not known in small letters."""
    plain = _SALTS.sub("", generic_drug(text))
    return _other_names().get(plain, generic_drug(plain))


@lru_cache(maxsize=4096)
def drugs_named(text: str) -> tuple[str, ...]:
    """Each drug of a name that may join several: "gemcitabine + docetaxel"."""
    whole = drug_named(text)
    if whole in _modalities():
        return (whole,)
    return tuple(dict.fromkeys(drug_named(part) for part in _JOINED.split(text.strip().lower()) if part))


def drugs_of_class(name: str) -> frozenset[str]:
    """The known drugs of a class."""
    return frozenset(drug for drug, of in _classes().items() if name in of)


def is_systemic(treatment: Treatment) -> bool:
    """Chemotherapy other than by limb perfusion, targeted, hormone or immunotherapy: one line of treatment."""
    return treatment.modality in SYSTEMIC and treatment.technique != "isolated_limb_perfusion"


@dataclass(frozen=True, slots=True)
class DrugHistory:
    """What was given: drugs, kinds of immunotherapy, and what was given without a name that is known.

    An `unnamed` is a modality, or with its kind "immunotherapy/checkpoint_inhibitor".
    """

    drugs: frozenset[str]
    kinds: frozenset[str]
    unnamed: frozenset[str]
    lines: int


def history(treatments: Iterable[Treatment]) -> DrugHistory:
    """The drugs of earlier treatments; a name that nobody knows may be any drug of its modality."""
    drugs: set[str] = set()
    kinds: set[str] = set()
    unnamed: set[str] = set()
    lines = 0
    for given in treatments:
        named = {drug for text in given.drugs for drug in drugs_named(text)}
        drugs |= named
        lines += is_systemic(given)
        if given.kind:
            kinds.add(given.kind)
        if (is_systemic(given) or given.modality == "other_drug") and not (
            named and named <= set(_modalities())
        ):
            unnamed.add(f"{given.modality}/{given.kind}" if given.kind else given.modality)
    return DrugHistory(frozenset(drugs), frozenset(kinds), frozenset(unnamed), lines)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Drugs and classes that a criterion names: what settles it, and what leaves it open."""

    drugs: frozenset[str]
    kinds: frozenset[str]
    may_be: frozenset[str]

    def in_history(self, given: DrugHistory) -> bool | None:
        """Whether one of them was given; None when something without a known name may have been."""
        if not self.drugs.isdisjoint(given.drugs) or not self.kinds.isdisjoint(given.kinds):
            return True
        return None if not self.may_be.isdisjoint(given.unnamed) else False


def wanted(any_of: Iterable[str], of_classes: Iterable[str]) -> Wanted:
    """Ready to be held against a history."""
    named, of_classes = frozenset(any_of), frozenset(of_classes)
    in_classes = frozenset(drug for name in of_classes for drug in drugs_of_class(name))
    drugs = named | in_classes
    may_be: set[str] = set()
    for drug in drugs:
        may_be |= _hides(drug)
    if of_classes & set(KINDS):
        may_be.add("immunotherapy")
    return Wanted(drugs, of_classes & frozenset(KINDS), frozenset(may_be))


def _hides(drug: str) -> set[str]:
    """As which unnamed treatments the drug may have been given; one that nobody knows as any."""
    modality = _modalities().get(drug)
    if modality is None:
        return {*_OF_DRUGS, *(f"immunotherapy/{kind}" for kind in KINDS)}
    return {modality, *(f"{modality}/{kind}" for kind in _classes()[drug] if kind in KINDS)}
