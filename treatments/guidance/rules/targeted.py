"""TARGET-1 to TARGET-4: imatinib, sunitinib and regorafenib, under whatever modality they are written."""

from typing import Final

from cases.clinical.contract import Treatment
from treatments.guidance.facts import Facts, has_gist_drug
from treatments.guidance.rules.rule import DRUGS, LOCALISED, SPREAD, SPREAD_FACTS, Rule

_AFTER_IMATINIB: Final = frozenset({"imatinib"})
_AFTER_BOTH: Final = frozenset({"imatinib", "sunitinib"})


def _for_another_tumour(facts: Facts, treatment: Treatment) -> bool:
    return facts.not_gist and has_gist_drug(treatment)


def _none_for_spread_gist(facts: Facts) -> bool:
    return (
        facts.gist
        and not (facts.planned.has_gist_drug or facts.done.has_gist_drug)
        and not facts.in_trial
        and "best_supportive_care" not in facts.planned.modalities
    )


def _for_localised_gist(facts: Facts, treatment: Treatment) -> bool:
    return facts.gist and has_gist_drug(treatment)


def _out_of_order(facts: Facts, treatment: Treatment) -> bool:
    if not facts.gist:
        return False
    second_too_early = "sunitinib" in treatment.drugs and not facts.done.drugs >= _AFTER_IMATINIB
    return second_too_early or ("regorafenib" in treatment.drugs and not facts.done.drugs >= _AFTER_BOTH)


RULES: Final = (
    Rule(
        id="TARGET-1",
        document="CRUK",
        section="Targeted cancer drugs",
        severity="deviation",
        title="A GIST drug for another tumour",
        fires_when=(
            "A treatment has imatinib, sunitinib or regorafenib, and the tumour is recorded as something other than "
            "a GIST."
        ),
        message=(
            "Imatinib, sunitinib or regorafenib is proposed, and the tumour is not a GIST. Give the reason, for "
            "example a licence or a trial for this tumour (imatinib in dermatofibrosarcoma)."
        ),
        facts=("morphology",),
        modalities=DRUGS,
        any_modality=True,
        of_treatment=_for_another_tumour,
    ),
    Rule(
        id="TARGET-2",
        document="CRUK",
        section="Sarcoma that has spread",
        severity="caution",
        course=SPREAD,
        title="GIST that has spread without a GIST drug",
        fires_when=(
            "A GIST has spread, none of imatinib, sunitinib and regorafenib is planned or was given, and the plan "
            "has neither a trial nor best supportive care."
        ),
        message=(
            "The GIST has spread, and no imatinib, sunitinib or regorafenib is planned or was given. They are the "
            "usual treatment: say why none is used."
        ),
        facts=("morphology", *SPREAD_FACTS, "prior_treatments"),
        of_plan=_none_for_spread_gist,
    ),
    Rule(
        id="TARGET-3",
        document="CRUK",
        section="Targeted cancer drugs",
        severity="caution",
        course=LOCALISED,
        title="A GIST drug for a localised GIST",
        fires_when="A treatment has imatinib, sunitinib or regorafenib, and the tumour is a localised GIST.",
        message=(
            "A drug for advanced GIST is proposed although the GIST is localised. Say what it is for: imatinib after "
            "surgery is meant for a high risk of relapse (NICE TA326)."
        ),
        facts=("morphology", *SPREAD_FACTS),
        modalities=DRUGS,
        any_modality=True,
        of_treatment=_for_localised_gist,
    ),
    Rule(
        id="TARGET-4",
        document="CRUK",
        section="order of the three drugs; licensed order in NICE TA179, TA488",
        severity="deviation",
        title="A GIST drug out of its order",
        fires_when=(
            "The tumour is a GIST, and a treatment has sunitinib without imatinib given before, or regorafenib "
            "without imatinib and sunitinib given before."
        ),
        message=(
            "The drugs for GIST are used one after the other: imatinib, then sunitinib, then regorafenib. The record "
            "does not show that the earlier ones were given: record them, or give the reason."
        ),
        facts=("morphology", "prior_treatments"),
        modalities=DRUGS,
        any_modality=True,
        of_treatment=_out_of_order,
    ),
)
