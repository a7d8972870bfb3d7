"""SURG-1 to SURG-8: operations."""

from collections.abc import Iterator
from typing import Final

from cases.clinical.contract import Treatment
from treatments.guidance.facts import Facts, is_limb_perfusion, is_primary_surgery
from treatments.guidance.rules.rule import Hit, Rule

_SPREAD: Final = ("m", "metastatic_sites", "disease_status")


def _operations(facts: Facts, *procedures: str) -> Iterator[int]:
    for place, treatment in enumerate(facts.plan.treatments):
        if treatment.modality == "surgery" and treatment.procedure in procedures:
            yield place


def _no_surgery(facts: Facts) -> Iterator[Hit]:
    may_be_resected = facts.case.resectability in ("resectable", None)
    if not (facts.localised and may_be_resected and facts.fit) or facts.primary_surgery_planned_or_done:
        return
    if facts.exception:
        yield Hit(
            "The plan has no operation on the primary. For this histology chemotherapy or radiotherapy may "
            "come first or stand instead: say why surgery is not planned.",
            severity="caution",
        )
        return
    yield Hit(
        "The tumour is localised and nothing recorded speaks against an operation, yet none is planned or "
        "done. Surgery is the main treatment of a sarcoma that has not spread: give the reason for leaving "
        "it out."
    )


def _amputation(facts: Facts) -> Iterator[Hit]:
    for place in _operations(facts, "amputation"):
        yield Hit(
            "An amputation is proposed. Most limb sarcomas can be removed with the limb kept: give the "
            "reason why that is not possible here.",
            place,
        )


def _limb_operation_elsewhere(facts: Facts) -> Iterator[Hit]:
    if facts.elsewhere:
        for place in _operations(facts, "limb_sparing", "amputation"):
            yield Hit(
                "A limb-sparing resection or an amputation is proposed, but the recorded site is not in a "
                "limb, shoulder or pelvic girdle. Correct the operation or the site.",
                place,
            )


def _metastasectomy(facts: Facts) -> Iterator[Hit]:
    if facts.spread:
        for place in _operations(facts, "metastasectomy"):
            yield Hit(
                "Removal of metastases is proposed. It helps some people, mostly with few metastases in "
                "the lung: say why it suits this patient.",
                place,
            )


def _metastasectomy_without_spread(facts: Facts) -> Iterator[Hit]:
    if facts.localised:
        for place in _operations(facts, "metastasectomy"):
            yield Hit(
                "Removal of metastases is proposed, but the case is recorded as M0 without metastases. "
                "Correct the plan or the record.",
                place,
            )


def _primary_only(facts: Facts) -> Iterator[Hit]:
    wants_cure = facts.spread and facts.curative and facts.primary_surgery_planned
    if wants_cure and not facts.aims_at_spread and facts.not_exception:
        yield Hit(
            "The sarcoma has spread and the intent is curative, but the plan operates on the primary and "
            "holds nothing aimed at the metastases. Give the reason, or change the intent or the plan."
        )


def _could_make_resectable(treatment: Treatment) -> bool:
    return (
        treatment.timing == "neoadjuvant"
        or is_limb_perfusion(treatment)
        or treatment.modality in ("targeted_therapy", "immunotherapy")
    )


def _resects_the_unresectable(facts: Facts, place: int) -> bool:
    """SURG-7 for one treatment; SURG-8 speaks where this does not."""
    return (
        facts.plan.treatments[place].procedure in ("limb_sparing", "wide_excision")
        and facts.case.resectability == "unresectable"
        and facts.curative
        and not any(map(_could_make_resectable, facts.plan.treatments))
    )


def _curative_resection_of_unresectable(facts: Facts) -> Iterator[Hit]:
    for place in _operations(facts, "limb_sparing", "wide_excision"):
        if _resects_the_unresectable(facts, place):
            yield Hit(
                "A curative resection is proposed, but the tumour is recorded as unresectable and nothing "
                "in the plan could change that. Correct the plan or the resectability.",
                place,
            )


def _surgery_of_unresectable(facts: Facts) -> Iterator[Hit]:
    if facts.case.resectability != "unresectable":
        return
    for place, treatment in enumerate(facts.plan.treatments):
        if is_primary_surgery(treatment) and not _resects_the_unresectable(facts, place):
            yield Hit(
                "An operation is proposed on a tumour recorded as unresectable. Say what makes it "
                "possible, or that it is palliative.",
                place,
            )


RULES: Final = (
    Rule(
        "SURG-1",
        "CRUK",
        "Surgery; Small localised sarcoma",
        "deviation",
        "A localised, resectable sarcoma without an operation",
        (*_SPREAD, "resectability", "performance_status", "prior_treatments", "morphology"),
        _no_surgery,
    ),
    Rule("SURG-2", "CRUK", "Surgery", "deviation", "Amputation", (), _amputation),
    Rule(
        "SURG-3",
        "CRUK",
        "Surgery",
        "contradiction",
        "An operation on a limb for a tumour that is not in one",
        ("topography",),
        _limb_operation_elsewhere,
    ),
    Rule(
        "SURG-4",
        "CRUK",
        "Surgery; Sarcoma that has spread",
        "caution",
        "Removal of metastases",
        _SPREAD,
        _metastasectomy,
    ),
    Rule(
        "SURG-5",
        "CRUK",
        "Sarcoma that has spread",
        "contradiction",
        "Removal of metastases where none are recorded",
        _SPREAD,
        _metastasectomy_without_spread,
    ),
    Rule(
        "SURG-6",
        "CRUK",
        "Surgery; Sarcoma that has spread",
        "deviation",
        "Curative surgery of the primary alone although the sarcoma has spread",
        (*_SPREAD, "morphology"),
        _primary_only,
    ),
    Rule(
        "SURG-7",
        "CRUK",
        "Radiotherapy",
        "contradiction",
        "Curative resection of a tumour recorded as unresectable",
        ("resectability",),
        _curative_resection_of_unresectable,
    ),
    Rule(
        "SURG-8",
        "CRUK",
        "Radiotherapy",
        "caution",
        "An operation on a tumour recorded as unresectable",
        ("resectability",),
        _surgery_of_unresectable,
    ),
)
