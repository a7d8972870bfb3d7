"""Checks a plan against the guidance: pure, without clock or database, so it can run anywhere and again."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from cases.clinical.contract import TREATMENT_KEYS, CaseFacts, Treatment, case_notes
from cases.clinical.staging import Stage, stage
from cases.clinical.vocabulary import MODALITIES
from treatments.guidance.contract import PlanFacts, parse, split
from treatments.guidance.facts import Facts, TrialMatch, fact_of
from treatments.guidance.rules import RULES, Hit, Rule
from treatments.guidance.rules.rule import Finder, Follower, OfPlan, OfTreatment

GUIDANCE_VERSION: Final = "2018.1"

# From worst to best; the worst finding gives the verdict.
_VERDICTS: Final = (
    ("contradiction", "contradicts_record"),
    ("missing", "incomplete"),
    ("deviation", "needs_reason"),
    ("caution", "needs_acknowledgement"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of the plan. `treatment` is the place, from 0, of the one that it is about."""

    rule: Rule
    severity: str
    message: str
    treatment: int | None
    fact: str | None
    trial: str | None
    case: CaseFacts

    @property
    def facts(self) -> dict[str, Any]:
        """The facts of the case that the rule looked at, as JSON has them."""
        keys = (self.fact,) if self.fact in self.rule.facts else self.rule.facts
        return {key: _plain(fact_of(self.case, key)) for key in keys if key}

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule.id,
            "severity": self.severity,
            "treatment": self.treatment,
            "fact": self.fact,
            "trial": self.trial,
            "message": self.message,
            "source": {"document": self.rule.document, "section": self.rule.section},
            "facts": self.facts,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a check, with the stage that it was made with."""

    guidance_version: str
    scope: str
    not_checked: tuple[str, ...]
    stage: Stage
    verdict: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer of the contract, ready for JSON."""
        return {
            "guidance_version": self.guidance_version,
            "scope": self.scope,
            "not_checked": list(self.not_checked),
            "stage": self.stage.to_dict(),
            "verdict": self.verdict,
            "findings": [finding.to_dict() for finding in self.findings],
            "notes": list(self.notes),
        }


def check(case: object, plan: object) -> dict[str, Any]:
    """Check a plan on a case, as the contract has them; raises ContractError with the errors by field."""
    return check_typed(*parse(case, plan)).to_dict()


def check_body(body: object) -> dict[str, Any]:
    """As check, for one object with the keys `case` and `plan`."""
    return check(*split(body))


def check_typed(
    case: CaseFacts, plan: PlanFacts, *, trials: Sequence[TrialMatch] = (), local: Sequence[Rule] = ()
) -> Answer:
    """Check a plan that has been read.

    `trials`: open trials that may fit, from the register. `local`: rules that a centre added, which speak in every
    scope after those of the table.
    """
    facts = Facts(case, plan, stage_of(case), trials)
    findings = tuple(_findings(facts, local))
    return Answer(
        guidance_version=version(),
        scope=facts.scope,
        not_checked=not_checked(),
        stage=facts.stage,
        verdict=_verdict(facts.scope, findings),
        findings=findings,
        notes=(*facts.stage.reading, *case_notes(case)),
    )


def stage_of(case: CaseFacts) -> Stage:
    """The stage of a case that has been read."""
    return stage({key: getattr(case, key) for key in _STAGING_KEYS})


_STAGING_KEYS: Final = (
    "morphology",
    "topography",
    "family",
    "size_mm",
    "grade",
    "mitotic_rate",
    "t",
    "n",
    "m",
    "staging_edition",
)


@lru_cache(maxsize=1)
def not_checked() -> tuple[str, ...]:
    """The ids of the rules that are not built."""
    return tuple(rule.id for rule in RULES if not rule.built)


def version() -> str:
    """The version of the guidance, marked while not every rule of it is built."""
    return f"{GUIDANCE_VERSION}-partial" if not_checked() else GUIDANCE_VERSION


