"""What two teams are compared by: the codes of each item of an opinion, and whether the two views agree."""

from collections.abc import Mapping
from typing import Final

from cases.clinical import icdo3
from cases.clinical.staging_tables import group_tables
from cases.clinical.vocabulary import GRADES, MODALITIES, RESECTABILITY

DIAGNOSIS, GRADE, STAGE = "diagnosis", "grade", "stage"
RESECTABLE, TREATMENT = "resectability", "treatment"

AGREED: Final = "agreed"
CHANGED: Final = "changed:"
"""A diagnosis is said to be the home team's, or another: `changed:8858/3` (ICD-O-3 morphology)."""

STAGES: Final = {
    group: f"Stage {group}"
    for group in sorted({row.group for table in group_tables().values() for row in table})
}
CODES: Final[Mapping[str, Mapping[str, str]]] = {
    GRADE: GRADES,
    STAGE: STAGES,
    RESECTABLE: RESECTABILITY,
    TREATMENT: MODALITIES,
}
"""What may be chosen for an item, with its words. Of treatments several, kept as `treatment_code` writes them."""


def treatment_code(modalities: "list[str] | set[str]") -> str:
    """Sorted, each once: `radiotherapy,surgery`."""
    return ",".join(sorted(set(modalities)))


def is_known(item: str, theirs: str) -> bool:
    """Whether an expert may say this of the item; an empty view is one that was not given."""
    if item == DIAGNOSIS:
        code = theirs.removeprefix(CHANGED)
        return theirs in ("", AGREED) or (code != theirs and icdo3.is_wellformed_morphology(code))
    if item == TREATMENT:
        parts = theirs.split(",") if theirs else []
        return treatment_code(parts) == theirs and set(parts) <= set(MODALITIES)
    return theirs == "" or theirs in CODES[item]


def in_words(item: str, code: str) -> str:
    """A view of either side: "Grade 3", "Radiotherapy and surgery", a histology with its code."""
    if item == DIAGNOSIS:
        if code == AGREED:
            return "The same diagnosis"
        morphology = code.removeprefix(CHANGED)
        return f"{icdo3.morphology_name(morphology)} ({morphology})" if morphology else ""
    if item == TREATMENT:
        labels = [MODALITIES.get(part, part) for part in code.split(",") if part]
        return " and ".join([", ".join(labels[:-1]), labels[-1]] if labels[1:] else labels).capitalize()
    return CODES[item].get(code, code)


def compared(item: str, theirs: str, ours: str) -> tuple[str, str] | None:
    """Both views in the codes of the home team; None where one side said nothing."""
    if not theirs or not ours:
        return None
    if item != DIAGNOSIS:
        return theirs, ours
    ours = icdo3.current_code(ours)
    return (ours if theirs == AGREED else icdo3.current_code(theirs.removeprefix(CHANGED))), ours


def agree(item: str, theirs: str, ours: str) -> bool | None:
    """Whether the two are the same; None where there is nothing to compare."""
    pair = compared(item, theirs, ours)
    return None if pair is None else pair[0] == pair[1]
