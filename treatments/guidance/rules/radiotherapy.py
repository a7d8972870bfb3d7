"""RT-1 to RT-8: radiotherapy, and where it is not in the plan."""

from typing import Final

from cases.clinical.contract import Treatment
from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import LOCALISED, RADIOTHERAPY, SPREAD_FACTS, Rule

_HARD_TO_RESECT: Final = ("difficult", "unresectable")
_TREATS_OR_SUPPORTS: Final = frozenset(
    {"surgery", "radiotherapy", "chemotherapy", "ablation", "best_supportive_care"}
)


def _adjuvant_for_small_and_clear(facts: Facts, treatment: Treatment) -> bool:
    return (
        treatment.timing == "adjuvant"
        and facts.small
        and facts.not_gist
        and facts.case.surgical_margin == "R0"
        and facts.case.close_to_critical_structure is not True
    )


def _margin_calls_for_radiotherapy(facts: Facts) -> bool:
    margin = facts.case.surgical_margin
    if margin in ("R1", "R2"):
        return True
    close = facts.case.close_to_critical_structure is True
    return close and facts.primary_surgery_planned_or_done and margin != "R0"


def _no_radiotherapy_for_close_margin(facts: Facts) -> bool:
    return (
        facts.not_gist
        and not facts.radiotherapy_planned_or_done
        and "re_excision" not in facts.planned.procedures
        and _margin_calls_for_radiotherapy(facts)
    )


def _no_radiotherapy_for_large_deep_high(facts: Facts) -> bool:
    return (
        facts.not_gist
        and facts.large
        and facts.case.depth == "deep"
        and facts.high_grade
        and facts.primary_surgery_planned_or_done
        and not facts.radiotherapy_planned_or_done
    )


def _neoadjuvant_for_small(facts: Facts, treatment: Treatment) -> bool:
    return treatment.timing == "neoadjuvant" and facts.not_gist and facts.small


def _proton_away_from_spine(facts: Facts, treatment: Treatment) -> bool:
    return treatment.technique == "proton" and facts.not_spinal


def _spine_without_proton(facts: Facts) -> bool:
    if not (facts.spinal and facts.planned.has_radiotherapy):
        return False
    techniques = [
        treatment.technique
        for treatment in facts.plan.treatments
        if treatment.modality == "radiotherapy" and treatment.timing != "palliative"
    ]
    return bool(techniques) and "proton" not in techniques


def _definitive_for_resectable(facts: Facts, treatment: Treatment) -> bool:
    return treatment.timing == "definitive" and facts.case.resectability == "resectable"


def _nothing_for_hard_to_resect(facts: Facts) -> bool:
    return (
        facts.case.resectability in _HARD_TO_RESECT
        and facts.not_gist
        and facts.planned.modalities.isdisjoint(_TREATS_OR_SUPPORTS)
        and not facts.planned.has_systemic
        and not facts.in_trial
    )