@dataclass(frozen=True, slots=True)
class _RuleSet:
    """Rules sorted by what they look at, each with its place in the table."""

    of_plan: tuple[tuple[int, Rule, OfPlan], ...]
    of_treatment: Mapping[str, tuple[tuple[int, Rule, OfTreatment], ...]]
    finders: tuple[tuple[int, Rule, Finder], ...]
    followers: tuple[tuple[int, Rule, Follower], ...]

    @classmethod
    def of(cls, rules: Iterable[tuple[int, Rule]]) -> "_RuleSet":
        placed = tuple(rules)
        about = [(place, rule, rule.of_treatment) for place, rule in placed if rule.of_treatment]
        return cls(
            of_plan=tuple((place, rule, rule.of_plan) for place, rule in placed if rule.of_plan),
            of_treatment={
                modality: tuple(entry for entry in about if entry[1].looks_at(modality))
                for modality in MODALITIES
            },
            finders=tuple((place, rule, rule.finder) for place, rule in placed if rule.finder),
            followers=tuple((place, rule, rule.follower) for place, rule in placed if rule.follower),
        )


@lru_cache(maxsize=16)
def _rules_in(scope: str, course: str | None) -> _RuleSet:
    """The rules that can fire in a scope, on a sarcoma that is localised, has spread, or neither."""
    return _RuleSet.of((place, rule) for place, rule in enumerate(RULES) if rule.speaks_of(scope, course))


@lru_cache(maxsize=64)
def _local_rules(rules: tuple[Rule, ...], course: str | None) -> _RuleSet:
    speaking = (rule for rule in rules if rule.course in (None, course))
    return _RuleSet.of(enumerate(speaking, len(RULES)))


_WHOLE_PLAN: Final = -1
_Found = tuple[int, int, Finding]


def _findings(facts: Facts, local: Sequence[Rule]) -> list[Finding]:
    """In the order of the table, then by treatment."""
    rules = _rules_in(facts.scope, facts.course)
    found: list[_Found] = []
    _find(rules, facts, found)
    if local:
        _find(_local_rules(tuple(local), facts.course), facts, found)
    if found:
        severities = {finding.severity for _, _, finding in found}
        found += [
            (place, _WHOLE_PLAN, _finding(rule, facts.case))
            for place, rule, follows in rules.followers
            if follows(severities)
        ]
        found.sort(key=_PLACE)
    return [finding for _, _, finding in found]


_PLACE: Final = itemgetter(0, 1)


def _find(rules: _RuleSet, facts: Facts, found: list[_Found]) -> None:
    case = facts.case
    for place, rule, finder in rules.finders:
        found += [(place, _WHOLE_PLAN, _finding(rule, case, hit=hit)) for hit in finder(facts)]
    for place, rule, fires in rules.of_plan:
        if fires(facts):
            found.append((place, _WHOLE_PLAN, _finding(rule, case)))
    for number, treatment in enumerate(facts.plan.treatments):
        for place, rule, fires_on in rules.of_treatment[treatment.modality]:
            if fires_on(facts, treatment):
                found.append((place, number, _finding(rule, case, number)))


_PLAIN_HIT: Final = Hit()


def _finding(rule: Rule, case: CaseFacts, treatment: int | None = None, hit: Hit = _PLAIN_HIT) -> Finding:
    return Finding(
        rule=rule,
        severity=hit.severity or rule.severity,
        message=hit.message or rule.message,
        treatment=treatment,
        fact=hit.fact or rule.fact,
        trial=hit.trial,
        case=case,
    )


def _plain(value: Any) -> Any:
    """A fact as JSON has it."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Treatment):
        pairs = ((key, _plain(getattr(value, key))) for key in TREATMENT_KEYS)
        return {key: item for key, item in pairs if item not in (None, [])}
    return value


def _verdict(scope: str, findings: tuple[Finding, ...]) -> str:
    severities = {finding.severity for finding in findings}
    worst = next((verdict for severity, verdict in _VERDICTS if severity in severities), None)
    return worst or ("concordant" if scope == "soft_tissue" else "outside_guidance")


def facts_hash(case: Mapping[str, Any]) -> str:
    """SHA-256 over the facts of a case; what is left out, null or empty counts as the same."""
    canonical = json.dumps(_without_empty(case), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs = {key: _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in pairs.items() if item not in (None, [], {})}
    if isinstance(value, list | tuple):
        return [_without_empty(item) for item in value]
    return value
