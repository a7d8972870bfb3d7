"""The minimum data set of a case before its discussion, as a table: what is asked for, of whom and when; pure.

Sources: FACTS-1 of the guidance (decision factors); UK soft tissue sarcoma guideline 2024 (MRI of the primary, CT of
the chest before radical treatment, core biopsy read by a sarcoma pathologist, a retroperitoneal mass to the MDT before
any biopsy); NICE QS78 (key worker).

Most referrals turn out benign. What only decides between treatments of a malignant tumour (the chest, spread, nodes,
grade, general health, whether it can be resected) is asked for once a histology that is not benign is recorded, the
site or the course raises the suspicion by itself, or a plan is proposed; a lipoma on MRI is asked for none of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cases.clinical.contract import is_recorded, read_case
from treatments.guidance.check import stage_of
from treatments.guidance.contract import PlanFacts
from treatments.guidance.facts import Facts
from treatments.guidance.rules import missing as guidance

PATHOLOGIST: Final = "pathologist"
RADIOLOGIST: Final = "radiologist"
ONCOLOGIST: Final = "oncologist"
NURSE: Final = "nurse_specialist"

SHOWS_THE_PRIMARY: Final = frozenset({"mri", "ct", "pet_ct"})
SHOWS_THE_CHEST: Final = frozenset({"ct_chest", "pet_ct"})

ARRIVED: Final = "arrived"
NOT_KNOWN: Final = "not_known"
NOT_NEEDED: Final = "not_needed"

(_FACTS_1,) = guidance.RULES
_NO_PLAN: Final = PlanFacts(intent="curative", treatments=())


@dataclass(frozen=True)
class Records:
    """What the minimum data set asks for beside the facts; pathology is that of the case up to this episode."""

    imaging: frozenset[str] = frozenset()
    has_pathology: bool = False
    has_specialist_reading: bool = False
    says_why_not_graded: bool = False
    has_key_worker: bool = False
    says_what_patient_knows: bool = False
    was_discussed: bool = False
    has_plan: bool = False
    not_known: frozenset[str] = frozenset()
    """Recorded as not knowable, what the guidance does not ask for included."""


@dataclass(frozen=True)
class Missing:
    """One thing that is missing, and the role that owes it."""

    code: str
    label: str
    role: str


@dataclass(frozen=True)
class Situation:
    """A case as the table looks at it."""

    facts: Facts
    records: Records
    asked: frozenset[str] = field(default=frozenset())
    """Decision factors that the guidance calls missing."""

    @classmethod
    def of(cls, facts: Mapping[str, Any], records: Records) -> "Situation":
        case = read_case(dict(facts), {})
        known = Facts(case, _NO_PLAN, stage_of(case))
        hits = _FACTS_1.finder(known) if _FACTS_1.finder else ()
        return cls(known, records, frozenset(str(hit.fact) for hit in hits))

    @property
    def is_retroperitoneal(self) -> bool:
        return (self.facts.case.topography or "").startswith("C48")

    @property
    def biopsy_waits(self) -> bool:
        """A retroperitoneal mass comes to the MDT before anybody takes a biopsy, so no histology is chased."""
        return self.is_retroperitoneal and not (self.records.has_pathology or self.records.was_discussed)

    @property
    def is_benign(self) -> bool:
        """By its histology; FACTS-1 knows no benign tumours."""
        return (self.facts.case.morphology or "").endswith("/0") and not self.facts.spread

    @property
    def is_suspected(self) -> bool:
        """Whether the treatment of a malignant tumour is in question: by histology, else by what else is recorded."""
        if self.is_benign:
            return self.records.has_plan
        case = self.facts.case
        recurred = case.disease_status not in (None, "primary")
        treated = bool(case.prior_treatments) or self.records.has_plan
        return (
            case.morphology is not None or self.facts.spread or recurred or treated or self.is_retroperitoneal
        )

    @property
    def is_operated(self) -> bool:
        return self.facts.done.has_primary_surgery


Question = Callable[[Situation], bool]


@dataclass(frozen=True)
class Item:
    """A row of the table."""

    code: str
    label: str
    role: str
    applies: Question
    is_there: Question
    is_not_known: Question = lambda _: False

    def lacks(self, situation: Situation) -> bool:
        settled = self.is_there(situation) or self.is_not_known(situation)
        return not settled and self.applies(situation)


def _decision_factor(
    code: str,
    label: str,
    role: str,
    *,
    always: bool = False,
    histology: bool = False,
    or_else: Question = lambda _: False,
) -> Item:
    """A fact that FACTS-1 asks for, of a suspected malignant tumour or `always`; histology, once biopsy is due."""
    return Item(
        code,
        label,
        role,
        applies=lambda s: (
            code in s.asked and (always or s.is_suspected) and not (histology and s.biopsy_waits)
        ),
        is_there=lambda s: is_recorded(s.facts.case, code) or or_else(s),
        is_not_known=lambda s: code in s.facts.case.not_known,
    )


def _local_treatment_is_open(situation: Situation) -> bool:
    facts = situation.facts
    return not facts.spread and facts.scope != "intermediate" and not situation.is_operated


def _depth_counts(situation: Situation) -> bool:
    """Depth to the fascia has a meaning in the trunk and the limbs."""
    return situation.facts.stage.family == "trunk_extremity" and _local_treatment_is_open(situation)


ITEMS: Final[tuple[Item, ...]] = (
    _decision_factor("morphology", "Type of the tumour", PATHOLOGIST, always=True, histology=True),
    _decision_factor("topography", "Site of the primary", RADIOLOGIST, always=True),
    _decision_factor("performance_status", "General health", ONCOLOGIST),
    _decision_factor("m", "Whether it has spread", RADIOLOGIST),
    _decision_factor("n", "Lymph nodes", RADIOLOGIST),
    _decision_factor("size_mm", "Size (greatest dimension)", RADIOLOGIST, always=True),
    _decision_factor(
        "grade",
        "Grade, or why it is not graded",
        PATHOLOGIST,
        histology=True,
        or_else=lambda s: s.records.says_why_not_graded,
    ),
    _decision_factor("mitotic_rate", "Mitotic rate", PATHOLOGIST, histology=True),
    Item(
        "depth",
        "Depth",
        RADIOLOGIST,
        applies=_depth_counts,
        is_there=lambda s: s.facts.case.depth is not None,
        is_not_known=lambda s: "depth" in s.records.not_known,
    ),
    Item(
        "resectability",
        "Whether it can be resected",
        RADIOLOGIST,
        applies=lambda s: s.is_suspected and _local_treatment_is_open(s),
        is_there=lambda s: s.facts.case.resectability is not None,
        is_not_known=lambda s: "resectability" in s.records.not_known,
    ),
    Item(
        "primary_imaging",
        "MRI or CT of the tumour",
        RADIOLOGIST,
        applies=lambda s: s.facts.case.disease_status != "metastatic_recurrence",
        is_there=lambda s: not SHOWS_THE_PRIMARY.isdisjoint(s.records.imaging),
    ),
    Item(
        "chest_imaging",
        "CT of the chest",
        RADIOLOGIST,
        applies=lambda s: s.is_suspected and s.facts.scope != "intermediate",
        is_there=lambda s: not SHOWS_THE_CHEST.isdisjoint(s.records.imaging),
    ),
    Item(
        "pathology_report",
        "Pathology report",
        PATHOLOGIST,
        applies=lambda s: not (s.biopsy_waits or s.is_benign),
        is_there=lambda s: s.records.has_pathology,
        is_not_known=lambda s: "morphology" in s.facts.case.not_known,
    ),
    Item(
        "second_reading",
        "Specialist pathology review",
        PATHOLOGIST,
        applies=lambda s: s.records.has_pathology,
        is_there=lambda s: s.records.has_specialist_reading,
    ),
    Item(
        "key_worker",
        "Key worker",
        NURSE,
        applies=lambda _: True,
        is_there=lambda s: s.records.has_key_worker,
    ),
    Item(
        "patient_knows",
        "What the patient knows",
        NURSE,
        applies=lambda _: True,
        is_there=lambda s: s.records.says_what_patient_knows,
    ),
)
"""In the order in which they are asked for."""

BY_CODE: Final[Mapping[str, Item]] = {item.code: item for item in ITEMS}


def missing(facts: Mapping[str, Any], records: Records) -> tuple[Missing, ...]:
    """What the case lacks; a fact that was recorded as not knowable is not missing.

    `facts` is the `case` of the guidance contract, as `Episode.facts` holds it.
    """
    situation = Situation.of(facts, records)
    return tuple(Missing(item.code, item.label, item.role) for item in ITEMS if item.lacks(situation))


def why_settled(code: str, facts: Mapping[str, Any], records: Records) -> str:
    """Why something is missing no longer: it arrived, was recorded as not knowable, or is not asked for."""
    item = BY_CODE.get(code)
    if item is None:
        return NOT_NEEDED
    situation = Situation.of(facts, records)
    if item.is_there(situation):
        return ARRIVED
    return NOT_KNOWN if item.is_not_known(situation) else NOT_NEEDED
