"""CHEMO-1 to CHEMO-5, ILP-1 and ILP-2: chemotherapy by vein or mouth, and isolated limb perfusion."""

from typing import Final

from cases.clinical.contract import Treatment
from treatments.guidance.facts import Facts, is_limb_perfusion
from treatments.guidance.rules.rule import CHEMOTHERAPY, LOCALISED, SPREAD_FACTS, Rule


def _is_doubtful(facts: Facts, treatment: Treatment) -> bool:
    """Chemotherapy through the body, of a histology for which it is not the rule."""
    return facts.not_exception and not is_limb_perfusion(treatment)


def _adjuvant(facts: Facts, treatment: Treatment) -> bool:
    return treatment.timing == "adjuvant" and _is_doubtful(facts, treatment)


def _neoadjuvant_alone(facts: Facts, treatment: Treatment) -> bool:
    return (
        treatment.timing == "neoadjuvant"
        and _is_doubtful(facts, treatment)
        and not facts.neoadjuvant_radiotherapy_planned
    )


def _neoadjuvant_beside_radiotherapy(facts: Facts, treatment: Treatment) -> bool:
    return (
        treatment.timing == "neoadjuvant"
        and _is_doubtful(facts, treatment)
        and facts.neoadjuvant_radiotherapy_planned
    )


def _outside_a_trial(facts: Facts, treatment: Treatment) -> bool:
    return not facts.in_trial and _is_doubtful(facts, treatment)


def _of_small_and_low(facts: Facts, treatment: Treatment) -> bool:
    return (
        facts.small
        and facts.low_grade
        and not facts.recurrent
        and facts.not_gist
        and _is_doubtful(facts, treatment)
    )


def _perfusion_elsewhere(facts: Facts, treatment: Treatment) -> bool:
    return is_limb_perfusion(treatment) and facts.elsewhere


def _perfusion_not_offered(facts: Facts, treatment: Treatment) -> bool:
    return (
        is_limb_perfusion(treatment)
        and (facts.limb or facts.girdle)
        and facts.plan.treating_centre_offers_ilp is not True
    )


RULES: Final = (
    Rule(
        id="CHEMO-1",
        document="CRUK",
        section="Chemotherapy",
        severity="deviation",
        title="Chemotherapy after surgery",
        fires_when=(
            "A treatment is chemotherapy after surgery, not by limb perfusion, and the histology is neither "
            "rhabdomyosarcoma nor Ewing sarcoma."
        ),
        message=(
            "Chemotherapy after surgery is proposed. It is not usual for most soft tissue sarcomas, because it is not "
            "clear that it helps: give the reason."
        ),
        facts=("morphology",),
        modalities=CHEMOTHERAPY,
        of_treatment=_adjuvant,
    ),
    Rule(
        id="CHEMO-2",
        document="CRUK",
        section="Chemotherapy",
        severity="deviation",
        title="Chemotherapy before surgery",
        fires_when=(
            "A treatment is chemotherapy before surgery, not by limb perfusion, without radiotherapy before surgery "
            "beside it, and the histology is neither rhabdomyosarcoma nor Ewing sarcoma."
        ),
        message=(
            "Chemotherapy before surgery is proposed. It is not usual for most soft tissue sarcomas: give the reason, "
            "for example what the operation gains by it."
        ),
        facts=("morphology",),
        modalities=CHEMOTHERAPY,
        of_treatment=_neoadjuvant_alone,
    ),
    Rule(
        id="CHEMO-3",
        document="CRUK",
        section="Large sarcoma that has not spread",
        severity="deviation",
        course=LOCALISED,
        title="Chemotherapy and radiotherapy before surgery",
        fires_when=(
            "A treatment is chemotherapy before surgery, not by limb perfusion, beside radiotherapy before surgery, "
            "the sarcoma is localised, and its histology is neither rhabdomyosarcoma nor Ewing sarcoma."
        ),
        message=(
            "Chemotherapy and radiotherapy are both proposed before surgery of a localised sarcoma. The guidance "
            "has radiotherapy before surgery, and both together seldom: give the reason."
        ),
        facts=("morphology", *SPREAD_FACTS),
        modalities=CHEMOTHERAPY,
        of_treatment=_neoadjuvant_beside_radiotherapy,
    ),
    Rule(
        id="CHEMO-4",
        document="CRUK",
        section="Chemotherapy",
        severity="advice",
        title="Chemotherapy outside a trial",
        fires_when=(
            "A treatment is chemotherapy, not by limb perfusion, the histology is neither rhabdomyosarcoma nor Ewing "
            "sarcoma, and the plan names no trial."
        ),
        message="Look whether a trial is open to the patient: chemotherapy for sarcoma is often given within one.",
        facts=("morphology",),
        modalities=CHEMOTHERAPY,
        of_treatment=_outside_a_trial,
    ),
    Rule(
        id="CHEMO-5",
        document="CRUK",
        section="Chemotherapy",
        severity="deviation",
        course=LOCALISED,
        title="Chemotherapy of a small, low-grade localised sarcoma",
        fires_when=(
            "A treatment is chemotherapy, not by limb perfusion, of a localised sarcoma that is not recurrent, at "
            "most 50 mm and of grade 1, and its histology is neither GIST, rhabdomyosarcoma nor Ewing sarcoma."
        ),
        message=(
            "Chemotherapy is proposed for a small, low-grade sarcoma that has not spread or come back. Surgery is "
            "usually all that such a tumour needs: give the reason."
        ),
        facts=("size_mm", "grade", *SPREAD_FACTS, "morphology"),
        modalities=CHEMOTHERAPY,
        of_treatment=_of_small_and_low,
    ),
    Rule(
        id="ILP-1",
        document="CRUK",
        section="Chemotherapy",
        severity="contradiction",
        title="Isolated limb perfusion of a tumour that is not in a limb",
        fires_when=(
            "A treatment is isolated limb perfusion, and the recorded site is neither in a limb nor in the shoulder "
            "or pelvic girdle. Unspecified sites do not count."
        ),
        message=(
            "Isolated limb perfusion is proposed, but the recorded site is not in a limb, shoulder or pelvic girdle. "
            "Correct the treatment or the site."
        ),
        facts=("topography",),
        modalities=CHEMOTHERAPY,
        of_treatment=_perfusion_elsewhere,
    ),
    Rule(
        id="ILP-2",
        document="CRUK",
        section="Chemotherapy",
        severity="deviation",
        title="Isolated limb perfusion at a centre that does not offer it",
        fires_when=(
            "A treatment is isolated limb perfusion of a tumour in a limb or girdle, and the treating centre is not "
            "recorded as one that offers it."
        ),
        message=(
            "Isolated limb perfusion is proposed, and the treating centre is not recorded as offering it. Only a few "
            "specialist hospitals do: name where it will be done, or give the reason."
        ),
        facts=("topography",),
        modalities=CHEMOTHERAPY,
        of_treatment=_perfusion_not_offered,
    ),
)