RULES: Final = (
    Rule(
        id="RT-1",
        document="CRUK",
        section="Small localised sarcoma",
        severity="caution",
        course=LOCALISED,
        title="Radiotherapy after clear removal of a small sarcoma",
        fires_when=(
            "A treatment is radiotherapy after surgery, the sarcoma is localised and at most 50 mm, not a GIST, the "
            "margin is R0, and no critical structure is recorded as close."
        ),
        message=(
            "Radiotherapy after surgery is proposed for a small localised sarcoma that was removed "
            "with clear margins. It may not be needed: say what it is for."
        ),
        facts=("size_mm", *SPREAD_FACTS, "morphology", "surgical_margin", "close_to_critical_structure"),
        modalities=RADIOTHERAPY,
        of_treatment=_adjuvant_for_small_and_clear,
    ),
    Rule(
        id="RT-2",
        document="CRUK",
        section="Small localised sarcoma",
        severity="caution",
        course=LOCALISED,
        title="A margin that is not clear or limited, without radiotherapy",
        fires_when=(
            "The sarcoma is localised and not a GIST, no radiotherapy is planned or done and no re-excision planned, "
            "and either the margin is R1 or R2, or a critical structure is close, an operation on the primary is "
            "planned or done, and the margin is not recorded as R0."
        ),
        message=(
            "The margin is not clear, or the tumour lies close to a structure that limits it, and neither "
            "radiotherapy nor a re-excision is planned. Say why."
        ),
        facts=(
            *SPREAD_FACTS,
            "morphology",
            "surgical_margin",
            "close_to_critical_structure",
            "prior_treatments",
        ),
        of_plan=_no_radiotherapy_for_close_margin,
    ),
    Rule(
        id="RT-3",
        document="CRUK",
        section="Large sarcoma that has not spread",
        severity="advice",
        course=LOCALISED,
        title="A large, deep, high-grade sarcoma without radiotherapy",
        fires_when=(
            "The sarcoma is localised, not a GIST, larger than 50 mm, deep and of grade 2 or 3, an operation on the "
            "primary is planned or done, and no radiotherapy is planned or done."
        ),
        message=(
            "The sarcoma is large, deep and high grade, and no radiotherapy is planned or done. "
            "Radiotherapy before or after surgery lowers the risk of local recurrence."
        ),
        facts=(*SPREAD_FACTS, "morphology", "size_mm", "depth", "grade", "prior_treatments"),
        of_plan=_no_radiotherapy_for_large_deep_high,
    ),
    Rule(
        id="RT-4",
        document="CRUK",
        section="Large sarcoma that has not spread",
        severity="caution",
        course=LOCALISED,
        title="Radiotherapy before surgery of a small sarcoma",
        fires_when=(
            "A treatment is radiotherapy before surgery, and the sarcoma is localised, not a GIST and at most 50 mm."
        ),
        message=(
            "Radiotherapy before surgery is proposed for a small localised sarcoma. The guidance "
            "offers it for large ones: say what it is for."
        ),
        facts=(*SPREAD_FACTS, "morphology", "size_mm"),
        modalities=RADIOTHERAPY,
        of_treatment=_neoadjuvant_for_small,
    ),
    Rule(
        id="RT-5",
        document="CRUK",
        section="Proton beam therapy",
        severity="deviation",
        title="Proton beam away from the spine",
        fires_when=(
            "A treatment is proton beam radiotherapy, and the site is recorded and neither at the spine nor marked as "
            "close to it."
        ),
        message=(
            "Proton beam radiotherapy is proposed for a tumour that is not recorded at or near the "
            "spine. Give the reason, or record that it is near the spine."
        ),
        facts=("topography", "near_spine"),
        modalities=RADIOTHERAPY,
        of_treatment=_proton_away_from_spine,
    ),
    Rule(
        id="RT-6",
        document="CRUK",
        section="Proton beam therapy",
        severity="advice",
        title="Radiotherapy at the spine without proton beam",
        fires_when=(
            "The tumour is at the spine or marked as close to it, the plan has radiotherapy that is not palliative, "
            "and none of that is proton beam."
        ),
        message=(
            "The tumour is at or near the spine. Ask whether proton beam would spare the spinal cord better than "
            "the radiotherapy in the plan."
        ),
        facts=("topography", "near_spine"),
        of_plan=_spine_without_proton,
    ),
    Rule(
        id="RT-7",
        document="CRUK",
        section="Radiotherapy",
        severity="caution",
        course=LOCALISED,
        title="Radiotherapy as the main treatment of a resectable sarcoma",
        fires_when=(
            "A treatment is radiotherapy as the main treatment, and the sarcoma is localised and recorded as "
            "resectable."
        ),
        message=(
            "Radiotherapy is proposed as the main treatment, although the tumour is localised and recorded as "
            "resectable. Radiotherapy alone is meant for tumours that surgery cannot remove: say why it is chosen."
        ),
        facts=(*SPREAD_FACTS, "resectability"),
        modalities=RADIOTHERAPY,
        of_treatment=_definitive_for_resectable,
    ),
    Rule(
        id="RT-8",
        document="CRUK",
        section="Radiotherapy",
        severity="caution",
        course=LOCALISED,
        title="Nothing planned for a sarcoma that is hard to resect",
        fires_when=(
            "The sarcoma is localised, not a GIST, and difficult to resect or unresectable, and the plan has no "
            "surgery, radiotherapy, chemotherapy, other systemic treatment, ablation, trial or best supportive care."
        ),
        message=(
            "The tumour cannot easily be removed, and the plan has nothing that treats it. Radiotherapy can control "
            "such a tumour: consider it, or say why not."
        ),
        facts=(*SPREAD_FACTS, "resectability", "morphology"),
        of_plan=_nothing_for_hard_to_resect,
    ),
)
