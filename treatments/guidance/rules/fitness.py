"""FIT-1: intensive treatment of somebody who may be too unwell for it."""

from typing import Final

from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import Rule

_INTENSIVE: Final = frozenset({"surgery", "chemotherapy", "immunotherapy"})


def _is_unfit_for_it(facts: Facts) -> bool:
    return not facts.fit and not facts.planned.modalities.isdisjoint(_INTENSIVE)


RULES: Final = (
    Rule(
        id="FIT-1",
        document="CRUK",
        section="Deciding what treatment you need",
        severity="caution",
        title="Intensive treatment of an unfit patient",
        fires_when=("Performance status is 3 or 4, and the plan has surgery, chemotherapy or immunotherapy."),
        message=(
            "The patient is recorded as performance status 3 or 4, and the plan has treatment that is hard "
            "on somebody so unwell. Say why it is in their interest, or whether their state can be improved first."
        ),
        facts=("performance_status",),
        of_plan=_is_unfit_for_it,
    ),
)
