"""SEQ-1 to SEQ-3: treatments before and after an operation that has to exist."""

from typing import Final

from cases.clinical.contract import Treatment
from cases.clinical.vocabulary import TIMED_MODALITIES
from treatments.guidance.facts import Facts, is_systemic_chemotherapy
from treatments.guidance.rules.rule import CHEMOTHERAPY, Rule


def _is_chemotherapy_of_exception(facts: Facts, treatment: Treatment) -> bool:
    return facts.exception and is_systemic_chemotherapy(treatment)


def _before_no_surgery(facts: Facts, treatment: Treatment) -> bool:
    return (
        treatment.timing == "neoadjuvant"
        and not facts.planned.has_surgery
        and not _is_chemotherapy_of_exception(facts, treatment)
    )


def _after_no_surgery(facts: Facts, treatment: Treatment) -> bool:
    return treatment.timing == "adjuvant" and not facts.surgery_planned_or_done


def _local_treatment_open(facts: Facts, treatment: Treatment) -> bool:
    return (
        treatment.timing == "neoadjuvant"
        and not facts.planned.has_surgery
        and _is_chemotherapy_of_exception(facts, treatment)
    )


RULES: Final = (
    Rule(
        id="SEQ-1",
        document="CRUK",
        section="Radiotherapy; Chemotherapy",
        severity="contradiction",
        title="Treatment before surgery in a plan without surgery",
        fires_when=(
            "A treatment is given before surgery (neoadjuvant), and the plan has no surgery. Not for systemic "
            "chemotherapy of rhabdomyosarcoma and Ewing sarcoma, of which SEQ-3 speaks."
        ),
        message=(
            "A treatment before surgery (neoadjuvant) is proposed, but the plan has no surgery. "
            "Add the operation or correct the timing."
        ),
        facts=("morphology",),
        modalities=TIMED_MODALITIES,
        of_treatment=_before_no_surgery,
    ),
    Rule(
        id="SEQ-2",
        document="CRUK",
        section="Radiotherapy; Chemotherapy",
        severity="contradiction",
        title="Treatment after surgery where none is planned or done",
        fires_when="A treatment is given after surgery (adjuvant), and no surgery is planned or done.",
        message=(
            "A treatment after surgery (adjuvant) is proposed, but no surgery is planned or recorded as "
            "done. Add or record the operation, or correct the timing."
        ),
        facts=("prior_treatments",),
        modalities=TIMED_MODALITIES,
        of_treatment=_after_no_surgery,
    ),
    Rule(
        id="SEQ-3",
        document="CRUK",
        section="Large sarcoma that has not spread",
        severity="caution",
        title="Chemotherapy first with the local treatment not yet planned",
        fires_when=(
            "A treatment is systemic chemotherapy before surgery of rhabdomyosarcoma or Ewing sarcoma, and the plan "
            "has no surgery."
        ),
        message=(
            "Chemotherapy comes first for this histology, and the plan has no surgery yet. "
            "Name when the local treatment will be decided."
        ),
        facts=("morphology",),
        modalities=CHEMOTHERAPY,
        of_treatment=_local_treatment_open,
    ),
)
