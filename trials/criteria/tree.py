"""Criteria of a trial as a tree: all of, any of, not, and leaves that each ask one thing of a patient.

Ages and counts are inclusive at both ends; None is no limit. `words` of a leaf is how the protocol says it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

EXTENTS: Final = {
    "localised": "Localised: M0",
    "locally_advanced": "Locally advanced: unresectable, not spread",
    "local_recurrence": "Local recurrence",
    "residual": "Residual after surgery",
    "metastatic": "Metastatic",
}
AGE_UNITS: Final = {"years": "Years", "months": "Months"}
ANSWERS: Final = {"yes": "Yes", "no": "No"}

ANY_SARCOMA: Final = "Any sarcoma"
"""Beside the groups of the list: whatever in it is malignant (behaviour /3)."""

MEASURABLE_DISEASE: Final = "measurable_disease"
TREATMENTS_COMPLETE: Final = "treatments_complete"
"""The two questions that any trial can ask, by the key of their answer; the others are the ids of `Ask`."""

QUESTIONS: Final = {
    MEASURABLE_DISEASE: "Is the disease measurable (RECIST 1.1)?",
    TREATMENTS_COMPLETE: "Are all earlier treatments recorded (or were there none)?",
}


@dataclass(frozen=True, slots=True)
class Histology:
    """One of these ICD-O-3 codes (with or without behaviour), or a histology of one of these groups."""

    codes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Extent:
    """Any of EXTENTS."""

    any_of: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Resectability:
    """Any of the vocabulary's words for it."""

    any_of: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class PerformanceStatus:
    """ECOG, 0 to 4."""

    min: int | None = None
    max: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Age:
    """Completed years or months today."""

    min: int | None = None
    max: int | None = None
    unit: str = "years"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Sex:
    """Any of the values that a patient's record can have."""

    any_of: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of earlier systemic treatment."""

    min: int | None = None
    max: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class DrugsRequired:
    """One of these drugs (generic names), or one of these classes, was given."""

    any_of: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class DrugsExcluded:
    """None of these drugs (generic names), and none of these classes, was given."""

    any_of: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Biomarker:
    """A result, positive or negative, or at least so many per cent of tumour cells: one of the two."""

    name: str
    result: str | None = None
    min_percent: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Hla:
    """One of these alleles: "A*02:01"; "A*02" is any allele of the group."""

    alleles: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Fusion:
    """One of these fusions, "SS18::SSX1"; one gene alone is any fusion of it."""

    any_of: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One of these mutations, "KIT exon 11"; one gene alone is any mutation of it."""

    any_of: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class MeasurableDisease:
    """Measurable by RECIST 1.1: answered by a person."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What nobody could structure: a question to a person, and the answer that the trial wants."""

    id: str
    text: str
    wanted: str = "yes"
    words: str = ""


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them."""

    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Any_:
    """At least one of them."""

    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    child: "Node"


Leaf = (
    Histology
    | Extent
    | Resectability
    | PerformanceStatus
    | Age
    | Sex
    | Lines
    | DrugsRequired
    | DrugsExcluded
    | Biomarker
    | Hla
    | Fusion
    | Mutation
    | MeasurableDisease
    | Ask
)
Node = All | Any_ | Not | Leaf

KINDS: Final[dict[str, type[Leaf]]] = {
    "histology": Histology,
    "extent": Extent,
    "resectability": Resectability,
    "performance_status": PerformanceStatus,
    "age": Age,
    "sex": Sex,
    "lines": Lines,
    "drugs_required": DrugsRequired,
    "drugs_excluded": DrugsExcluded,
    "biomarker": Biomarker,
    "hla": Hla,
    "fusion": Fusion,
    "mutation": Mutation,
    "measurable_disease": MeasurableDisease,
    "ask": Ask,
}
"""By the `kind` of the JSON tree, in the order in which an editor offers them."""

KIND_OF: Final[dict[type[Leaf], str]] = {leaf: kind for kind, leaf in KINDS.items()}

KIND_LABELS: Final = {
    "histology": "Histology",
    "extent": "Extent of the disease",
    "resectability": "Resectability",
    "performance_status": "Performance status (ECOG)",
    "age": "Age",
    "sex": "Sex",
    "lines": "Earlier systemic treatments",
    "drugs_required": "Drugs that must have been given",
    "drugs_excluded": "Drugs that must not have been given",
    "biomarker": "Biomarker",
    "hla": "HLA type",
    "fusion": "Gene fusion",
    "mutation": "Mutation",
    "measurable_disease": "Measurable disease",
    "ask": "A question to a person",
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of a trial, and the number of their version."""

    root: Node
    number: int


def children_of(node: Node) -> tuple[Node, ...]:
    """What stands directly below; nothing for a leaf."""
    if isinstance(node, All | Any_):
        return node.children
    return (node.child,) if isinstance(node, Not) else ()


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf, in the order of the tree."""
    if not isinstance(node, All | Any_ | Not):
        yield node
    for child in children_of(node):
        yield from leaves(child)


def questions(root: Node) -> dict[str, str]:
    """What the tree may ask of a person: the text by the key of the answer."""
    asked: dict[str, str] = {}
    for leaf in leaves(root):
        if isinstance(leaf, Ask):
            asked.setdefault(leaf.id, leaf.text)
        elif isinstance(leaf, MeasurableDisease):
            asked[MEASURABLE_DISEASE] = QUESTIONS[MEASURABLE_DISEASE]
        elif isinstance(leaf, DrugsRequired | DrugsExcluded | Lines):
            asked[TREATMENTS_COMPLETE] = QUESTIONS[TREATMENTS_COMPLETE]
    return asked
