"""The JSON contract of the guidance check: a case and a plan, read, validated by field, typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cases.clinical.contract import (
    CaseFacts,
    ContractError,
    Errors,
    Reader,
    Treatment,
    one_of,
    read_case,
    read_treatments,
)
from cases.clinical.vocabulary import INTENTS

PLAN_KEYS: Final = ("intent", "trial", "palliative_care_referral", "treating_centre_offers_ilp", "treatments")
_REGISTRY_NUMBER: Final = re.compile(
    r"\b(NCT[0-9]{8}|ISRCTN[0-9]{8}|20[0-9]{2}-[0-9]{6}-[0-9]{2}(-[0-9]{2})?)\b", re.I
)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A proposed plan as the contract has it."""

    intent: str
    treatments: tuple[Treatment, ...]
    trial: str | None = None
    palliative_care_referral: bool | None = None
    treating_centre_offers_ilp: bool | None = None

    @property
    def trial_number(self) -> str | None:
        """The registry number in the name of the trial, if it holds one."""
        found = _REGISTRY_NUMBER.search(self.trial or "")
        return found.group(1).upper() if found else None


def parse(case: object, plan: object) -> tuple[CaseFacts, PlanFacts]:
    """Case and plan, typed; raises ContractError with every error by field (`case.grade`)."""
    errors: Errors = {}
    read = read_case(case, errors)
    proposed = _read_plan(plan, errors)
    if errors:
        raise ContractError(errors)
    return read, proposed


def split(body: object) -> tuple[object, object]:
    """The case and the plan of a whole request body; raises ContractError with everything that is wrong in it."""
    errors: Errors = {}
    reader = Reader.of({} if body is None else body, "", errors, ("case", "plan"))
    if errors:
        outside = {key or "input": texts for key, texts in errors.items()}
        inside = _errors_inside(reader.data) if reader.data else {}
        raise ContractError(outside | inside)
    return reader.data.get("case"), reader.data.get("plan")


def _errors_inside(body: Mapping[str, object]) -> Errors:
    try:
        parse(body.get("case"), body.get("plan"))
    except ContractError as error:
        return dict(error.errors)
    return {}


def _read_plan(data: object, errors: Errors) -> PlanFacts:
    reader = Reader.of(data, "plan", errors, PLAN_KEYS)
    intent = reader.choice("intent", INTENTS)
    if reader.data.get("intent") is None:
        reader.refuse("intent", f"is needed. It must be one of: {one_of(INTENTS)}.")
    if reader.data.get("treatments") in (None, [], ()):
        reader.refuse("treatments", "is needed: at least one treatment.")
    return PlanFacts(
        intent=intent or "",
        treatments=read_treatments(reader, "treatments"),
        trial=reader.text("trial"),
        palliative_care_referral=reader.boolean("palliative_care_referral"),
        treating_centre_offers_ilp=reader.boolean("treating_centre_offers_ilp"),
    )


__all__ = ["CaseFacts", "ContractError", "PlanFacts", "Treatment", "parse", "split"]
