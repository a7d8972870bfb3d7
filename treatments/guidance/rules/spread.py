"""SPREAD-1 to SPREAD-3 and OPINION-1: sarcoma that has spread, and the offer of a second opinion."""

from collections.abc import Iterator, Sequence
from typing import Final

from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import Hit, Rule

_SPREAD: Final = ("m", "metastatic_sites", "disease_status")


def _nothing_for_spread(facts: Facts) -> Iterator[Hit]:
    treats = (
        facts.has_modality("radiotherapy", "chemotherapy", "ablation")
        or facts.has_systemic
        or facts.has_procedure("metastasectomy")
    )
    if facts.spread and facts.not_gist and not (treats or facts.in_trial or facts.supportive):
        yield Hit(
            "The sarcoma has spread, and the plan has no radiotherapy, drug treatment, removal or ablation "
            "of metastases, trial or supportive care. Give the reason."
        )


def _cure_without_aim(facts: Facts) -> Iterator[Hit]:
    wants_cure = facts.spread and facts.curative and not facts.primary_surgery_planned
    if wants_cure and not facts.aims_at_spread and facts.not_exception:
        yield Hit(
            "The intent is curative although the sarcoma has spread and nothing in the plan is aimed at the "
            "metastases. Check the intent, or say how a cure is expected."
        )


def _no_support(facts: Facts) -> Iterator[Hit]:
    if facts.spread and not facts.supportive:
        yield Hit(
            "The sarcoma has spread: consider a referral to the palliative care team for symptoms and "
            "support."
        )


def _second_opinion(severities: Sequence[str]) -> Iterator[Hit]:
    if "deviation" in severities:
        yield Hit("The plan departs from the guidance: offer the patient a second opinion.")


SPREAD_RULES: Final = (
    Rule(
        "SPREAD-1",
        "CRUK",
        "Sarcoma that has spread",
        "deviation",
        "Nothing in the plan for a sarcoma that has spread",
        (*_SPREAD, "morphology"),
        _nothing_for_spread,
    ),
    Rule(
        "SPREAD-2",
        "CRUK",
        "Sarcoma that has spread",
        "caution",
        "Curative intent with nothing aimed at the metastases",
        (*_SPREAD, "morphology"),
        _cure_without_aim,
    ),
    Rule(
        "SPREAD-3",
        "CRUK",
        "team list; Sarcoma that has spread",
        "advice",
        "No palliative care in a plan for a sarcoma that has spread",
        _SPREAD,
        _no_support,
    ),
)

OPINION_RULES: Final = (
    Rule(
        "OPINION-1",
        "CRUK",
        "Getting a second opinion",
        "advice",
        "A second opinion where the plan departs from the guidance",
        follower=_second_opinion,
    ),
)
