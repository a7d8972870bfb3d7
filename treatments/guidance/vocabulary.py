"""The value lists of the guidance check: those of case and treatment, and those of its answer."""

from typing import Final

from cases.clinical.vocabulary import (
    DECISION_FACTS,
    DEPTHS,
    DISEASE_STATUSES,
    EDITIONS,
    FAMILIES,
    GENERIC_DRUGS,
    GRADES,
    INTENTS,
    KINDS,
    M_CATEGORIES,
    MARGINS,
    METASTATIC_SITES,
    MITOTIC_RATES,
    MODALITIES,
    N_CATEGORIES,
    NY_ESO_1,
    PERFORMANCE_STATUSES,
    PROCEDURES,
    RESECTABILITY,
    SITES,
    STAGE_STATUSES,
    T_CATEGORIES,
    TECHNIQUES,
    TIMED_MODALITIES,
    TIMINGS,
    generic_drug,
)
from cases.clinical.vocabulary import FACT_LABELS as CASE_FACT_LABELS

# Words for every fact that a rule reads.
FACT_LABELS: Final = {**CASE_FACT_LABELS, "biomarkers.ny_eso_1": "NY-ESO-1"}

SEVERITIES: Final = {
    "contradiction": "Contradicts the record",
    "missing": "A fact is missing",
    "deviation": "Departs from the guidance",
    "caution": "Needs care",
    "advice": "Advice",
}

# What the meeting can do about a finding of each severity.
SEVERITY_ACTIONS: Final = {
    "contradiction": "Correct the plan or the record. It cannot be overruled.",
    "missing": "Record it, or record why it cannot be known.",
    "deviation": "Agree it with a coded reason, a text and the name of who gave it.",
    "caution": "The proposer acknowledges it, with a note.",
    "advice": "Nothing is owed.",
}

VERDICTS: Final = {
    "contradicts_record": "Contradicts the record",
    "incomplete": "Not enough is recorded",
    "needs_reason": "Needs a reason",
    "needs_acknowledgement": "Needs an acknowledgement",
    "concordant": "Concordant with the guidance",
    "outside_guidance": "Outside the guidance",
}

SCOPES: Final = {
    "soft_tissue": "Soft tissue sarcoma: every rule applies.",
    "bone": (
        "Bone sarcoma: the guidance on soft tissue sarcoma was not applied. What was checked: missing facts, "
        "contradictions, fitness, operations on an unresectable tumour, a tumour that is hard to resect and left "
        "untreated, proton beam, chemotherapy first without a local treatment, immunotherapy, and trials."
    ),
    "intermediate": (
        "Tumour of intermediate behaviour: only missing facts and contradictions were checked. "
        "The guidance says nothing about its treatment."
    ),
}

DOCUMENTS: Final = {
    "CRUK": "Cancer Research UK, Treatment options for soft tissue sarcoma",
    "MSK": (
        "Memorial Sloan Kettering, Immunotherapy Offers New Strategy for Treating Sarcoma "
        "(2016, updated 2018)"
    ),
}

SHORT_DOCUMENTS: Final = {"CRUK": "Cancer Research UK", "MSK": "Memorial Sloan Kettering"}

__all__ = [
    "DECISION_FACTS",
    "DEPTHS",
    "DISEASE_STATUSES",
    "DOCUMENTS",
    "EDITIONS",
    "FACT_LABELS",
    "FAMILIES",
    "GENERIC_DRUGS",
    "GRADES",
    "INTENTS",
    "KINDS",
    "MARGINS",
    "METASTATIC_SITES",
    "MITOTIC_RATES",
    "MODALITIES",
    "M_CATEGORIES",
    "NY_ESO_1",
    "N_CATEGORIES",
    "PERFORMANCE_STATUSES",
    "PROCEDURES",
    "RESECTABILITY",
    "SCOPES",
    "SEVERITIES",
    "SEVERITY_ACTIONS",
    "SHORT_DOCUMENTS",
    "SITES",
    "STAGE_STATUSES",
    "TECHNIQUES",
    "TIMED_MODALITIES",
    "TIMINGS",
    "T_CATEGORIES",
    "VERDICTS",
    "generic_drug",
]
