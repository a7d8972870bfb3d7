"""TRIAL-1 and OPINION-1: what the patient can be offered beside the plan."""

from collections.abc import Collection, Iterator
from typing import Final

from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import Hit, Rule


def _open_trials(facts: Facts) -> Iterator[Hit]:
    if facts.in_trial:
        return
    for match in facts.trials:
        name = f"{match.title} ({match.trial})" if match.title else match.trial
        yield Hit(
            trial=match.trial,
            message=f"A trial that is open, {name}, may fit this case. Look at its criteria before the plan is agreed.",
        )


def _departs(severities: Collection[str]) -> bool:
    return "deviation" in severities


RULES: Final = (
    Rule(
        id="TRIAL-1",
        document="CRUK",
        section="Clinical trials; MSK",
        severity="advice",
        title="An open trial that may fit",
        fires_when=(
            "An open trial of the register may fit the case and the plan, and the plan names no trial. One finding "
            "for each trial. Without the register this rule stays silent."
        ),
        message="An open trial may fit this case. Look at its criteria before the plan is agreed.",
        finder=_open_trials,
    ),
    Rule(
        id="OPINION-1",
        document="CRUK",
        section="Getting a second opinion",
        severity="advice",
        title="A second opinion where the plan departs from the guidance",
        fires_when="Any deviation was found, also by a centre's own rule.",
        message="The plan departs from the guidance: offer the patient a second opinion.",
        follower=_departs,
    ),
)
