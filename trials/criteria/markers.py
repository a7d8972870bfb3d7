"""Results of tests as laboratories write them: whether positive, how many per cent, which fusion, which mutation."""

import re
from functools import lru_cache
from typing import Final

from trials.criteria import tables

PD_L1: Final = "pd_l1"
PD_L1_CPS: Final = "pd_l1_cps"

_OPEN: Final = re.compile(
    r"\b(?:equivocal|indeterminate|inconclusive|insufficient|failed|pending|awaited|borderline|unknown"
    r"|not (?:tested|done|known|assessable|evaluable))\b"
)
_NO: Final = re.compile(
    r"\b(?:negative|neg|undetected|absent|none|wild[- ]?type|wt|unmutated|unrearranged|lost|loss)\b"
    r"|\b(?:no|not|without)\b[^,;.]*|^\(?-\)?$"
)
_YES: Final = re.compile(
    r"\b(?:positive|pos|detected|present|yes|amplified|mutated|rearranged|retained|intact|found|seen|expressed|high)\b"
    r"|^\(?\+{1,3}\)?$"
)
_NAMED: Final = re.compile(r"\b(?:mutations?|rearrangements?|fusions?|translocations?)\b")
_PER_CENT: Final = re.compile(
    r"(<=|>=|[<>≤≥])?\s*(\d{1,3})(?:\s*(?:-|–|to)\s*(\d{1,3}))?\s*(?:%|per ?cent\b)"
)
_PARTS: Final = re.compile(r"[,;]|\band\b")
_GENE: Final = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_LONE_GENE: Final = re.compile(r"\b[A-Z][A-Z0-9]{2,9}\b")
_PAIR: Final = re.compile(r"\b([A-Z][A-Z0-9]{2,9})\s*(?:::|[-–/])\s*([A-Z][A-Z0-9]{2,9})\b")
_NO_GENES: Final = re.compile(
    r"FISH|RNA|DNA|NGS|PCR|PANEL|FUSIONS?|GENES?|TEST|REARRANGEMENTS?|REARRANGED|TRANSLOCATIONS?|BREAK|APART|SPLIT"
    r"|POSITIVE|NEGATIVE|NOT|DETECTED|FOUND|SEEN|PRESENT|ABSENT|SEQUENCING|FOR|THE|NONE"
)
_TRANSLOCATION: Final = re.compile(r"T\s*\(\s*([X\d]+)\s*;\s*(\d+)\s*\)")


def parts(text: str) -> list[str]:
    """The statements of a result, which may name several findings."""
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def is_open(text: str) -> bool:
    """Whether the result says that it says nothing yet."""
    return _OPEN.search(text.lower()) is not None


def sign(text: str) -> bool | None:
    """Positive, negative, or neither in words that are understood; both at once is neither.

    A finding that is only named ("fusion", "mutation") is there.
    """
    low = text.lower().strip()
    if is_open(low):
        return None
    rest, negatives = _NO.subn(" ", low)
    is_positive = _YES.search(rest.strip()) is not None
    if not (negatives or is_positive):
        return True if _NAMED.search(rest) else None
    return None if bool(negatives) == is_positive else is_positive


def sign_of(marker: str, text: str) -> bool | None:
    """As `sign`, by the words of the test; what is said of a gene's mutations says nothing of a marker in the table."""
    low = text.lower()
    if marker in _HIGH_LOW and not is_open(low):
        return _high_or_low(marker, low)
    if is_marker(marker) and re.search(r"mutat|mutant|wild[- ]?type|\bwt\b|\bexon", low):
        return None
    return sign(text)


_HIGH_LOW: Final = {
    "msi": (
        re.compile(r"\bmsi-?h\b|\bmsi[- ]high\b|^high\b|instability[- ]high|\bunstable\b"),
        re.compile(r"\bmss\b|\bstable\b"),
    ),
    "dmmr": (
        re.compile(r"\bdeficien|\bdmmr\b|\bloss\b|\blost\b"),
        re.compile(r"\bproficien|\bpmmr\b|\bintact\b|\bretained\b"),
    ),
}


def _high_or_low(marker: str, low: str) -> bool | None:
    """In the test's own words; with a "no" among them, or both at once, neither. "Retained" is no instability."""
    is_high, is_low = (words.search(low) is not None for words in _HIGH_LOW[marker])
    if is_high or is_low:
        denied = re.search(r"\b(?:no|not|without|negative|absent)\b", low)
        return None if denied or is_high == is_low else is_high
    if marker == "dmmr" or re.search(r"retain|intact|\bloss\b|\blost\b|express", low):
        return None
    return sign(low)


_SCORE: Final = re.compile(
    r"\bcps\b[\s:=]*(?:is|of)?\s*(<=|>=|[<>≤≥])?\s*(\d{1,3})\b(?!\s*(?:-|–|to\b))[^,;]*"
)


def names_score(text: str) -> bool:
    """Whether a result speaks of the combined positive score."""
    return re.search(r"\bcps\b", text.lower()) is not None


