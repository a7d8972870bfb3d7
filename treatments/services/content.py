"""What a plan contains: as a form sends it, as the check's contract has it, and how it is judged now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NoReturn

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from accounts.models import User
from cases.models import Episode
from treatments import in_force
from treatments.guidance.check import check_typed, facts_hash, stage_of, version
from treatments.guidance.contract import ContractError, parse
from treatments.guidance.facts import Facts, TrialMatch
from treatments.guidance.local import NO_LOCAL_GUIDANCE, LocalGuidance, StandingReason
from treatments.models import Check, Plan, Treatment
from trials.matching import Offer, offers
from trials.standing import standing

MOST_TREATMENTS = 20
OF_THE_REGISTER: Final = "TRIAL-1"
"""The rule whose findings turn on the register of trials, beside the facts and the plan. None takes an answer."""
MOST_TRIALS: Final = 5
"""Trials that a check names at most, those most worth asking; the case's page of trials has the others."""
TREATMENT_FIELDS = ("modality", "procedure", "timing", "technique", "kind", "drugs", "text")


@dataclass(frozen=True, slots=True)
class TreatmentContent:
    """One treatment, in the words of the contract; an empty text is a value not given."""

    modality: str
    procedure: str = ""
    timing: str = ""
    technique: str = ""
    kind: str = ""
    drugs: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class PlanContent:
    """What a person may say in a plan, before it has a row."""

    intent: str
    treatments: tuple[TreatmentContent, ...]
    trial: str = ""
    palliative_care_referral: bool | None = None
    named_surgeon: User | None = None


@dataclass(frozen=True)
class Judgement:
    """A plan checked on the facts of its episode as both stand now; not yet a row."""

    case_facts: Mapping[str, Any]
    plan_content: dict[str, Any]
    result: dict[str, Any]
    local_rules: list[str] = field(default_factory=list)
    reasons: Mapping[tuple[str, int | None], StandingReason] = field(default_factory=dict)

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.result["findings"]
        return found

    @cached_property
    def facts_hash(self) -> str:
        return facts_hash(self.case_facts)

    def same_as(self, made: Check) -> bool:
        """Whether a check that was made says the same on the same facts, plan and guidance.

        A trial that opened or closed meanwhile voids no answer and holds up no plan.
        """
        return (
            made.facts_hash == self.facts_hash
            and made.guidance_version == version()
            and made.plan_content == self.plan_content
            and without_trials(made.result) == without_trials(self.result)
        )


@dataclass
class FieldErrors:
    """Collects what is wrong by field, so that everything is told at once."""

    errors: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)

    def raise_any(self) -> None:
        if self.errors:
            raise ValidationError({name: list(texts) for name, texts in self.errors.items()})


def content_of(plan: Plan) -> dict[str, Any]:
    """The `plan` of the contract for a plan that has a row."""
    return _contract(
        plan.intent,
        plan.trial,
        plan.palliative_care_referral,
        plan.episode.case.team.organisation.offers_limb_perfusion,
        plan.treatments.all(),
    )


def contract_of(content: PlanContent, *, offers_limb_perfusion: bool | None) -> dict[str, Any]:
    """The `plan` of the contract for a plan that has none yet."""
    return _contract(
        content.intent,
        content.trial,
        content.palliative_care_referral,
        offers_limb_perfusion,
        content.treatments,
    )


def _contract(
    intent: str,
    trial: str,
    palliative_care_referral: bool | None,
    offers_limb_perfusion: bool | None,
    treatments: Iterable[Treatment | TreatmentContent],
) -> dict[str, Any]:
    return {
        "intent": intent or None,
        "trial": trial or None,
        "palliative_care_referral": palliative_care_referral,
        "treating_centre_offers_ilp": offers_limb_perfusion,
        "treatments": [_treatment(treatment) for treatment in treatments],
    }


def _treatment(treatment: Treatment | TreatmentContent) -> dict[str, Any]:
    values = {name: getattr(treatment, name) for name in TREATMENT_FIELDS}
    return {name: list(value) if name == "drugs" else value for name, value in values.items() if value}


