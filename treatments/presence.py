"""Who must be present before a plan may be agreed, by its treatments; pure, without Django."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol


class Line(Protocol):
    """One treatment of a plan, as a row of the table or as the check's contract has it."""

    @property
    def modality(self) -> str: ...

    @property
    def procedure(self) -> str | None: ...

    @property
    def technique(self) -> str | None: ...


@dataclass(frozen=True)
class Present:
    """Someone who was there while the case was discussed, in one role, with what they may give."""

    person_id: int
    name: str
    role: str
    competences: tuple[str, ...] = ()


Presence = tuple[Present, ...]


@dataclass(frozen=True)
class Need:
    """Someone whom a plan's treatments need; `label` goes on in "… must be present"."""

    code: str
    label: str


SURGEON: Final = Need("surgeon", "a specialist surgeon")
SYSTEMIC: Final = Need("systemic_treatment", "someone who gives systemic treatment")
RADIOTHERAPY: Final = Need("radiotherapy", "someone who gives radiotherapy")
SUPPORT: Final = Need("palliative_or_nurse", "a palliative care doctor or a clinical nurse specialist")
NAMED_SURGEON: Final = Need("named_surgeon", "an operating specialist, named for the removal of metastases")

NEEDS: Final = (SURGEON, SYSTEMIC, RADIOTHERAPY, SUPPORT, NAMED_SURGEON)

SIX_ROLES: Final = frozenset(
    {"surgeon", "oncologist", "nurse_specialist", "pathologist", "radiologist", "palliative_care"}
)

# Ablation, monitoring and other need no competence of their own.
_OF_MODALITY: Final = {
    "surgery": SURGEON,
    "radiotherapy": RADIOTHERAPY,
    "chemotherapy": SYSTEMIC,
    "targeted_therapy": SYSTEMIC,
    "hormone_therapy": SYSTEMIC,
    "immunotherapy": SYSTEMIC,
    "other_drug": SYSTEMIC,
    "best_supportive_care": SUPPORT,
}

_MEETS: Final[dict[str, Callable[[Present], bool]]] = {
    "surgeon": lambda person: person.role == "surgeon",
    "systemic_treatment": lambda person: "systemic_treatment" in person.competences,
    "radiotherapy": lambda person: "radiotherapy" in person.competences,
    "palliative_or_nurse": lambda person: person.role in ("palliative_care", "nurse_specialist"),
    # a name on the plan is what is owed; nobody's presence stands in for it
    "named_surgeon": lambda person: False,
}


def need_of(treatment: Line) -> Need | None:
    """Whom one treatment needs."""
    if treatment.modality == "chemotherapy" and treatment.technique == "isolated_limb_perfusion":
        return SURGEON
    return _OF_MODALITY.get(treatment.modality)


def needs_of(treatments: Iterable[Line], named_surgeon: object | None) -> list[Need]:
    """Whom the treatments need, each once; a metastasectomy also needs its operating specialist's name."""
    lines = list(treatments)
    wanted = {need_of(line) for line in lines}
    if named_surgeon is None and any(is_metastasectomy(line) for line in lines):
        wanted.add(NAMED_SURGEON)
    return [need for need in NEEDS if need in wanted]


def is_metastasectomy(treatment: Line) -> bool:
    return treatment.modality == "surgery" and treatment.procedure == "metastasectomy"


def meets(person: Present, need: Need) -> bool:
    """Whether that person may stand for the need; observers and other roles never do."""
    return person.role in SIX_ROLES and _MEETS[need.code](person)


def unmet(needs: Iterable[Need], presence: Presence) -> list[Need]:
    """The needs for which nobody was there."""
    return [need for need in needs if not any(meets(person, need) for person in presence)]
