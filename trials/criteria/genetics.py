"""Fusions and HLA types that the results of a patient's tests tell of, or rule out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from trials.criteria.hla import Typing, alike, types_in
from trials.criteria.markers import (
    genes_of,
    is_marker,
    is_open,
    lone_genes,
    parts,
    sign,
    translocated,
)

_OF_FUSIONS: Final = re.compile(r"rearrang|break|fish|fusion|transloc|split", re.IGNORECASE)
_LOCUS: Final = re.compile(r"HLA[\s_-]*([ABC])(?![A-Z])")


class Tested(Protocol):
    """A test's name and its result, as recorded."""

    @property
    def name(self) -> str: ...
    @property
    def result(self) -> str: ...


def typing_of(results: Iterable[Tested]) -> Typing:
    """The HLA types of results that are given oldest first."""
    typing = Typing()
    for each in results:
        if "HLA" in each.name.upper() and not is_open(each.result):
            _add_types(typing, each)
    return typing


def _add_types(typing: Typing, tested: Tested) -> None:
    named = types_in(tested.name)
    found = _LOCUS.search(tested.name.upper())
    locus = named[0].locus if named else found[1] if found else ""
    told = [(types_in(alike(part), locus), sign(part)) for part in parts(tested.result)]
    if not any(types for types, _ in told):
        if (is_there := sign(tested.result)) is not None:
            typing.add(named, is_there)
        return
    is_plain = all(is_there is not False for _, is_there in told)
    there = [
        each for types, is_there in told if is_there or (is_there is None and is_plain) for each in types
    ]
    typing.add(there, True, "homozygous" in tested.result.lower())
    typing.add([each for types, is_there in told if is_there is False for each in types], False)


def _covers(general: str, gene: str) -> bool:
    """Whether a gene is the other or, without its number, its family: SSX of SSX1."""
    if general == gene:
        return True
    rest = gene.removeprefix(general)
    return rest != gene and rest.isdigit() and not general[-1].isdigit()


def _pair_covers(general: Sequence[str], pair: Sequence[str]) -> bool:
    (a, b), (c, d) = general, pair
    return (_covers(a, c) and _covers(b, d)) or (_covers(a, d) and _covers(b, c))


@dataclass(slots=True)
class Fusions:
    """Fusions and rearranged genes that were found, and those that were looked for and not found."""

    found: set[tuple[str, ...]] = field(default_factory=set)
    missed: set[tuple[str, ...]] = field(default_factory=set)
    none_found: bool = False

    def add(self, genes: tuple[str, ...], is_there: bool) -> None:
        """A newer result stands over an older one about the same fusion."""
        to, away = (self.found, self.missed) if is_there else (self.missed, self.found)
        to.add(genes)
        away.discard(genes)

    def holds(self, wanted: str) -> bool | None:
        """Whether "SS18::SSX1", or any fusion of one gene, was found; None when nothing settles it."""
        genes = tuple(wanted.split("::"))
        found = [pair for pair in self.found if len(pair) == 2]
        if len(genes) == 1:
            return self._holds_gene(genes[0])
        if any(_pair_covers(genes, pair) for pair in found):
            return True
        if any(_pair_covers(pair, genes) for pair in found):
            return None
        others = any(_covers(own, gene) for pair in found for own in pair for gene in genes)
        return False if others or self._is_missed(genes) else None

    def _holds_gene(self, gene: str) -> bool | None:
        if any(_covers(gene, own) for genes in self.found for own in genes):
            return True
        return False if self._is_missed((gene,)) else None

    def _is_missed(self, genes: tuple[str, ...]) -> bool:
        """A gene that is not rearranged has no fusion; another gene that was found may still be part of one."""
        if self.none_found and not self.found:
            return True
        return any(
            _pair_covers(missed, genes) if len(missed) == len(genes) == 2 else _has_gene(missed, genes)
            for missed in self.missed
        )


def _has_gene(missed: tuple[str, ...], genes: tuple[str, ...]) -> bool:
    return len(missed) == 1 and any(_covers(missed[0], gene) for gene in genes)


def fusions_of(results: Iterable[Tested]) -> Fusions:
    """The fusions of results that are given oldest first."""
    fusions = Fusions()
    for each in results:
        if not (is_open(each.result) or is_marker(each.name) or "HLA" in each.name.upper()):
            _add_fusions(fusions, each)
    return fusions


def _add_fusions(fusions: Fusions, tested: Tested) -> None:
    is_there = sign(tested.result)
    told = [(genes, sign(part)) for part in parts(translocated(tested.result)) if (genes := genes_of(part))]
    for genes, part_is_there in told:
        if (part_is_there if len(told) > 1 else is_there) is not False:
            fusions.add(genes, True)
        else:
            fusions.add(genes, False)
    if told or is_there is None:
        return
    if genes := genes_of(tested.name):
        fusions.add(genes, is_there)
    elif _OF_FUSIONS.search(f"{tested.name} {tested.result}"):
        _add_gene(fusions, tested, is_there)


def _add_gene(fusions: Fusions, tested: Tested, is_there: bool) -> None:
    """A gene by itself, as a break-apart test has it; a panel without any gene that found none."""
    genes = lone_genes(f"{tested.name} {tested.result}")
    if len(genes) == 1:
        fusions.add((genes[0],), is_there)
    elif not genes and not is_there:
        fusions.none_found = True