def without_trials(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a check said without what the register of trials offered on that day; advice changes no verdict."""
    findings = [each for each in result["findings"] if each["rule"] != OF_THE_REGISTER]
    return {**result, "findings": findings}


def trials_for(episode: Episode) -> tuple[TrialMatch, ...]:
    """What the register offers the episode now, what is most worth asking first; one statement."""
    return tuple(TrialMatch(each.number, _titled(each)) for each in offers(episode)[:MOST_TRIALS])


def _titled(offer: Offer) -> str:
    """With why to ask first, where the register's entry cannot be relied on."""
    return ". ".join([offer.title, *standing(offer.trial)])


def judge(
    case_facts: Mapping[str, Any],
    plan_content: dict[str, Any],
    local: LocalGuidance = NO_LOCAL_GUIDANCE,
    trials: Sequence[TrialMatch] = (),
) -> Judgement:
    """Check a plan, also on a team's own rules. `trials`: what the register offers, where that is asked.

    Raises ValidationError by field: `intent`, `treatments.0.timing`, or none for the record.
    """
    try:
        case, plan = parse(dict(case_facts), plan_content)
    except ContractError as error:
        _refuse(error)
    result = check_typed(case, plan, trials=trials, local=local.as_rules).to_dict()
    reasons: Mapping[tuple[str, int | None], StandingReason] = {}
    if local.reasons:
        reasons = local.reasons_for(result["findings"], Facts(case, plan, stage_of(case)))
    return Judgement(case_facts, plan_content, result, local.versions, reasons)


def reasons_of(made: Check, local: LocalGuidance) -> Mapping[tuple[str, int | None], StandingReason]:
    """The standing reasons of today for the findings of a check that was made; none where it can't be read now."""
    if not local.reasons:
        return {}
    try:
        case, plan = parse(made.case_facts, made.plan_content)
    except ContractError:
        return {}
    return local.reasons_for(made.findings, Facts(case, plan, stage_of(case)))


def judge_plan(
    plan: Plan, local: LocalGuidance | None = None, trials: Sequence[TrialMatch] = ()
) -> Judgement:
    """A plan as it stands now; `local`: what its team added to the guidance, where the caller has read it.

    `trials` are needed where a check is written or shown; whether a plan can go on does not turn on them.
    """
    if local is None:
        local = in_force.of_team(plan.episode.case.team_id)
    return judge(plan.episode.facts, content_of(plan), local, trials)


def _refuse(error: ContractError) -> NoReturn:
    found = FieldErrors()
    for path, messages in error.errors.items():
        room, _, name = path.partition(".")
        for message in messages:
            if room == "plan":
                found.add(name or NON_FIELD_ERRORS, message.removeprefix("plan."))
            else:
                found.add(NON_FIELD_ERRORS, f"The record of the case does not fit together: {message}")
    found.raise_any()
    raise error


def validate(content: PlanContent, *, offers_limb_perfusion: bool | None) -> None:
    """Raise ValidationError by field unless the content can be saved and checked."""
    found = FieldErrors()
    _fits(Plan(intent=content.intent, trial=content.trial), ("intent", "trial"), "", found)
    if len(content.treatments) > MOST_TREATMENTS:
        found.add("treatments", f"A plan takes at most {MOST_TREATMENTS} treatments.")
    for place, treatment in enumerate(content.treatments):
        row = Treatment(**{name: _column(getattr(treatment, name)) for name in TREATMENT_FIELDS})
        _fits(row, TREATMENT_FIELDS, f"treatments.{place}.", found)
    try:
        judge({}, contract_of(content, offers_limb_perfusion=offers_limb_perfusion))
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            found.errors[name] = messages
    found.raise_any()


def _column(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _fits(row: Plan | Treatment, names: tuple[str, ...], path: str, found: FieldErrors) -> None:
    """Lengths, as the columns have them."""
    for name in names:
        column: models.Field[Any, Any] = row._meta.get_field(name)  # type: ignore[assignment]
        try:
            column.clean(getattr(row, name), row)
        except ValidationError as error:
            for message in error.messages:
                found.add(f"{path}{name}", message)


def read_content(plan: Plan) -> PlanContent:
    """A plan's content as a form would send it."""
    return PlanContent(
        intent=plan.intent,
        trial=plan.trial,
        palliative_care_referral=plan.palliative_care_referral,
        named_surgeon=plan.named_surgeon,
        treatments=tuple(
            TreatmentContent(
                row.modality, row.procedure, row.timing, row.technique, row.kind, tuple(row.drugs), row.text
            )
            for row in plan.treatments.all()
        ),
    )
