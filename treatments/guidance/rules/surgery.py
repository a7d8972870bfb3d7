"""SURG-1 to SURG-8: operations."""

from collections.abc import Iterator
from typing import Final

from cases.clinical.contract import Treatment
from cases.clinical.vocabulary import is_primary_surgery
from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import LOCALISED, SPREAD, SPREAD_FACTS, SURGERY, Hit, Rule

_COULD_BE_RESECTED: Final = ("resectable", None)
_RESECTIONS: Final = ("limb_sparing", "wide_excision")
_MAKES_RESECTABLE: Final = frozenset({"targeted_therapy", "immunotherapy"})


def _no_surgery(facts: Facts) -> Iterator[Hit]:
    could = facts.case.resectability in _COULD_BE_RESECTED
    if not (could and facts.fit) or facts.primary_surgery_planned_or_done:
        return
    if facts.exception:
        yield Hit(
            severity="caution",
            message="The plan has no operation on the primary. For this histology chemotherapy or radiotherapy may "
            "come first or stand instead: say why surgery is not planned.",
        )
    else:
        yield Hit()


def _is_amputation(_: Facts, treatment: Treatment) -> bool:
    return treatment.procedure == "amputation"


def _limb_operation_elsewhere(facts: Facts, treatment: Treatment) -> bool:
    return facts.elsewhere and treatment.procedure in ("limb_sparing", "amputation")


def _is_metastasectomy(_: Facts, treatment: Treatment) -> bool:
    return treatment.procedure == "metastasectomy"


def _primary_only(facts: Facts) -> bool:
    return (
        facts.curative
        and facts.planned.has_primary_surgery
        and not facts.planned.aims_at_spread
        and facts.not_exception
    )


def _could_become_resectable(facts: Facts) -> bool:
    planned = facts.planned
    return (
        "neoadjuvant" in planned.timings
        or "isolated_limb_perfusion" in planned.techniques
        or not planned.modalities.isdisjoint(_MAKES_RESECTABLE)
    )


def _resects_the_unresectable(facts: Facts, treatment: Treatment) -> bool:
    return (
        facts.unresectable
        and facts.curative
        and treatment.procedure in _RESECTIONS
        and not _could_become_resectable(facts)
    )


def _operates_on_the_unresectable(facts: Facts, treatment: Treatment) -> bool:
    return (
        facts.unresectable
        and is_primary_surgery(treatment)
        and not _resects_the_unresectable(facts, treatment)
    )


RULES: Final = (
    Rule(
        id="SURG-1",
        document="CRUK",
        section="Surgery; Small localised sarcoma",
        severity="deviation",
        course=LOCALISED,
        title="A localised, resectable sarcoma without an operation",
        fires_when=(
            "The sarcoma is localised, resectable or not recorded as anything else, the patient is fit "
            "(performance status 0 to 2 or not recorded), and no operation on the primary is planned or done. Only "
            "a caution for rhabdomyosarcoma and Ewing sarcoma."
        ),
        message=(
            "The tumour is localised and nothing recorded speaks against an operation, yet none is planned or "
            "done. Surgery is the main treatment of a sarcoma that has not spread: give the reason for leaving "
            "it out."
        ),
        facts=(*SPREAD_FACTS, "resectability", "performance_status", "prior_treatments", "morphology"),
        finder=_no_surgery,
    ),
    Rule(
        id="SURG-2",
        document="CRUK",
        section="Surgery",
        severity="deviation",
        title="Amputation",
        fires_when="A treatment of the plan is an amputation.",
        message=(
            "An amputation is proposed. Most limb sarcomas can be removed with the limb kept: give the "
            "reason why that is not possible here."
        ),
        modalities=SURGERY,
        of_treatment=_is_amputation,
    ),
    Rule(
        id="SURG-3",
        document="CRUK",
        section="Surgery",
        severity="contradiction",
        title="An operation on a limb for a tumour that is not in one",
        fires_when=(
            "A treatment is a limb-sparing resection or an amputation, and the recorded site is neither in a "
            "limb nor in the shoulder or pelvic girdle. Unspecified sites do not count."
        ),
        message=(
            "A limb-sparing resection or an amputation is proposed, but the recorded site is not in a "
            "limb, shoulder or pelvic girdle. Correct the operation or the site."
        ),
        facts=("topography",),
        modalities=SURGERY,
        of_treatment=_limb_operation_elsewhere,
    ),
    Rule(
        id="SURG-4",
        document="CRUK",
        section="Surgery; Sarcoma that has spread",
        severity="caution",
        course=SPREAD,
        title="Removal of metastases",
        fires_when="A treatment is the removal of metastases, and the sarcoma has spread.",
        message=(
            "Removal of metastases is proposed. It helps some people, mostly with few metastases in "
            "the lung: say why it suits this patient."
        ),
        facts=SPREAD_FACTS,
        modalities=SURGERY,
        of_treatment=_is_metastasectomy,
    ),
    Rule(
        id="SURG-5",
        document="CRUK",
        section="Sarcoma that has spread",
        severity="contradiction",
        course=LOCALISED,
        title="Removal of metastases where none are recorded",
        fires_when="A treatment is the removal of metastases, and the sarcoma is recorded as localised (M0).",
        message=(
            "Removal of metastases is proposed, but the case is recorded as M0 without metastases. "
            "Correct the plan or the record."
        ),
        facts=SPREAD_FACTS,
        modalities=SURGERY,
        of_treatment=_is_metastasectomy,
    ),
    Rule(
        id="SURG-6",
        document="CRUK",
        section="Surgery; Sarcoma that has spread",
        severity="deviation",
        course=SPREAD,
        title="Curative surgery of the primary alone although the sarcoma has spread",
        fires_when=(
            "The sarcoma has spread, the intent is curative, the plan operates on the primary, and nothing in it "
            "is aimed at the metastases (their removal, ablation or stereotactic radiotherapy). Not for "
            "rhabdomyosarcoma and Ewing sarcoma."
        ),
        message=(
            "The sarcoma has spread and the intent is curative, but the plan operates on the primary and "
            "holds nothing aimed at the metastases. Give the reason, or change the intent or the plan."
        ),
        facts=(*SPREAD_FACTS, "morphology"),
        of_plan=_primary_only,
    ),
    Rule(
        id="SURG-7",
        document="CRUK",
        section="Radiotherapy",
        severity="contradiction",
        title="Curative resection of a tumour recorded as unresectable",
        fires_when=(
            "A treatment is a limb-sparing resection or a wide excision with curative intent, the tumour is recorded "
            "as unresectable, and nothing in the plan could change that: no treatment before surgery, isolated "
            "limb perfusion, targeted therapy or immunotherapy."
        ),
        message=(
            "A curative resection is proposed, but the tumour is recorded as unresectable and nothing "
            "in the plan could change that. Correct the plan or the resectability."
        ),
        facts=("resectability",),
        modalities=SURGERY,
        of_treatment=_resects_the_unresectable,
    ),
    Rule(
        id="SURG-8",
        document="CRUK",
        section="Radiotherapy",
        severity="caution",
        title="An operation on a tumour recorded as unresectable",
        fires_when=(
            "A treatment is an operation on the primary, the tumour is recorded as unresectable, and SURG-7 does not "
            "speak about it."
        ),
        message=(
            "An operation is proposed on a tumour recorded as unresectable. Say what makes it "
            "possible, or that it is palliative."
        ),
        facts=("resectability",),
        modalities=SURGERY,
        of_treatment=_operates_on_the_unresectable,
    ),
)
