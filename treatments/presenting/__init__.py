"""How pages say a plan."""

from treatments.presenting.delivery import (
    COLOURS,
    STEPS,
    delivery_of,
    delivery_rows,
    steps_of,
)
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
    row_words,
    said_of,
    stage_words,
    treatment_words,
)

__all__ = [
    "COLOURS",
    "SCOPE_NAMES",
    "STEPS",
    "VERDICT_SEVERITY",
    "VERDICT_WORDS",
    "AnswerForms",
    "Page",
    "Place",
    "Sought",
    "answer_prefix",
    "definitions",
    "delivery_of",
    "delivery_rows",
    "differences",
    "guidance_page",
    "last_change",
    "no_longer_fires",
    "owed_words",
    "page_of",
    "people_of",
    "row_words",
    "said_of",
    "scope_rows",
    "stage_words",
    "steps_of",
    "tallies",
    "treatment_words",
    "unchecked_page",
]
