"""FNCLCC grade from its three scores, and the scores from what a pathologist counts.

Source: Trojani 1984, Guillou 1997; WHO Classification of Soft Tissue and Bone Tumours, 5th edition (2020).
"""

from dataclasses import dataclass
from math import pi
from typing import Final

from cases.clinical import icdo3

SYSTEM: Final = "FNCLCC"
SOURCE: Final = "FNCLCC (Trojani 1984; Guillou 1997), as in WHO 2020"

# 10 high-power fields of 0.1734 mm² each; WHO 2020 counts in the same 1.7 mm².
TEN_FIELDS_MM2: Final = 1.734
GIST_AREA_MM2: Final = 5.0
# More digits of a converted count are noise of the arithmetic, and 20 would be read as 19.999.
DIGITS: Final = 6

DIFFERENTIATION: Final = {
    1: "closely resembles normal adult tissue",
    2: "the histological type is certain",
    3: "embryonal, undifferentiated or of doubtful type",
}
MITOSES: Final = {1: "0 to 9 per 10 high-power fields", 2: "10 to 19", 3: "20 or more"}
NECROSIS: Final = {0: "none", 1: "less than 50 per cent", 2: "50 per cent or more"}


@dataclass(frozen=True, slots=True)
class Grading:
    """An FNCLCC grade with the scores that it comes from."""

    differentiation: int
    mitoses: int
    necrosis: int
    system: str = SYSTEM
    source: str = SOURCE

    @property
    def total(self) -> int:
        return self.differentiation + self.mitoses + self.necrosis

    @property
    def grade(self) -> str:
        if self.total <= 3:
            return "G1"
        return "G2" if self.total <= 5 else "G3"

    @property
    def is_high(self) -> bool:
        """High grade for staging: G2 or G3 (AJCC and UICC, 8th editions)."""
        return self.grade != "G1"

    @property
    def explanation(self) -> tuple[str, ...]:
        """Lines for a page: each score with its meaning, the sum, the grade."""
        return (
            f"Differentiation {self.differentiation}: {DIFFERENTIATION[self.differentiation]}",
            f"Mitoses {self.mitoses}: {MITOSES[self.mitoses]}",
            f"Necrosis {self.necrosis}: {NECROSIS[self.necrosis]}",
            f"Sum {self.total}: {self.grade} (2 or 3 is G1, 4 or 5 is G2, 6 to 8 is G3)",
            f"{'High' if self.is_high else 'Low'} grade for staging",
        )


def fnclcc(differentiation: int, mitoses: int, necrosis: int) -> Grading:
    """Grade from differentiation 1-3, mitoses 1-3 and necrosis 0-2; raises ValueError outside these."""
    _require("Differentiation score", differentiation, DIFFERENTIATION)
    _require("Mitotic score", mitoses, MITOSES)
    _require("Necrosis score", necrosis, NECROSIS)
    return Grading(differentiation, mitoses, necrosis)


def _require(name: str, score: int, allowed: dict[int, str]) -> None:
    if isinstance(score, bool) or score not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))}, not {score!r}.")


def mitosis_score(per_10_hpf: float) -> int:
    """Score 1-3 from mitoses per 10 high-power fields of 0.1734 mm² (1.7 mm²); raises ValueError."""
    if not 0 <= per_10_hpf < float("inf"):
        raise ValueError(f"Mitoses per 10 high-power fields must be 0 or more, not {per_10_hpf!r}.")
    if per_10_hpf < 10:
        return 1
    return 2 if per_10_hpf < 20 else 3


def field_area_mm2(diameter_mm: float) -> float:
    """The area of a round microscope field in mm² from its diameter in mm; raises ValueError."""
    _require_positive("The diameter of the field", diameter_mm)
    return pi * (diameter_mm / 2) ** 2


def per_10_hpf_from_mm2(count_per_mm2: float) -> float:
    """Mitoses per 10 high-power fields (1.734 mm²) from mitoses per mm²; raises ValueError."""
    _require_count(count_per_mm2)
    return round(count_per_mm2 * TEN_FIELDS_MM2, DIGITS)


