"""SPREAD-1 to SPREAD-3: sarcoma that has spread."""

from typing import Final

from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import SPREAD, SPREAD_FACTS, Rule

_TREATS: Final = frozenset({"radiotherapy", "chemotherapy", "ablation"})


def _nothing_for_spread(facts: Facts) -> bool:
    return (
        facts.not_gist
        and facts.planned.modalities.isdisjoint(_TREATS)
        and not facts.planned.has_systemic
        and "metastasectomy" not in facts.planned.procedures
        and not facts.in_trial
        and not facts.supportive
    )


def _cure_without_aim(facts: Facts) -> bool:
    return (
        facts.curative
        and not facts.planned.has_primary_surgery
        and not facts.planned.aims_at_spread
        and facts.not_exception
    )


def _no_support(facts: Facts) -> bool:
    return not facts.supportive


RULES: Final = (
    Rule(
        id="SPREAD-1",
        document="CRUK",
        section="Sarcoma that has spread",
        severity="deviation",
        course=SPREAD,
        title="Nothing in the plan for a sarcoma that has spread",
        fires_when=(
            "The sarcoma has spread and is not a GIST, and the plan has no radiotherapy, chemotherapy, other systemic "
            "treatment, removal or ablation of metastases, trial, best supportive care or palliative care referral."
        ),
        message=(
            "The sarcoma has spread, and the plan has no radiotherapy, drug treatment, removal or ablation "
            "of metastases, trial or supportive care. Give the reason."
        ),
        facts=(*SPREAD_FACTS, "morphology"),
        of_plan=_nothing_for_spread,
    ),
    Rule(
        id="SPREAD-2",
        document="CRUK",
        section="Sarcoma that has spread",
        severity="caution",
        course=SPREAD,
        title="Curative intent with nothing aimed at the metastases",
        fires_when=(
            "The sarcoma has spread, the intent is curative, no operation on the primary is planned, and nothing in "
            "the plan is aimed at the metastases (their removal, ablation or stereotactic radiotherapy). Not for "
            "rhabdomyosarcoma and Ewing sarcoma."
        ),
        message=(
            "The intent is curative although the sarcoma has spread and nothing in the plan is aimed at the "
            "metastases. Check the intent, or say how a cure is expected."
        ),
        facts=(*SPREAD_FACTS, "morphology"),
        of_plan=_cure_without_aim,
    ),
    Rule(
        id="SPREAD-3",
        document="CRUK",
        section="team list; Sarcoma that has spread",
        severity="advice",
        course=SPREAD,
        title="No palliative care in a plan for a sarcoma that has spread",
        fires_when=(
            "The sarcoma has spread, and the plan has neither best supportive care nor a palliative care referral."
        ),
        message=(
            "The sarcoma has spread: consider a referral to the palliative care team for symptoms and support."
        ),
        facts=SPREAD_FACTS,
        of_plan=_no_support,
    ),
)
