"""Which standard of care fits a case and its plan, and what makes a case one to discuss; pure, without Django.

Source: NHS England, Streamlining MDT meetings: every case stays listed; one whose need an agreed standard of care meets
is not discussed; a recurrent or uncertain one always is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cases.clinical.contract import CaseFacts, ContractError, Treatment, is_recorded, parse_case
from cases.clinical.vocabulary import DECISION_FACTS
from treatments.guidance.check import stage_of
from treatments.guidance.contract import PlanFacts, parse
from treatments.guidance.facts import Facts
from treatments.guidance.local import Condition, read_condition

NEVER: Final = frozenset({"contradiction", "missing", "deviation"})
"""Findings that a standard of care does not take; a caution it takes once it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard of care in force: of which cases it speaks, and what is then planned."""

    version_id: int
    label: str
    title: str
    condition: Condition
    plan: PlanFacts

    def is_plan(self, plan: PlanFacts) -> bool:
        """Whether that plan is the standard's: the same intent and treatments, in any order, and no trial."""
        return _content(plan) == _content(self.plan)

    def fits(self, case: CaseFacts, plan: PlanFacts) -> bool:
        return self.is_plan(plan) and self.condition.of_case(Facts(case, plan, stage_of(case)))


def read_standard(
    version_id: int, label: str, title: str, condition: Mapping[str, Any], plan: Mapping[str, Any]
) -> Standard:
    """A standard from its data, as a version that was saved holds it."""
    _, read = parse({}, dict(plan))
    return Standard(version_id, label, title, read_condition(condition), read)


def _content(plan: PlanFacts) -> tuple[Any, ...]:
    return plan.intent, plan.trial, sorted(map(_line, plan.treatments))


def _line(treatment: Treatment) -> tuple[Any, ...]:
    """What a treatment says. Words of its own belong to it: a plan that says more than the standard is not it."""
    names = ("modality", "procedure", "timing", "technique", "kind")
    said = tuple(getattr(treatment, name) or "" for name in names)
    return (*said, tuple(sorted(treatment.drugs)), " ".join((treatment.text or "").casefold().split()))


def standard_for(
    standards: Iterable[Standard], facts: Mapping[str, Any], plan: Mapping[str, Any]
) -> Standard | None:
    """The first of the standards that fits the facts and the plan; both as the guidance contract has them.

    A record that does not fit together fits no standard.
    """
    try:
        case, read = parse(dict(facts), dict(plan))
    except ContractError:
        return None
    return next((each for each in standards if each.fits(case, read)), None)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an episode beside its facts."""

    is_primary: bool
    is_confirmed: bool = True
    tests_pending: bool = False
    is_overridden: bool = False
    has_gaps: bool = False
    has_died: bool = False
    is_unratified: bool = False


def doubts(facts: Mapping[str, Any], record: Record) -> tuple[str, ...]:
    """Why the case is discussed whatever its plan: recurrent, uncertain or incomplete."""
    try:
        case = parse_case(dict(facts))
    except ContractError:
        return ("the record of the case does not fit together",)
    found = {
        "the patient has died": record.has_died,
        "it is no first tumour: recurrent or residual disease is discussed": _is_recurrent(case, record),
        "the diagnosis is not confirmed": not record.is_confirmed,
        "tests of the pathologist are pending": record.tests_pending,
        "a clinician overrode the stage": record.is_overridden,
        f"uncertain: {', '.join(_unknown(case))}": bool(_unknown(case)),
        "facts are missing that somebody owes": record.has_gaps,
        "a decision of this case waits for its ratification, or was not ratified": record.is_unratified,
    }
    return tuple(words for words, applies in found.items() if applies)


def _is_recurrent(case: CaseFacts, record: Record) -> bool:
    return not record.is_primary or case.disease_status not in (None, "primary")


def _unknown(case: CaseFacts) -> list[str]:
    """Decision facts that are recorded as not knowable, and values that say as much."""
    said = [fact for fact in dict.fromkeys(case.not_known) if not is_recorded(case, fact)]
    said += [fact for fact, value in (("grade", "GX"), ("m", "MX")) if getattr(case, fact) == value]
    return [DECISION_FACTS[fact].lower() for fact in dict.fromkeys(said)]


def never_taken(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The findings of a check that keep its plan from being a standard of care, each in words."""
    return [str(each["message"]) for each in findings if each["severity"] in NEVER]


def sentence(reasons: Sequence[str]) -> str:
    """Reasons as one sentence of a page."""
    said = "; ".join(reasons)
    return f"{said[:1].upper()}{said[1:]}." if said else ""
