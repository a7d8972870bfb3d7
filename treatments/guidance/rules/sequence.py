"""SEQ-1 to SEQ-3: treatments before and after an operation that has to exist."""

from collections.abc import Iterator
from typing import Final

from treatments.guidance.facts import Facts, is_systemic_chemotherapy
from treatments.guidance.rules.rule import Hit, Rule


def _timed(facts: Facts, timing: str) -> Iterator[int]:
    for place, treatment in enumerate(facts.plan.treatments):
        if treatment.timing == timing:
            yield place


def _is_chemotherapy_of_exception(facts: Facts, place: int) -> bool:
    return facts.exception and is_systemic_chemotherapy(facts.plan.treatments[place])


def _before_no_surgery(facts: Facts) -> Iterator[Hit]:
    if facts.has_modality("surgery"):
        return
    for place in _timed(facts, "neoadjuvant"):
        if not _is_chemotherapy_of_exception(facts, place):
            yield Hit(
                "A treatment before surgery (neoadjuvant) is proposed, but the plan has no surgery. "
                "Add the operation or correct the timing.",
                place,
            )


def _after_no_surgery(facts: Facts) -> Iterator[Hit]:
    if facts.planned_or_done("surgery"):
        return
    for place in _timed(facts, "adjuvant"):
        yield Hit(
            "A treatment after surgery (adjuvant) is proposed, but no surgery is planned or recorded as "
            "done. Add or record the operation, or correct the timing.",
            place,
        )


def _local_treatment_open(facts: Facts) -> Iterator[Hit]:
    if facts.has_modality("surgery"):
        return
    for place in _timed(facts, "neoadjuvant"):
        if _is_chemotherapy_of_exception(facts, place):
            yield Hit(
                "Chemotherapy comes first for this histology, and the plan has no surgery yet. "
                "Name when the local treatment will be decided.",
                place,
            )


RULES: Final = (
    Rule(
        "SEQ-1",
        "CRUK",
        "Radiotherapy; Chemotherapy",
        "contradiction",
        "Treatment before surgery in a plan without surgery",
        ("morphology",),
        _before_no_surgery,
    ),
    Rule(
        "SEQ-2",
        "CRUK",
        "Radiotherapy; Chemotherapy",
        "contradiction",
        "Treatment after surgery where none is planned or done",
        ("prior_treatments",),
        _after_no_surgery,
    ),
    Rule(
        "SEQ-3",
        "CRUK",
        "Large sarcoma that has not spread",
        "caution",
        "Chemotherapy first with the local treatment not yet planned",
        ("morphology",),
        _local_treatment_open,
    ),
)
