"""What a rule of the guidance is, and what it finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from treatments.guidance.facts import Facts

# In scope bone CRUK's text on soft tissue is silent: beside contradictions only these speak.
BONE_RULES: Final = frozenset(
    {"FACTS-1", "SURG-8", "RT-5", "RT-6", "RT-8", "SEQ-3", "FIT-1", "TRIAL-1", "OPINION-1"}
    | {f"IO-{number}" for number in range(1, 10)}
)
INTERMEDIATE_RULES: Final = frozenset({"FACTS-1"})


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule fires. `severity` only where it differs from the rule's own."""

    message: str
    treatment: int | None = None
    fact: str | None = None
    trial: str | None = None
    severity: str | None = None


Finder = Callable[[Facts], Iterable[Hit]]
Follower = Callable[[Sequence[str]], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `facts` are the keys of the case that it reads; without finder or follower it is not built.

    `finder` reads the facts; `follower` reads the severities of what the rules before it have found.
    """

    id: str
    document: str
    section: str
    severity: str
    title: str
    facts: tuple[str, ...] = ()
    finder: Finder | None = None
    follower: Follower | None = None

    @property
    def built(self) -> bool:
        return self.finder is not None or self.follower is not None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes in which the rule can fire."""
        always = self.severity == "contradiction"
        bone = ("bone",) if always or self.id in BONE_RULES else ()
        intermediate = ("intermediate",) if always or self.id in INTERMEDIATE_RULES else ()
        return ("soft_tissue", *bone, *intermediate)
