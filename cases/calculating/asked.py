"""What the calculator is asked: read by key, with every error at once, and with what follows from counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases.clinical import icdo3
from cases.clinical.contract import ContractError, Errors, Reader, read_case
from cases.clinical.grading import Grading, fnclcc
from cases.clinical.prefixes import PREFIXES
from cases.services.counting import RANGES, SCORES, check_grading
from cases.services.refusals import Refusals

SPECIMENS: Final = {"biopsy": "Core biopsy", "excision": "Excised tumour"}
CASE: Final = (
    "morphology",
    "topography",
    "family",
    "size_mm",
    "depth",
    "grade",
    "mitotic_rate",
    "t",
    "n",
    "m",
    "staging_edition",
)
WHOLE: Final = {"mitoses_counted": 10_000, "necrosis_percent": 100}
MEASURED: Final = tuple(name for name, *_ in RANGES if name not in WHOLE)
OWN: Final = ("specimen", "after_neoadjuvant", "prefix", "metastasis_proven", "ruptured")
KEYS: Final = (*CASE, *(name for name, *_ in SCORES), *WHOLE, *MEASURED, *OWN)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, read and valid; `counts` are counts and scores, with those that follow from them."""

    case: Mapping[str, Any]
    counts: Mapping[str, Any]
    grading: Grading | None
    specimen: str | None
    after_neoadjuvant: bool
    prefix: str
    metastasis_proven: bool
    ruptured: bool | None

    @property
    def is_gist(self) -> bool:
        return is_gist(self.case)

    @property
    def morphology(self) -> str | None:
        return self.case.get("morphology")

    @property
    def topography(self) -> str | None:
        return self.case.get("topography")


def is_gist(case: Mapping[str, Any]) -> bool:
    """A GIST by its histology, or by the family that was chosen."""
    morphology, family = case.get("morphology"), case.get("family")
    return (morphology is not None and icdo3.is_gist(morphology)) or (family or "").startswith("gist_")


def read(question: object) -> Asked:
    """The question with its types; raises ContractError with every error by key."""
    errors: Errors = {}
    reader = Reader.of(question, "", errors, KEYS)
    if question is None:
        reader.refuse("", "must be an object, not null.")
    case = {name: reader.data[name] for name in CASE if reader.data.get(name) is not None}
    read_case(case, errors, path="")
    neoadjuvant = reader.boolean("after_neoadjuvant") or False
    specimen = reader.choice("specimen", SPECIMENS)
    prefix = reader.choice("prefix", PREFIXES)
    proven = reader.boolean("metastasis_proven") or False
    ruptured = reader.boolean("ruptured")
    counts = _counts(reader, case)
    grading = None if neoadjuvant or errors or is_gist(case) else _grading(reader, counts, case)
    if errors:
        raise ContractError(_in_words(errors))
    case |= {"grade": grading.grade} if grading else {}
    case |= {"mitotic_rate": counts["mitotic_rate"]} if "mitotic_rate" in counts else {}
    usual = _usual_prefix(specimen, neoadjuvant)
    return Asked(case, counts, grading, specimen, neoadjuvant, prefix or usual, proven, ruptured)


def _grading(reader: Reader, counts: Mapping[str, Any], case: Mapping[str, Any]) -> Grading | None:
    """FNCLCC from the three scores, which a grade that was typed too must not contradict."""
    scores = [counts[name] for name, *_ in SCORES if name in counts]
    if len(scores) < len(SCORES):
        return None
    grading = fnclcc(*scores)
    typed = case.get("grade", grading.grade)
    if typed != grading.grade:
        reader.refuse(
            "grade",
            f"The three scores give {grading.grade}, not {typed}. Correct one, or leave the grade empty.",
        )
    return grading


def _counts(reader: Reader, case: Mapping[str, Any]) -> dict[str, Any]:
    """Counts and scores as typed, and the scores that follow; ranges and agreement as in a pathology report."""
    typed = {name: reader.integer(name, low, high) for name, _, low, high in SCORES}
    typed |= {name: reader.integer(name, 0, highest) for name, highest in WHOLE.items()}
    measured = {name: reader.number(name) for name in MEASURED}
    counts: dict[str, Any] = {name: value for name, value in (typed | measured).items() if value is not None}
    if isinstance(rate := case.get("mitotic_rate"), str):
        counts["mitotic_rate"] = rate
    refusals = Refusals()
    check_grading(counts, refusals, is_gist=is_gist_as_typed(case))
    for name in refusals.errors.keys() - reader.errors.keys():
        reader.errors[name] = refusals.errors[name]
    return counts


def is_gist_as_typed(case: Mapping[str, Any]) -> bool:
    """As is_gist, for a case whose values may still be refused."""
    return is_gist(
        {name: case.get(name) for name in ("morphology", "family") if isinstance(case.get(name), str)}
    )


def _usual_prefix(specimen: str | None, after_neoadjuvant: bool) -> str:
    evidence = "p" if specimen == "excision" else "c"
    return f"y{evidence}" if after_neoadjuvant else evidence


def _in_words(errors: Errors) -> Errors:
    """Each message without the key in front: whoever reads it sees it at the field."""
    return {
        key: [_sentence(message.removeprefix(f"{key} ")) for message in messages]
        for key, messages in errors.items()
    }


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
