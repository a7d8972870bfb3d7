"""Mutations that the results of a patient's tests tell of, or rule out: whatever is in doubt settles nothing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from trials.criteria.markers import gene_named, is_open, parts, sign

# What a cell makes of a gene, and how many copies there are, is no mutation of it.
_STAINED: Final = re.compile(r"\bihc\b|immuno|stain|cd117|cd 117|pattern|protein", re.IGNORECASE)
_OTHER: Final = re.compile(
    r"express|retain|intact|\blost\b|\bloss\b|fish\b|rearrang|fusion|transloc|break|amplif|copy|copies|::",
    re.IGNORECASE,
)
_IN_DOUBT: Final = re.compile(
    r"benign|polymorph|uncertain|\bvus\b|synonymous|unclear|suspect|possib|probab|\?|[-–]\W*$", re.IGNORECASE
)
_CONTEXT: Final = re.compile(r"mutat|mutant|wild[- ]?type|\bwt\b|\bexons?\b|\bcodon", re.IGNORECASE)
_CARRIES_ON: Final = re.compile(r"(?:no|not|without|neither|negative|absence|absent)\b", re.IGNORECASE)
_STATEMENTS: Final = re.compile(r";|\.\s")
_VARIANT: Final = re.compile(
    r"[A-Z]\d{2,4}(?:[A-Z]|DEL|INS|DUP|FS|DELINS)|[A-Z]{3}\d{2,4}[A-Z]{3}|[CG]\.\d.*|[A-Z]\d{2,4}(?:DEL|INS|DUP|FS).+"
)
_RESIDUE: Final = re.compile(r"[A-Z]\d{2,4}")
_KIND: Final = frozenset(
    {"DELETION", "DEL", "INSERTION", "INS", "DUPLICATION", "DUP", "DELINS", "INDEL"}
    | {"FRAMESHIFT", "MISSENSE", "NONSENSE", "SPLICE"}
)
_PLACE: Final = frozenset({"EXON", "CODON"})
_MUTATION: Final = frozenset({"MUTATION", "MUTANT"})
_PLAIN: Final = frozenset(
    re.findall(
        r"\w+",
        """A AN THE IN OF AT FOR WITH WAS WERE IS ARE THERE GENE TUMOUR TUMOR NO NOT WITHOUT NEITHER EVIDENCE
        MUTATED UNMUTATED WILD TYPE WT WILDTYPE POSITIVE POS NEGATIVE NEG DETECTED UNDETECTED FOUND SEEN PRESENT
        ABSENT NONE PATHOGENIC SOMATIC ACTIVATING HETEROZYGOUS HOMOZYGOUS ANALYSIS TESTING NGS PCR DNA SANGER
        SEQUENCING MOLECULAR GENETICS GENOTYPE VARIANT VAF C P""",
    )
)
_UNDERSTOOD: Final = _PLAIN | _KIND | _PLACE | _MUTATION


class Tested(Protocol):
    """A test's name and its result, as recorded."""

    @property
    def name(self) -> str: ...
    @property
    def result(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Part:
    """One finding of a result: its words, whether it is there, and whether its words may be another's as well."""

    text: str
    words: frozenset[str]
    is_there: bool | None
    is_carried: bool
    beside_negative: bool


def mutated(results: Iterable[Tested], wanted: str) -> bool | None:
    """Whether "KIT exon 11", or any mutation of one gene, was found, by the newest result that tells; newest first."""
    gene, *rest = wanted.upper().split()
    asked = _words(" ".join(rest))
    for each in results:
        if (told := _told(each.name, each.result, gene, asked)) is not None:
            return told
    return None


@lru_cache(maxsize=8192)
def _told(name: str, result: str, gene: str, asked: frozenset[str]) -> bool | None:
    """What is found counts before what is not; nothing is ruled out while another finding stays open."""
    both = f"{name} {result}"
    if gene not in _words(both) or is_open(result) or _STAINED.search(both) or _IN_DOUBT.search(both):
        return None
    if _OTHER.search(name):
        return None
    found = list(_parts(result))
    named = _words(name)
    is_of_name = gene in named and not any(map(_strange, _words(both) - {gene}))
    of_name = named if is_of_name or gene not in named else frozenset()
    told = [_part(each, of_name, gene, asked, found) for each in found]
    if True in told:
        return True
    is_open_still = any(each.is_there is not False and _places(each.words) for each in found)
    return False if False in told and (asked or not is_open_still) else None


def _part(
    part: _Part, named: frozenset[str], gene: str, asked: frozenset[str], all_of_it: list[_Part]
) -> bool | None:
    """A finding of this gene in words that are all understood; one place ruled out is not the whole gene."""
    words = part.words
    if gene not in words | named or any(map(_strange, words - {gene})) or _OTHER.search(part.text):
        return None
    where = words | (_of_name(named, words) if gene in named else frozenset())
    specific = _places(where)
    if part.is_there is False:
        is_context = bool(specific) or _CONTEXT.search(part.text) or named & _MUTATION
        return False if is_context and specific <= asked else None
    if part.is_carried or not _is_found(part, where, named - {gene}, all_of_it):
        return None
    is_plain = not asked or len([each for each in specific if each.isdigit()]) < 2
    return True if is_plain and asked <= where else None


def _is_found(part: _Part, where: frozenset[str], named: frozenset[str], all_of_it: list[_Part]) -> bool:
    """Said to be there, or named by its variant, or by its place under "mutation", where nothing is ruled out."""
    if part.is_there:
        return bool(_places(where)) or _CONTEXT.search(part.text) is not None or bool(named & _MUTATION)
    has_kind = bool(where & _KIND) and bool(where & _PLACE)
    if has_kind or any(map(_VARIANT.fullmatch, part.words)):
        return not part.beside_negative
    is_clean = not any(each.is_there is False for each in all_of_it)
    return is_clean and bool(part.words & _PLACE) and bool(named) and named <= _MUTATION


def _parts(result: str) -> Iterator[_Part]:
    for statement in _STATEMENTS.split(result):
        texts = parts(statement)
        signs = [sign(text) for text in texts]
        is_carried = False
        for text, is_there in zip(texts, signs, strict=True):
            yield _Part(text, _words(text), is_there, is_carried, False in signs)
            is_carried = is_carried or _CARRIES_ON.match(text) is not None


def _of_name(named: frozenset[str], words: frozenset[str]) -> frozenset[str]:
    """What the test's name adds: its place, or its variant, unless the result names its own."""
    return named - _places(named) - _PLACE if _places(words) else named


def _places(words: frozenset[str]) -> frozenset[str]:
    """The words that tell which part of a gene: numbers, variants and their kinds."""
    return frozenset(each for each in words if each in _KIND or _is_place(each))


def _is_place(word: str) -> bool:
    is_number = word.isdigit() and word.strip("0") != ""
    return is_number or bool(_VARIANT.fullmatch(word) or _RESIDUE.fullmatch(word))


def _strange(word: str) -> bool:
    """Whether a word may mean anything: another gene, a method, a doubt."""
    return not (word in _UNDERSTOOD or _is_place(word))


def _words(text: str) -> frozenset[str]:
    """A gene in today's symbol, a slash as "or", plurals as one."""
    written = re.findall(r"[A-Z0-9>.]+", text.upper().replace("/", " OR "))
    return frozenset(filter(None, map(_word, written)))


def _word(written: str) -> str:
    word = written.strip(".").removeprefix("P.")
    if word in ("EXONS", "CODONS", "MUTATIONS", "VARIANTS"):
        word = word[:-1]
    return gene_named(word)
