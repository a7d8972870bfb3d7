"""A team's own rules and standing reasons: conditions as data, read and applied; pure, without clock or database.

A local rule never speaks as a contradiction or of a missing fact, and a standing reason answers a deviation only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from cases.clinical import icdo3
from cases.clinical.contract import Treatment
from cases.clinical.vocabulary import (
    FAMILIES,
    KINDS,
    MODALITIES,
    PROCEDURES,
    TECHNIQUES,
    TIMINGS,
    generic_drug,
)
from treatments.guidance.facts import Facts
from treatments.guidance.rules import RULES, Rule
from treatments.guidance.vocabulary import SCOPES

SEVERITIES: Final = ("deviation", "caution", "advice")
REGIONS: Final = {
    "limb": "Limb",
    "girdle": "Limb girdle or pelvis",
    "elsewhere": "Elsewhere",
    "spinal": "Spine, or near it",
}
PLAN_HAS: Final = {
    "has": "has a treatment that is all of these",
    "has_no": "has no treatment that is all of these",
}
TREATMENT_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "modality": MODALITIES,
    "procedure": PROCEDURES,
    "timing": TIMINGS,
    "technique": {name: label for table in TECHNIQUES.values() for name, label in table.items()},
    "kind": KINDS,
}
ANSWERABLE: Final = {rule.id: rule.title for rule in RULES if rule.severity == "deviation"}
"""National rules for which there can be a standing reason."""

_HISTOLOGY: Final = re.compile(r"[0-9]{4}(/[0-9])?")
_SITE: Final = re.compile(r"C[0-9]{2}(\.[0-9])?")
_GROUP: Final = re.compile(r"(I|II|III|IV)[A-C]?")

# What a stage group is worked out from: another value of one of these, and an answer is owed again.
_STAGED_BY: Final = ("morphology", "topography", "family", "size_mm", "grade", "mitotic_rate", "t", "n", "m")

Errors = dict[str, list[str]]


class ConditionError(Exception):
    """What is wrong with a condition, by field."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors
        super().__init__("; ".join(text for texts in errors.values() for text in texts))


@dataclass(frozen=True, slots=True)
class TreatmentIs:
    """A treatment that is all of what is given."""

    modality: str | None = None
    procedure: str | None = None
    timing: str | None = None
    technique: str | None = None
    kind: str | None = None
    drug: str | None = None

    def matches(self, treatment: Treatment) -> bool:
        names = ("modality", "procedure", "timing", "technique", "kind")
        wanted = ((getattr(self, name), getattr(treatment, name)) for name in names)
        if any(value is not None and value != given for value, given in wanted):
            return False
        return self.drug is None or self.drug in treatment.drugs


@dataclass(frozen=True, slots=True)
class Condition:
    """Of which cases and plans a rule speaks: every part that is given must hold; what is not recorded never does."""

    histologies: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    stage_groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    plan: str | None = None
    treatment: TreatmentIs = field(default_factory=TreatmentIs)

    def of_case(self, facts: Facts) -> bool:
        stage = facts.stage
        return (
            _is_histology(facts.case.morphology, self.histologies)
            and _begins(facts.case.topography, self.sites)
            and (not self.regions or any(getattr(facts, region) for region in self.regions))
            and (not self.families or stage.family in self.families)
            and (not self.stage_groups or stage.group in self.stage_groups)
            and (not self.scopes or facts.scope in self.scopes)
        )

    def of_plan(self, facts: Facts) -> bool:
        """Of the case, and of what the plan has or lacks."""
        if not self.of_case(facts):
            return False
        if self.plan is None:
            return True
        there = any(self.treatment.matches(each) for each in facts.plan.treatments)
        return there if self.plan == "has" else not there

    @property
    def reads(self) -> tuple[str, ...]:
        """Keys of the case that it looks at."""
        keys: dict[str, None] = {}
        if self.histologies or self.scopes:
            keys["morphology"] = None
        if self.sites or self.regions or self.scopes:
            keys["topography"] = None
        if "spinal" in self.regions:
            keys["near_spine"] = None
        if self.families:
            keys |= dict.fromkeys(("morphology", "topography", "family"))
        if self.stage_groups:
            keys |= dict.fromkeys(_STAGED_BY)
        return tuple(keys)


def _begins(code: str | None, wanted: Sequence[str]) -> bool:
    """C49 means any site below it."""
    return not wanted or (code is not None and code.startswith(tuple(wanted)))


