"""Every rule of the guidance, in the order of its table; those not built say so."""

from typing import Final

from treatments.guidance.rules import later, missing, radiotherapy, sequence, spread, surgery
from treatments.guidance.rules.rule import Hit, Rule

RULES: Final[tuple[Rule, ...]] = (
    *missing.RULES,
    *later.FIT,
    *surgery.RULES,
    *radiotherapy.RULES,
    *later.RADIOTHERAPY,
    *sequence.RULES,
    *later.DRUGS,
    *spread.SPREAD_RULES,
    *later.IMMUNOTHERAPY,
    *later.TRIALS,
    *spread.OPINION_RULES,
)

__all__ = ["RULES", "Hit", "Rule"]