def per_5_mm2_from_mm2(count_per_mm2: float) -> float:
    """Mitoses per 5 mm², as GIST is counted, from mitoses per mm²; raises ValueError."""
    _require_count(count_per_mm2)
    return round(count_per_mm2 * GIST_AREA_MM2, DIGITS)


def per_mm2(count: int, fields: float, field_area_mm2: float) -> float:
    """Mitoses per mm² from a count over fields of known area; raises ValueError."""
    _require_count(count)
    _require_positive("The number of fields", fields)
    _require_positive("The area of the field", field_area_mm2)
    return count / (fields * field_area_mm2)


def _require_count(count: float) -> None:
    if not 0 <= count < float("inf"):
        raise ValueError(f"The mitotic count must be 0 or more, not {count!r}.")


def _require_positive(name: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be more than 0, not {value!r}.")


def necrosis_score(per_cent: float) -> int:
    """Score 0-2 from tumour necrosis in per cent of the tumour, 0 to 100; raises ValueError."""
    if not 0 <= per_cent <= 100:
        raise ValueError(f"Necrosis must be between 0 and 100 per cent, not {per_cent!r}.")
    if per_cent == 0:
        return 0
    return 1 if per_cent < 50 else 2


@dataclass(frozen=True, slots=True)
class NotGraded:
    """Why FNCLCC is not applied to a histology. A warning, never a block: some of these are scored."""

    reason: str
    text: str


def not_applied(morphology: str, topography: str | None = None) -> NotGraded | None:
    """The reason (HG, NR, SYS, INT) for which FNCLCC is not applied to a histology, or None where it is."""
    entry = icdo3.best_morphology(morphology, topography)
    if entry is None or entry.fnclcc_reason is None:
        return None
    to_check = " (to be checked)" if entry.is_reason_to_be_checked else ""
    return NotGraded(entry.fnclcc_reason, f"{icdo3.FNCLCC_REASONS[entry.fnclcc_reason]}{to_check}")


def grade_by_definition(morphology: str) -> str | None:
    """G3 for the histologies that are high grade by definition (staging only), else None."""
    return "G3" if morphology[:4] in icdo3.G3_BY_DEFINITION else None


@dataclass(frozen=True, slots=True)
class Advice:
    """What to bear in mind about a grade: a note, never a block."""

    code: str
    text: str


_NOT_APPLIED: Final = {
    "HG": "is high grade by definition: record G3. FNCLCC scores are not needed",
    "NR": "is not graded by FNCLCC: WHO does not recommend it. If a grade is given, say why",
    "SYS": "is assessed by another system than FNCLCC. If a grade is given, say why",
    "INT": "is of intermediate behaviour and is not graded: record GX",
}
_MINIMUM: Final = Advice(
    "minimum_on_core_biopsy",
    "On a core biopsy the grade is a minimum: the excised tumour may be of a higher grade. "
    "Where necrosis cannot be assessed, the grade is GX.",
)
_AFTER_TREATMENT: Final = Advice(
    "not_after_neoadjuvant",
    "After neoadjuvant treatment FNCLCC is not applied: "
    "the grade of the biopsy before treatment stands, and the response is described.",
)


def advice(
    *,
    morphology: str | None,
    topography: str | None,
    specimen_kind: str | None,
    after_neoadjuvant: bool | None,
) -> tuple[Advice, ...]:
    """What to say about an FNCLCC grade of this histology, from this specimen (`biopsy`), after treatment."""
    found = []
    entry = icdo3.best_morphology(morphology, topography) if morphology else None
    if entry is not None and entry.fnclcc_reason is not None:
        why = entry.fnclcc_reason
        to_check = " This reason is to be checked." if entry.is_reason_to_be_checked else ""
        found.append(Advice(f"not_applied_{why}", f"{entry.term} {_NOT_APPLIED[why]}.{to_check}"))
    if after_neoadjuvant:
        found.append(_AFTER_TREATMENT)
    if specimen_kind is not None and specimen_kind.endswith("biopsy"):
        found.append(_MINIMUM)
    return tuple(found)