def _is_histology(code: str | None, wanted: tuple[str, ...]) -> bool:
    """8890 means any behaviour; a code of an earlier edition is what it now is, in the record and in the condition."""
    return not wanted or (code is not None and icdo3.current_code(code) in _current(wanted))


@lru_cache(maxsize=1024)
def _current(wanted: tuple[str, ...]) -> frozenset[str]:
    whole = {code for code in wanted if "/" in code}
    whole |= {f"{code}/{behaviour}" for code in wanted if "/" not in code for behaviour in range(10)}
    return frozenset(map(icdo3.current_code, whole))


@dataclass(frozen=True, slots=True)
class LocalRule:
    """A finding that a team added to the guidance."""

    id: str
    version: int
    team: str
    title: str
    condition: Condition
    severity: str
    message: str
    source: str


@dataclass(frozen=True, slots=True)
class StandingReason:
    """A reason that a team gives once for a deviation from a national rule, under a condition."""

    id: str
    version: int
    team: str
    rule: str
    condition: Condition
    reason_code: str
    text: str
    approved_by_id: int
    approved_by: str

    @property
    def label(self) -> str:
        return f"{self.id} v{self.version}"

    def answers(self, finding: Mapping[str, Any], facts: Facts) -> bool:
        """Whether it is a reason for this finding; never for anything but a deviation."""
        if finding["rule"] != self.rule or finding["severity"] != "deviation":
            return False
        condition, place = self.condition, finding["treatment"]
        if condition.plan != "has" or place is None:
            return condition.of_plan(facts)
        return condition.of_case(facts) and condition.treatment.matches(facts.plan.treatments[place])


@dataclass(frozen=True, slots=True)
class LocalGuidance:
    """What a team added to the guidance and is in force."""

    rules: tuple[LocalRule, ...] = ()
    reasons: tuple[StandingReason, ...] = ()

    @property
    def as_rules(self) -> tuple[Rule, ...]:
        """In the form that the check takes."""
        return tuple(map(rule_of, self.rules))

    @property
    def versions(self) -> list[str]:
        """Each with its version, so that a check made with them can be made again."""
        found = [(rule.id, rule.version) for rule in self.rules]
        found += [(reason.id, reason.version) for reason in self.reasons]
        return [f"{name} v{number}" for name, number in sorted(found, key=_by_number)]

    def reasons_for(
        self, findings: Iterable[Mapping[str, Any]], facts: Facts
    ) -> dict[tuple[str, int | None], StandingReason]:
        """The standing reason of each finding that has one, by rule and place; the first approved wins."""
        found: dict[tuple[str, int | None], StandingReason] = {}
        for finding in findings:
            reason = next((each for each in self.reasons if each.answers(finding, facts)), None)
            if reason is not None:
                found[finding["rule"], finding["treatment"]] = reason
        return found


NO_LOCAL_GUIDANCE: Final = LocalGuidance()
_PUBLISHED: Final = frozenset(rule.id for rule in RULES)


