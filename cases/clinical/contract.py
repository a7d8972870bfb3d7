"""The `case` object and the treatment object of the check's JSON contract: read, validated by field, typed.

Unknown keys and values are refused by name, all at once; any key may be left out or null.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

from cases.clinical import icdo3
from cases.clinical import vocabulary as words
from cases.clinical.routing import is_bone_site, route
from cases.clinical.staging import DEFAULT_EDITION
from cases.clinical.staging_tables import t_categories

Errors = dict[str, list[str]]

CASE_KEYS: Final = (
    "morphology",
    "topography",
    "family",
    "near_spine",
    "size_mm",
    "depth",
    "grade",
    "mitotic_rate",
    "t",
    "n",
    "m",
    "metastatic_sites",
    "disease_status",
    "resectability",
    "close_to_critical_structure",
    "surgical_margin",
    "performance_status",
    "age",
    "biomarkers",
    "prior_treatments",
    "not_known",
    "staging_edition",
)
TREATMENT_KEYS: Final = ("modality", "procedure", "timing", "technique", "kind", "drugs", "text")

ADULT_AGE: Final = 18
LONG_NUMBER: Final = 10**18


class ContractError(ValueError):
    """The input does not follow the contract; `errors` says what is wrong, by field (`case.grade`)."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{key}: {' '.join(texts)}" for key, texts in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Treatment:
    """One treatment, planned or given. `drugs` are generic names."""

    modality: str
    procedure: str | None = None
    timing: str | None = None
    technique: str | None = None
    kind: str | None = None
    drugs: tuple[str, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The facts of a case as the contract has them; None is not recorded. Lengths in millimetres."""

    morphology: str | None = None
    topography: str | None = None
    family: str | None = None
    near_spine: bool | None = None
    size_mm: int | None = None
    depth: str | None = None
    grade: str | None = None
    mitotic_rate: str | None = None
    t: str | None = None
    n: str | None = None
    m: str | None = None
    metastatic_sites: tuple[str, ...] = ()
    disease_status: str | None = None
    resectability: str | None = None
    close_to_critical_structure: bool | None = None
    surgical_margin: str | None = None
    performance_status: int | None = None
    age: int | None = None
    ny_eso_1: str | None = None
    prior_treatments: tuple[Treatment, ...] = ()
    not_known: tuple[str, ...] = ()
    staging_edition: str = DEFAULT_EDITION


def shown(value: object) -> str:
    """A refused value as a message repeats it: short, in quotes, printable; containers in words."""
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, int) and abs(value) > LONG_NUMBER:
        return "a very long number"
    text = storable(str(value))
    return f'"{text[:60]}..."' if len(text) > 60 else f'"{text}"'


def storable(text: str) -> str:
    """Text without what neither UTF-8 nor a database can hold: lone surrogates and NUL."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode("utf-8")


def one_of(allowed: Collection[object]) -> str:
    return ", ".join(str(value) for value in allowed)


@dataclass(slots=True)
class Reader:
    """Reads the keys of one JSON object and collects what is wrong with them, by path."""

    data: Mapping[str, Any]
    path: str
    errors: Errors = field(default_factory=dict)

    @classmethod
    def of(cls, data: object, path: str, errors: Errors, known: Collection[str]) -> "Reader":
        """A reader of `data`, in which only the `known` keys may occur; null is an empty object."""
        reader = cls({}, path, errors)
        if data is None:
            return reader
        if not isinstance(data, Mapping):
            reader.refuse("", f"must be an object, not {shown(data)}.")
            return reader
        reader.data = data
        for key in data:
            if key not in known:
                reader.refuse(
                    storable(str(key))[:60], f"is not a known key. The known keys are: {one_of(known)}."
                )
        return reader

    def at(self, key: str) -> str:
        return ".".join(part for part in (self.path, key) if part)

    def refuse(self, key: str, message: str) -> None:
        where = self.at(key)
        self.errors.setdefault(where, []).append(f"{where or 'The input'} {message}")

    def choice(self, key: str, allowed: Collection[str]) -> str | None:
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and value in allowed):
            return value
        self.refuse(key, f"{shown(value)} is not a known value. It must be one of: {one_of(allowed)}.")
        return None

    def code(self, key: str, is_wellformed: Callable[[str], bool], example: str) -> str | None:
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and is_wellformed(value)):
            return value
        self.refuse(key, f"{shown(value)} does not have the form of an ICD-O-3 code, for example {example}.")
        return None

    def integer(self, key: str, lowest: int, highest: int) -> int | None:
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        self.refuse(key, f"{shown(value)} must be a whole number from {lowest} to {highest}.")
        return None

    def number(self, key: str) -> float | None:
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return value
        self.refuse(key, f"{shown(value)} must be a number.")
        return None

    def boolean(self, key: str) -> bool | None:
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.refuse(key, f"{shown(value)} must be true, false or null.")
        return None

    def text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and value == storable(value)):
            return value.strip() or None if value else None
        self.refuse(key, f"{shown(value)} must be text in printable characters.")
        return None

    def items(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None or isinstance(value, list | tuple):
            return list(value or ())
        self.refuse(key, f"{shown(value)} must be a list.")
        return []

    def choices(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        found = []
        for place, value in enumerate(self.items(key)):
            if isinstance(value, str) and value in allowed:
                found.append(value)
            else:
                message = f"{shown(value)} is not a known value. It must be one of: {one_of(allowed)}."
                self.refuse(f"{key}.{place}", message)
        return tuple(found)

    def names(self, key: str) -> tuple[str, ...]:
        found = []
        for place, value in enumerate(self.items(key)):
            if isinstance(value, str) and value.strip() and value == storable(value):
                found.append(value)
            else:
                self.refuse(f"{key}.{place}", f"{shown(value)} must be a name in printable characters.")
        return tuple(found)


def parse_case(data: object) -> CaseFacts:
    """The typed facts of a `case` object; raises ContractError with every error by field."""
    errors: Errors = {}
    case = read_case(data, errors)
    if errors:
        raise ContractError(errors)
    return case


def read_case(data: object, errors: Errors, path: str = "case") -> CaseFacts:
    """As parse_case, but collects into `errors` and leaves out what was refused."""
    reader = Reader.of(data, path, errors, CASE_KEYS)
    biomarkers = Reader.of(reader.data.get("biomarkers"), reader.at("biomarkers"), errors, ("ny_eso_1",))
    case = CaseFacts(
        morphology=reader.code("morphology", icdo3.is_wellformed_morphology, "8890/3"),
        topography=reader.code("topography", icdo3.is_wellformed_topography, "C49.2"),
        family=reader.choice("family", words.FAMILIES),
        near_spine=reader.boolean("near_spine"),
        size_mm=reader.integer("size_mm", 1, 600),
        depth=reader.choice("depth", words.DEPTHS),
        grade=reader.choice("grade", words.GRADES),
        mitotic_rate=reader.choice("mitotic_rate", words.MITOTIC_RATES),
        t=reader.choice("t", words.T_CATEGORIES),
        n=reader.choice("n", words.N_CATEGORIES),
        m=reader.choice("m", words.M_CATEGORIES),
        metastatic_sites=reader.choices("metastatic_sites", words.METASTATIC_SITES),
        disease_status=reader.choice("disease_status", words.DISEASE_STATUSES),
        resectability=reader.choice("resectability", words.RESECTABILITY),
        close_to_critical_structure=reader.boolean("close_to_critical_structure"),
        surgical_margin=reader.choice("surgical_margin", words.MARGINS),
        performance_status=reader.integer("performance_status", 0, 4),
        age=reader.integer("age", 0, 120),
        ny_eso_1=biomarkers.choice("ny_eso_1", words.NY_ESO_1),
        prior_treatments=read_treatments(reader, "prior_treatments"),
        not_known=reader.choices("not_known", words.DECISION_FACTS),
        staging_edition=reader.choice("staging_edition", words.EDITIONS) or DEFAULT_EDITION,
    )
    _refuse_what_does_not_fit(reader, case)
    return case


def _refuse_what_does_not_fit(reader: Reader, case: CaseFacts) -> None:
    if case.m == "M0" and case.metastatic_sites:
        reader.refuse("metastatic_sites", "names metastases, but case.m is M0. Correct one of the two.")
    if case.m in ("M1a", "M1b") and case.topography is not None and not is_bone_site(case.topography):
        reader.refuse("m", f"{case.m} is for bone sarcoma (C40, C41). Use M1 for the site {case.topography}.")
    if case.t is not None and len(case.t) == 3:
        _refuse_foreign_letters(reader, case, case.t)


def _refuse_foreign_letters(reader: Reader, case: CaseFacts, t: str) -> None:
    """Letters of T belong to the family's table; without a family those of any table are taken."""
    family = route(
        morphology=case.morphology,
        topography=case.topography,
        family=case.family,
        edition=case.staging_edition,
    ).family
    if family is None:
        return
    known = [entry.category for entry in t_categories()[family]]
    if t not in known:
        table = words.FAMILIES[family]
        reader.refuse("t", f'"{t}" is not in the table of this site ({table}): TX, T0, {one_of(known)}.')


def read_treatments(reader: Reader, key: str) -> tuple[Treatment, ...]:
    """The treatments of a list; one without a valid modality is refused and left out."""
    found = (
        _read_treatment(Reader.of(item, reader.at(f"{key}.{place}"), reader.errors, TREATMENT_KEYS), item)
        for place, item in enumerate(reader.items(key))
    )
    return tuple(treatment for treatment in found if treatment is not None)


def _read_treatment(reader: Reader, item: object) -> Treatment | None:
    if item is not None and not isinstance(item, Mapping):
        return None
    modality = reader.choice("modality", words.MODALITIES)
    if modality is None:
        if reader.data.get("modality") is None:
            reader.refuse("modality", f"is needed. It must be one of: {one_of(words.MODALITIES)}.")
        return None
    return Treatment(
        modality=modality,
        procedure=_of_modality(reader, "procedure", modality, {"surgery": words.PROCEDURES}),
        timing=_of_modality(reader, "timing", modality, _TIMINGS),
        technique=_of_modality(reader, "technique", modality, words.TECHNIQUES),
        kind=_of_modality(reader, "kind", modality, {"immunotherapy": words.KINDS}),
        drugs=tuple(words.generic_drug(name) for name in reader.names("drugs")),
        text=reader.text("text"),
    )


_TIMINGS: Final = dict.fromkeys(words.TIMED_MODALITIES, words.TIMINGS)


def _of_modality(
    reader: Reader, key: str, modality: str, tables: Mapping[str, Collection[str]]
) -> str | None:
    """A value of a key that only some modalities have."""
    if modality in tables:
        return reader.choice(key, tables[modality])
    if reader.data.get(key) is not None:
        belongs = one_of([name for name in words.MODALITIES if name in tables])
        reader.refuse(key, f"does not belong to {modality}. Only these have it: {belongs}.")
    return None


def is_recorded(case: CaseFacts, fact: str) -> bool:
    """Whether one of the decision facts is recorded; MX and a null are not."""
    value = getattr(case, fact)
    return value is not None and not (fact == "m" and value == "MX")


def case_notes(case: CaseFacts) -> tuple[str, ...]:
    """Notes on what was taken although it looks odd, or limits what the check can say."""
    notes = [
        f"{words.DECISION_FACTS[fact]} is recorded and also named as not known: taken as recorded."
        for fact in dict.fromkeys(case.not_known)
        if is_recorded(case, fact)
    ]
    surgery_given = any(given.modality == "surgery" for given in case.prior_treatments)
    if case.surgical_margin is not None and not surgery_given:
        notes.append(
            f"A surgical margin ({case.surgical_margin}) is recorded, but no surgery among treatments given: "
            "record the operation."
        )
    if case.m == "M0" and case.disease_status == "metastatic_recurrence":
        notes.append("M0 is recorded beside a metastatic recurrence: the check reads the disease as spread.")
    if case.age is not None and case.age < ADULT_AGE:
        notes.append("The guidance was written for adults: the patient is under 18.")
    return tuple(notes)
