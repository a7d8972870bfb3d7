"""What a rule of the guidance is, and what it finds."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from cases.clinical.contract import Treatment
from treatments.guidance.facts import Facts

# In scope bone CRUK's text on soft tissue is silent: beside contradictions only these speak.
BONE_RULES: Final = frozenset(
    {"FACTS-1", "SURG-8", "RT-5", "RT-6", "RT-8", "SEQ-3", "FIT-1", "TRIAL-1", "OPINION-1"}
    | {f"IO-{number}" for number in range(1, 10)}
)
INTERMEDIATE_RULES: Final = frozenset({"FACTS-1"})

# A rule may speak only of a sarcoma that has spread, or only of one that is localised.
SPREAD: Final = "spread"
LOCALISED: Final = "localised"

# What "spread" and "localised" are read from.
SPREAD_FACTS: Final = ("m", "metastatic_sites", "disease_status")

SURGERY: Final = frozenset({"surgery"})
RADIOTHERAPY: Final = frozenset({"radiotherapy"})
CHEMOTHERAPY: Final = frozenset({"chemotherapy"})
IMMUNOTHERAPY: Final = frozenset({"immunotherapy"})
DRUGS: Final = frozenset(
    {"chemotherapy", "targeted_therapy", "hormone_therapy", "immunotherapy", "other_drug"}
)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found. Severity and message only where they differ from the rule's own."""

    fact: str | None = None
    trial: str | None = None
    severity: str | None = None
    message: str | None = None


OfPlan = Callable[[Facts], bool]
OfTreatment = Callable[[Facts, Treatment], bool]
Finder = Callable[[Facts], Iterable[Hit]]
Follower = Callable[[Collection[str]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `facts` are the keys of the case that it reads; `fires_when` says its condition in words.

    `fact` is the one that it misses, where that is always the same; `course` is SPREAD or LOCALISED where the rule
    speaks of no other sarcoma.

    One of four conditions makes the rule: `of_plan` reads the facts; `of_treatment` also one treatment of `modalities`,
    of any modality where `any_modality` is set; `finder` says itself what it found on the plan; `follower` reads the
    severities of everything else that was found. A rule without any is declared and not built.
    """

    id: str
    document: str
    section: str
    severity: str
    title: str
    fires_when: str
    message: str
    course: str | None = None
    facts: tuple[str, ...] = ()
    fact: str | None = None
    modalities: frozenset[str] = frozenset()
    any_modality: bool = False
    of_plan: OfPlan | None = None
    of_treatment: OfTreatment | None = None
    finder: Finder | None = None
    follower: Follower | None = None

    @property
    def built(self) -> bool:
        return any((self.of_plan, self.of_treatment, self.finder, self.follower))

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes in which the rule can fire."""
        always = self.severity == "contradiction"
        bone = ("bone",) if always or self.id in BONE_RULES else ()
        intermediate = ("intermediate",) if always or self.id in INTERMEDIATE_RULES else ()
        return ("soft_tissue", *bone, *intermediate)

    def speaks_of(self, scope: str, course: str | None) -> bool:
        """Whether the rule can fire in the scope, on a sarcoma that is localised, has spread, or (None) neither."""
        return scope in self.scopes and self.course in (None, course)

    def looks_at(self, modality: str) -> bool:
        """Whether the rule is about treatments of this modality."""
        return modality in self.modalities or self.any_modality
