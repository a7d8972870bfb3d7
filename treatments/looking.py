"""Which rules looked at which treatment, so that a page can say what was not checked; pure, without Django."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from treatments.guidance.rules import RULES, Rule

_CHEMOTHERAPY: Final = frozenset({"chemotherapy"})
_SURGERY: Final = frozenset({"surgery"})
_RADIOTHERAPY: Final = frozenset({"radiotherapy"})
_IMMUNOTHERAPY: Final = frozenset({"immunotherapy"})
_GIST_DRUGS: Final = frozenset({"targeted_therapy", "chemotherapy", "other_drug"})
_TIMED: Final = frozenset(
    {"radiotherapy", "chemotherapy", "targeted_therapy", "hormone_therapy", "immunotherapy"}
)

# The modalities of the treatments that a rule speaks of (T in the guidance's table); a rule without an entry
# speaks of the plan as a whole.
MODALITIES_OF_RULE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    dict.fromkeys(("SURG-2", "SURG-3", "SURG-4", "SURG-5", "SURG-7", "SURG-8"), _SURGERY)
    | dict.fromkeys(("RT-1", "RT-4", "RT-5", "RT-7"), _RADIOTHERAPY)
    | dict.fromkeys(("SEQ-1", "SEQ-2"), _TIMED)
    | dict.fromkeys(("SEQ-3", "ILP-1", "ILP-2"), _CHEMOTHERAPY)
    | dict.fromkeys(("CHEMO-1", "CHEMO-2", "CHEMO-3", "CHEMO-4", "CHEMO-5"), _CHEMOTHERAPY)
    | dict.fromkeys(("TARGET-1", "TARGET-3", "TARGET-4"), _GIST_DRUGS)
    | dict.fromkeys([f"IO-{number}" for number in range(1, 10)], _IMMUNOTHERAPY)
)


def rules_about(modality: str, scope: str) -> list[Rule]:
    """The rules that speak of a treatment of that modality in that scope, built or not."""
    about = [rule for rule in RULES if modality in MODALITIES_OF_RULE.get(rule.id, ())]
    return [rule for rule in about if scope in rule.scopes]


def looked(modality: str, scope: str) -> list[Rule]:
    return [rule for rule in rules_about(modality, scope) if rule.built]


def did_not_look(modality: str, scope: str) -> list[Rule]:
    """Rules about the treatment that are not built: nobody should read their silence as consent."""
    return [rule for rule in rules_about(modality, scope) if not rule.built]


def not_built(scope: str) -> list[Rule]:
    return [rule for rule in RULES if not rule.built and scope in rule.scopes]


def not_applied(scope: str) -> list[Rule]:
    """Rules that are silent in this scope, because their document does not write about such tumours."""
    return [rule for rule in RULES if scope not in rule.scopes]
