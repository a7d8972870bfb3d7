"""RT-1 to RT-5 (RT-6 to RT-8 are in later.py until they are built)."""

from collections.abc import Iterator
from typing import Final

from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import Hit, Rule

_SPREAD: Final = ("m", "metastatic_sites", "disease_status")


def _radiotherapy(facts: Facts, timing: str) -> Iterator[int]:
    for place, treatment in enumerate(facts.plan.treatments):
        if treatment.modality == "radiotherapy" and treatment.timing == timing:
            yield place


def _adjuvant_for_small_and_clear(facts: Facts) -> Iterator[Hit]:
    clear = facts.case.surgical_margin == "R0" and facts.case.close_to_critical_structure is not True
    if facts.small and facts.localised and facts.not_gist and clear:
        for place in _radiotherapy(facts, "adjuvant"):
            yield Hit(
                "Radiotherapy after surgery is proposed for a small localised sarcoma that was removed "
                "with clear margins. It may not be needed: say what it is for.",
                place,
            )


def _margin_calls_for_radiotherapy(facts: Facts) -> bool:
    margin = facts.case.surgical_margin
    if margin in ("R1", "R2"):
        return True
    close = facts.case.close_to_critical_structure is True
    return close and facts.primary_surgery_planned_or_done and margin != "R0"


def _no_radiotherapy_for_close_margin(facts: Facts) -> Iterator[Hit]:
    treated = facts.planned_or_done("radiotherapy") or facts.has_procedure("re_excision")
    if facts.localised and facts.not_gist and not treated and _margin_calls_for_radiotherapy(facts):
        yield Hit(
            "The margin is not clear, or the tumour lies close to a structure that limits it, and neither "
            "radiotherapy nor a re-excision is planned. Say why."
        )


def _no_radiotherapy_for_large_deep_high(facts: Facts) -> Iterator[Hit]:
    at_risk = facts.large and facts.case.depth == "deep" and facts.high_grade
    if not (facts.localised and facts.not_gist and at_risk and facts.primary_surgery_planned_or_done):
        return
    if not facts.planned_or_done("radiotherapy"):
        yield Hit(
            "The sarcoma is large, deep and high grade, and no radiotherapy is planned or done. "
            "Radiotherapy before or after surgery lowers the risk of local recurrence."
        )


def _neoadjuvant_for_small(facts: Facts) -> Iterator[Hit]:
    if facts.localised and facts.not_gist and facts.small:
        for place in _radiotherapy(facts, "neoadjuvant"):
            yield Hit(
                "Radiotherapy before surgery is proposed for a small localised sarcoma. The guidance "
                "offers it for large ones: say what it is for.",
                place,
            )


def _proton_away_from_spine(facts: Facts) -> Iterator[Hit]:
    if facts.case.topography is None or facts.spinal:
        return
    for place, treatment in enumerate(facts.plan.treatments):
        if treatment.modality == "radiotherapy" and treatment.technique == "proton":
            yield Hit(
                "Proton beam radiotherapy is proposed for a tumour that is not recorded at or near the "
                "spine. Give the reason, or record that it is near the spine.",
                place,
            )


RULES: Final = (
    Rule(
        "RT-1",
        "CRUK",
        "Small localised sarcoma",
        "caution",
        "Radiotherapy after clear removal of a small sarcoma",
        ("size_mm", *_SPREAD, "morphology", "surgical_margin", "close_to_critical_structure"),
        _adjuvant_for_small_and_clear,
    ),
    Rule(
        "RT-2",
        "CRUK",
        "Small localised sarcoma",
        "caution",
        "A margin that is not clear or limited, without radiotherapy",
        (*_SPREAD, "morphology", "surgical_margin", "close_to_critical_structure", "prior_treatments"),
        _no_radiotherapy_for_close_margin,
    ),
    Rule(
        "RT-3",
        "CRUK",
        "Large sarcoma that has not spread",
        "advice",
        "A large, deep, high-grade sarcoma without radiotherapy",
        (*_SPREAD, "morphology", "size_mm", "depth", "grade", "prior_treatments"),
        _no_radiotherapy_for_large_deep_high,
    ),
    Rule(
        "RT-4",
        "CRUK",
        "Large sarcoma that has not spread",
        "caution",
        "Radiotherapy before surgery of a small sarcoma",
        (*_SPREAD, "morphology", "size_mm"),
        _neoadjuvant_for_small,
    ),
    Rule(
        "RT-5",
        "CRUK",
        "Proton beam therapy",
        "deviation",
        "Proton beam away from the spine",
        ("topography", "near_spine"),
        _proton_away_from_spine,
    ),
)
