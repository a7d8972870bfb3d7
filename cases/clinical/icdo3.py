"""ICD-O-3.2 morphology and topography: names, flags, legacy codes, regions, search. Tables: data/*.csv."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, TypeVar

from cases.clinical.tables import listed, rows

# High grade by definition: rhabdomyosarcoma, Ewing and the others that the guidance names.
RHABDOMYOSARCOMA: Final = frozenset({"8900", "8901", "8902", "8910", "8912", "8920", "8921"})
EWING: Final = frozenset({"9260", "9364", "9365"})
G3_BY_DEFINITION: Final = (
    RHABDOMYOSARCOMA
    | EWING
    | frozenset({"9366", "9367", "9368", "9581", "9044", "8804", "8806", "8963", "9243"})
)

_MORPHOLOGY_CODE: Final = re.compile(r"[0-9]{4}/[0-9]")
_TOPOGRAPHY_CODE: Final = re.compile(r"C[0-9]{2}\.[0-9]")
# As laboratories and registries write codes: M88903, M-8890/3, C492.
_WRITTEN_MORPHOLOGY: Final = re.compile(r"m?-?([0-9]{4})/?([0-9])")
_WRITTEN_TOPOGRAPHY: Final = re.compile(r"(c[0-9]{2})\.?([0-9])")

FNCLCC_REASONS: Final = {
    "HG": "High grade by definition of the histology",
    "NR": "Grading is not recommended by WHO for this histology",
    "SYS": "Another system is used for this histology",
    "INT": "Tumour of intermediate behaviour",
}


@dataclass(frozen=True, slots=True)
class Morphology:
    """One histology. `slug` is the key: ICD-O codes are not unique per term."""

    slug: str
    term: str
    code: str
    group: str
    flags: frozenset[str]
    synonyms: tuple[str, ...]
    legacy: tuple[str, ...]
    fnclcc_reason: str | None
    differentiation: int | None
    note: str

    @property
    def behaviour(self) -> str:
        return self.code[-1]

    @property
    def is_bone_only(self) -> bool:
        return "O" in self.flags

    @property
    def is_code_to_be_checked(self) -> bool:
        """Its code, or an older one that is read as it; the note says which."""
        return "U" in self.flags

    @property
    def is_reason_to_be_checked(self) -> bool:
        return "W" in self.flags


@dataclass(frozen=True, slots=True)
class Topography:
    """One site, with its region of the body and the staging family it leads to (None: by itself to none)."""

    code: str
    name: str
    region: str
    family: str | None
    synonyms: tuple[str, ...]
    hint: str


def is_wellformed_morphology(code: str) -> bool:
    """Whether the text has the form of a morphology code, four digits, slash, behaviour: 8890/3."""
    return _MORPHOLOGY_CODE.fullmatch(code) is not None


def is_wellformed_topography(code: str) -> bool:
    """Whether the text has the form of a topography code: C49.2."""
    return _TOPOGRAPHY_CODE.fullmatch(code) is not None


@lru_cache(maxsize=1)
def all_morphologies() -> tuple[Morphology, ...]:
    """Every histology of the list, in its order."""
    return tuple(_morphology(row) for row in rows("morphology"))


def _morphology(row: dict[str, str]) -> Morphology:
    return Morphology(
        slug=row["slug"],
        term=row["term"],
        code=row["code"],
        group=row["group"],
        flags=frozenset(row["flags"]),
        synonyms=listed(row["synonyms"]),
        legacy=listed(row["legacy"]),
        fnclcc_reason=row["fnclcc"] or None,
        differentiation=int(row["differentiation"]) if row["differentiation"] else None,
        note=row["note"],
    )


@lru_cache(maxsize=1)
def all_topographies() -> tuple[Topography, ...]:
    """Every site of the list, in its order."""
    return tuple(_topography(row) for row in rows("topography"))


def _topography(row: dict[str, str]) -> Topography:
    region, family = region_and_family(row["code"])
    return Topography(row["code"], row["name"], region, family, listed(row["synonyms"]), row["hint"])


@lru_cache(maxsize=1)
def _regions() -> dict[str, tuple[str, str | None]]:
    return {row["prefix"]: (row["region"], row["family"] or None) for row in rows("regions")}


def region_and_family(code: str) -> tuple[str, str | None]:
    """Region and staging family of a topography code: by the code, else its first three signs."""
    regions = _regions()
    return regions.get(code) or regions.get(code[:3]) or ("unknown", None)


@lru_cache(maxsize=1)
def _legacy_codes() -> dict[str, str]:
    return {old: entry.code for entry in all_morphologies() for old in entry.legacy}


@lru_cache(maxsize=1)
def _by_code() -> dict[str, tuple[Morphology, ...]]:
    codes = {entry.code for entry in all_morphologies()}
    return {code: tuple(entry for entry in all_morphologies() if entry.code == code) for code in codes}


@lru_cache(maxsize=1)
def _topography_by_code() -> dict[str, Topography]:
    return {entry.code: entry for entry in all_topographies()}


def current_code(code: str) -> str:
    """A legacy morphology code as what it now is (8830/3 is 8802/3); any other code unchanged."""
    return _legacy_codes().get(code, code)


def morphology(code: str) -> tuple[Morphology, ...]:
    """Every histology with this code, legacy codes read as current; empty when it is not in the list."""
    return _by_code().get(current_code(code), ())


def best_morphology(code: str, topography_code: str | None = None) -> Morphology | None:
    """The histology to show for a code; the site tells bone from soft tissue where both share the code."""
    entries = morphology(code)
    if topography_code is None or len(entries) < 2:
        return entries[0] if entries else None
    at_bone = topography_code.startswith(("C40", "C41"))
    return next((entry for entry in entries if ("B" in entry.flags) == at_bone), entries[0])


def topography(code: str) -> Topography | None:
    """The site with this code, or None when it is not in the list."""
    return _topography_by_code().get(code)


def morphology_name(code: str, topography_code: str | None = None) -> str:
    """The histology in words; a code that is not in the list says so."""
    entry = best_morphology(code, topography_code)
    return entry.term if entry else f"Histology {code} (not in the list)"


def topography_name(code: str) -> str:
    """The site in words; a code that is not in the list says so."""
    entry = topography(code)
    return entry.name if entry else f"Site {code} (not in the list)"


def is_bone_only(code: str) -> bool:
    """Whether the histology of this code is one of bone only, so that no topography is needed to know it."""
    entries = morphology(code)
    return bool(entries) and entries[0].is_bone_only


def is_gist(code: str) -> bool:
    return code.startswith("8936")


class _Searchable(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...


_Entry = TypeVar("_Entry", bound=_Searchable)


def _fold(text: str) -> str:
    """British and American spellings as one: tumour and tumor, haem and hem, oesophagus and esophagus."""
    return text.replace("our", "or").replace("ae", "e").replace("oe", "e")


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9./]+", text.lower())


@dataclass(frozen=True, slots=True)
class _IndexEntry:
    labels: tuple[str, ...]
    words: frozenset[str]


def _index_entry(labels: tuple[str, ...]) -> _IndexEntry:
    plain = [label.lower() for label in labels]
    spelled = tuple(dict.fromkeys([*plain, *map(_fold, plain)]))
    return _IndexEntry(spelled, frozenset(word for label in spelled for word in _words(label)))


def _rank(entry: _IndexEntry, query: str, tokens: list[str]) -> tuple[int, int] | None:
    """0 for the very name or code, 1 for the beginning of one (short ones first), 2 for words that begin so."""
    spellings = (query, _fold(query))
    if any(spelling in entry.labels for spelling in spellings):
        return 0, 0
    begun = [len(label) for label in entry.labels if label.startswith(spellings)]
    if begun:
        return 1, min(begun)
    begins = all(any(word.startswith((token, _fold(token))) for word in entry.words) for token in tokens)
    return (2, 0) if begins else None


def _code_written(query: str) -> str:
    """A code as the lists have it; anything else unchanged."""
    if code := _WRITTEN_MORPHOLOGY.fullmatch(query):
        return f"{code[1]}/{code[2]}"
    if code := _WRITTEN_TOPOGRAPHY.fullmatch(query):
        return f"{code[1]}.{code[2]}"
    return query


def _search(entries: tuple[tuple[_Entry, _IndexEntry], ...], text: str, limit: int) -> tuple[_Entry, ...]:
    query = _code_written(" ".join(text.lower().split()))
    tokens = _words(query)
    if not tokens:
        return ()
    ranked = [(_rank(index, query, tokens), place) for place, (_, index) in enumerate(entries)]
    found = sorted((rank, place) for rank, place in ranked if rank is not None)
    return tuple(entries[place][0] for _, place in found[:limit])


@lru_cache(maxsize=1)
def _morphology_index() -> tuple[tuple[Morphology, _IndexEntry], ...]:
    return tuple(
        (entry, _index_entry((entry.term, entry.code, *entry.synonyms, *entry.legacy)))
        for entry in all_morphologies()
    )


@lru_cache(maxsize=1)
def _topography_index() -> tuple[tuple[Topography, _IndexEntry], ...]:
    return tuple(
        (entry, _index_entry((entry.name, entry.code, *entry.synonyms))) for entry in all_topographies()
    )


def search_morphology(text: str, limit: int = 10) -> tuple[Morphology, ...]:
    """Histologies whose name, synonym, abbreviation or code, current or legacy, begins so."""
    return _search(_morphology_index(), text, limit)


def search_topography(text: str, limit: int = 10) -> tuple[Topography, ...]:
    """Sites whose name, synonym or code begins with what was typed."""
    return _search(_topography_index(), text, limit)
