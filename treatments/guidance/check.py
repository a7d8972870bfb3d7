"""Checks a plan against the guidance: pure, without clock or database, so it can run anywhere and again."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from cases.clinical.contract import CaseFacts, case_notes
from cases.clinical.staging import Stage, stage
from treatments.guidance.contract import PlanFacts, parse, split
from treatments.guidance.facts import Facts
from treatments.guidance.rules import RULES, Hit, Rule

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
    facts: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule.id,
            "severity": self.severity,
            "treatment": self.treatment,
            "fact": self.fact,
            "trial": self.trial,
            "message": self.message,
            "source": {"document": self.rule.document, "section": self.rule.section},
            "facts": dict(self.facts),
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


def check_typed(case: CaseFacts, plan: PlanFacts) -> Answer:
    """Check a plan that has been read."""
    facts = Facts(case, plan, stage_of(case))
    scope = facts.scope
    findings = tuple(_findings(facts, scope))
    return Answer(
        guidance_version=version(),
        scope=scope,
        not_checked=not_checked(),
        stage=facts.stage,
        verdict=_verdict(scope, findings),
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


@lru_cache(maxsize=3)
def rules_in(scope: str) -> tuple[Rule, ...]:
    """The built rules that can fire in a scope, in the order of the table."""
    return tuple(rule for rule in RULES if rule.built and scope in rule.scopes)


def _findings(facts: Facts, scope: str) -> Iterator[Finding]:
    """In the order of the table, then by treatment."""
    severities: list[str] = []
    for rule in rules_in(scope):
        for hit in _hits(rule, facts, severities):
            finding = _finding(rule, hit, facts.case)
            severities.append(finding.severity)
            yield finding


def _hits(rule: Rule, facts: Facts, severities: list[str]) -> Iterator[Hit]:
    if rule.finder is not None:
        yield from rule.finder(facts)
    if rule.follower is not None:
        yield from rule.follower(tuple(severities))


def _finding(rule: Rule, hit: Hit, case: CaseFacts) -> Finding:
    keys = (hit.fact,) if hit.fact in rule.facts else rule.facts
    return Finding(
        rule=rule,
        severity=hit.severity or rule.severity,
        message=hit.message,
        treatment=hit.treatment,
        fact=hit.fact,
        trial=hit.trial,
        facts={key: _plain(getattr(case, key)) for key in keys if key},
    )


def _plain(value: Any) -> Any:
    """A fact as JSON has it."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {key: _plain(item) for key, item in asdict(value).items() if item not in (None, ())}
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