def own_words(finding: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a local finding asks and on what ground: the rule's next version may say other words under the same id.

    Nothing for a published rule, which says other things only as another rule.
    """
    if finding["rule"] in _PUBLISHED:
        return ()
    source = finding["source"]
    return finding["message"], source["document"], source["section"]


def _by_number(pair: tuple[str, int]) -> tuple[int, int]:
    return int(pair[0].rpartition("-")[2]), pair[1]


@lru_cache(maxsize=1024)
def rule_of(local: LocalRule) -> Rule:
    """A local rule as the check takes it: about each treatment that it means, or about the plan."""
    condition = local.condition
    about_treatments = condition.plan == "has"
    modality = condition.treatment.modality
    return Rule(
        id=local.id,
        document=f"Local: {local.team}",
        section=local.source,
        severity=local.severity,
        title=local.title,
        fires_when=words(condition),
        message=local.message,
        facts=condition.reads,
        modalities=frozenset({modality} if modality and about_treatments else ()),
        any_modality=about_treatments and modality is None,
        of_plan=None if about_treatments else condition.of_plan,
        of_treatment=_of_treatment(condition) if about_treatments else None,
    )


def _of_treatment(condition: Condition) -> Any:
    def fires(facts: Facts, treatment: Treatment) -> bool:
        return condition.treatment.matches(treatment) and condition.of_case(facts)

    return fires


# Conditions as data


def read_condition(data: Mapping[str, Any]) -> Condition:
    """A condition from its data; raises ConditionError with everything that is wrong, by field."""
    errors: Errors = {}
    found = Condition(
        histologies=_codes(
            data, "histologies", _HISTOLOGY, "such as 8890/3, or 8890 for any behaviour", errors
        ),
        sites=_codes(data, "sites", _SITE, "such as C49.2, or C49 for every site below it", errors),
        regions=_listed(data, "regions", REGIONS, errors),
        families=_listed(data, "families", FAMILIES, errors),
        stage_groups=_codes(data, "stage_groups", _GROUP, "such as IIIA", errors),
        scopes=_listed(data, "scopes", SCOPES, errors),
        plan=_plan(data, errors),
        treatment=_treatment(data.get("treatment") or {}, errors),
    )
    if found.plan is None and found.treatment != TreatmentIs():
        errors["plan"] = ["Say whether the plan has such a treatment, or has none."]
    elif found.plan is not None and found.treatment == TreatmentIs():
        errors["modality"] = ["Say which treatment is meant."]
    if errors:
        raise ConditionError(errors)
    return found


def _codes(
    data: Mapping[str, Any], name: str, form: re.Pattern[str], like: str, errors: Errors
) -> tuple[str, ...]:
    codes = [str(code).strip().upper() for code in data.get(name) or ()]
    wrong = [code for code in codes if not form.fullmatch(code)]
    if wrong:
        errors[name] = [f"{', '.join(wrong)[:100]}: give codes {like}, with commas between them."]
    return tuple(dict.fromkeys(codes))


def _listed(data: Mapping[str, Any], name: str, values: Mapping[str, str], errors: Errors) -> tuple[str, ...]:
    chosen = tuple(data.get(name) or ())
    if not set(chosen) <= set(values):
        errors[name] = ["Choose from the list."]
    return chosen


def _plan(data: Mapping[str, Any], errors: Errors) -> str | None:
    plan = data.get("plan") or None
    if plan is not None and plan not in PLAN_HAS:
        errors["plan"] = ["Choose from the list."]
    return plan


def _treatment(data: Mapping[str, Any], errors: Errors) -> TreatmentIs:
    values = {name: data.get(name) or None for name in TREATMENT_VALUES}
    for name, value in values.items():
        if value is not None and value not in TREATMENT_VALUES[name]:
            errors[name] = ["Choose from the list."]
    drug = (data.get("drug") or "").strip()
    return TreatmentIs(**values, drug=generic_drug(drug) if drug else None)


def condition_data(condition: Condition) -> dict[str, Any]:
    """A condition as data, without what it leaves open."""
    lists = ("histologies", "sites", "regions", "families", "stage_groups", "scopes")
    data: dict[str, Any] = {
        name: list(getattr(condition, name)) for name in lists if getattr(condition, name)
    }
    if condition.plan is not None:
        names = (*TREATMENT_VALUES, "drug")
        treatment = {name: getattr(condition.treatment, name) for name in names}
        data["plan"] = condition.plan
        data["treatment"] = {name: value for name, value in treatment.items() if value}
    return data


def words(condition: Condition) -> str:
    """A condition as a page says it."""
    parts = [
        _part("histology", [_histology(code) for code in condition.histologies]),
        _part("site", [_site(code) for code in condition.sites]),
        _part("region", [REGIONS[region].lower() for region in condition.regions]),
        _part("staging table", [FAMILIES[family] for family in condition.families]),
        _part("stage group", condition.stage_groups),
        _part("scope", [SCOPES[scope].partition(":")[0].lower() for scope in condition.scopes]),
    ]
    if condition.plan is not None:
        verb = "the plan has" if condition.plan == "has" else "the plan has no"
        parts.append(f"{verb} {_treatment_words(condition.treatment)}")
    told = [part for part in parts if part]
    return "; ".join(told) if told else "every plan"


def _part(name: str, values: Sequence[str]) -> str:
    return f"{name} {' or '.join(values)}" if values else ""


def _histology(code: str) -> str:
    return f"{icdo3.morphology_name(code)} ({code})" if "/" in code else code


def _site(code: str) -> str:
    return f"{icdo3.topography_name(code)} ({code})" if "." in code else code


def _treatment_words(treatment: TreatmentIs) -> str:
    told = [
        TREATMENT_VALUES[name][value].lower()
        for name in TREATMENT_VALUES
        if (value := getattr(treatment, name)) is not None
    ]
    return ", ".join([*told, *([treatment.drug] if treatment.drug else [])]) or "treatment"
