"""How pages say a plan."""

from treatments.presenting.guidance import Sought, definitions, guidance_page, scope_rows
from treatments.presenting.page import (
    AnswerForms,
    Page,
    no_longer_fires,
    owed_words,
    page_of,
    tallies,
    unchecked_page,
)
from treatments.presenting.words import (
    SCOPE_NAMES,
    VERDICT_SEVERITY,
    VERDICT_WORDS,
    Place,
    answer_prefix,
    differences,
    last_change,
    people_of,
    said_of,
    stage_words,
    treatment_words,
)

__all__ = [
    "SCOPE_NAMES",
    "VERDICT_SEVERITY",
    "VERDICT_WORDS",
    "AnswerForms",
    "Page",
    "Place",
    "Sought",
    "answer_prefix",
    "definitions",
    "differences",
    "guidance_page",
    "last_change",
    "no_longer_fires",
    "owed_words",
    "page_of",
    "people_of",
    "said_of",
    "scope_rows",
    "stage_words",
    "tallies",
    "treatment_words",
    "unchecked_page",
]
