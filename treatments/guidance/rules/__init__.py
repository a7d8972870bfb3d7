"""Every rule of the guidance, in the order of its table."""

from typing import Final

from treatments.guidance.rules import (
    chemotherapy,
    fitness,
    immunotherapy,
    missing,
    offers,
    radiotherapy,
    sequence,
    spread,
    surgery,
    targeted,
)
from treatments.guidance.rules.rule import Hit, Rule

RULES: Final[tuple[Rule, ...]] = (
    *missing.RULES,
    *fitness.RULES,
    *surgery.RULES,
    *radiotherapy.RULES,
    *sequence.RULES,
    *chemotherapy.RULES,
    *targeted.RULES,
    *spread.RULES,
    *immunotherapy.RULES,
    *offers.RULES,
)

__all__ = ["RULES", "Hit", "Rule"]