def without_score(text: str) -> str:
    """A result of PD-L1 without what it says of the combined positive score."""
    return "; ".join(part for part in parts(text) if not names_score(part))


def score(text: str) -> tuple[float, float] | None:
    """The lowest and the highest combined positive score that a result leaves possible; 100 is the most."""
    found = _SCORE.search(text.lower())
    if found is None or float(found[2]) > 100:
        return None
    return _bounded(found[1], float(found[2]), None)


def per_cent(text: str) -> tuple[float, float] | None:
    """The lowest and the highest per cent that a result leaves possible; None where it names none, or several."""
    found = list(_PER_CENT.finditer(text.lower()))
    if len(found) != 1:
        return None
    how, low, high = found[0].groups()
    value = float(low)
    if value > 100 or (high and float(high) > 100):
        return None
    return _bounded(how, value, float(high) if high else None)


def _bounded(how: str | None, value: float, highest: float | None) -> tuple[float, float]:
    if how in ("<", "<=", "≤"):
        return 0.0, value if how != "<" else value - 0.01
    if how in (">", ">=", "≥"):
        return value if how != ">" else value + 0.01, 100.0
    return value, value if highest is None else highest


# Antibodies for PD-L1 after their assays; the others are words of method that leave the test what it is.
_METHOD: Final = re.compile(
    r"\b(?:ihc|immunohistochemistry|immunohistochemical|immunostain(?:ing)?|stain(?:ing)?|expression|protein|status"
    r"|d?fish|cish|clone|assay|pharmdx|tps|tumou?r proportion score|22c3|28-8|sp142|sp263|e1l3n|73-10)\b"
)


def _plain(name: str) -> str:
    return re.sub(r"[\s_()./-]+", "", name.lower())


def _without_method(name: str) -> str:
    """Nothing where the name is of a method alone."""
    return _plain(_METHOD.sub(" ", name.lower().replace("_", " ")))


@lru_cache(maxsize=1)
def _markers() -> dict[str, str]:
    names = {row["name"]: (row["name"], row["label"]) for row in tables.rows("biomarkers")}
    others = tables.lists("biomarkers", "name", "names")
    return {_plain(text): name for name, own in names.items() for text in (*own, *others[name])}


def _marker(name: str) -> str:
    """One of the table's, by its name, or by its name without the method; empty for any other."""
    return _markers().get(_plain(name)) or _markers().get(_without_method(name), "")


@lru_cache(maxsize=4096)
def marker_named(text: str) -> str:
    """The key of a test: one that is known under its own, any other in small letters with underscores."""
    return _marker(text) or re.sub(r"[\s_-]+", "_", text.lower().strip())


def is_marker(name: str) -> bool:
    """Whether a test is one of the table's: of a protein or a count, so that it names no fusion."""
    return _marker(name) != ""


def marker_label(name: str) -> str:
    """The test in words."""
    return tables.column("biomarkers", "name", "label").get(name) or name.replace("_", " ").upper()


@lru_cache(maxsize=1)
def _genes() -> dict[str, str]:
    return tables.column("genes", "written", "gene")


def gene_named(text: str) -> str:
    return _genes().get(text.upper(), text.upper())


def translocated(text: str) -> str:
    """The text with translocations read as the fusion that they make."""
    known = {
        key.upper(): fusion for key, fusion in tables.column("translocations", "written", "fusion").items()
    }

    def fusion(found: re.Match[str]) -> str:
        return known.get(f"T({found[1]};{found[2]})", found[0])

    return _TRANSLOCATION.sub(fusion, text.upper())


@lru_cache(maxsize=4096)
def genes_of(text: str) -> tuple[str, ...]:
    """The two genes of the first fusion that a text names; nothing where it names none."""
    for pair in _PAIR.finditer(translocated(text)):
        if not any(_NO_GENES.fullmatch(gene) for gene in pair.groups()):
            return gene_named(pair[1]), gene_named(pair[2])
    return ()


def lone_genes(text: str) -> list[str]:
    """Words that may be genes by themselves: neither a method nor a finding."""
    words = _LONE_GENE.findall(text.upper())
    return list(dict.fromkeys(gene_named(word) for word in words if not _NO_GENES.fullmatch(word)))


def fusion_written(text: str) -> str | None:
    """A fusion as the criteria hold it, "SS18::SSX1", or one gene; None when it is neither."""
    plain = translocated(text).strip()
    if pair := _PAIR.fullmatch(plain):
        return f"{gene_named(pair[1])}::{gene_named(pair[2])}"
    return gene_named(plain) if _GENE.fullmatch(plain) else None


def mutation_written(text: str) -> str | None:
    """A mutation as the criteria hold it, the gene first: "KIT exon 11"."""
    gene, *rest = text.split() or [""]
    if not _GENE.fullmatch(gene.upper()) or not all(re.fullmatch(r"[\w.>*()+-]+", word) for word in rest):
        return None
    return " ".join([gene_named(gene), *(_variant(word) for word in rest)])


def _variant(word: str) -> str:
    return word.lower() if word.lower() in ("exon", "exons", "codon") else word.upper()
