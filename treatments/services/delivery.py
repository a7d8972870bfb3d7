"""What became of an agreed plan: started, completed, declined by the patient, or not delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.services import record
from audit.workflow import check_version
from cases.models import TreatmentGiven
from cases.models.case import CaseEventType
from cases.services.cases import move_case
from cases.services.events import note
from cases.services.facts import record_treatment_given
from cases.workflow import CASE, CaseStatus
from treatments.models import NotDelivered, Plan
from treatments.services.checking import PlanRefused, locked, must_live
from treatments.services.content import FieldErrors, content_of
from treatments.workflow import PLAN, PlanStatus

MOST_REASON = 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """One treatment of the plan that was given: its place in the plan, from 0, and when."""

    treatment: int
    started_on: date | None = None
    ended_on: date | None = None


@transaction.atomic
def start_plan(*, plan: Plan, version: int | None, on: date, by: User) -> Plan:
    """Record that treatment began; refused while a hold stands."""
    plan = _moving(plan, PlanStatus.IN_PROGRESS, version, by)
    must_live(plan.episode)
    holds = [hold.get_kind_display().lower() for hold in plan.holds.filter(lifted_at__isnull=True)]
    if holds:
        raise PlanRefused(f"This plan is on hold, so it cannot start: {' and '.join(holds)}.")
    _must_be_possible("on", on, plan)
    _move(plan, PlanStatus.IN_PROGRESS, EventType.PLAN_STARTED, by)
    note(case=plan.episode.case, type=CaseEventType.TREATMENT_STARTED, on=on, note=str(plan), by=by)
    _move_case(plan, CaseStatus.ON_TREATMENT, by)
    return plan


@transaction.atomic
def complete_plan(*, plan: Plan, version: int | None, on: date, given: Sequence[Delivered], by: User) -> Plan:
    """Record that the plan is finished, and what of it was given."""
    plan = _moving(plan, PlanStatus.COMPLETED, version, by)
    _must_be_possible("on", on, plan)
    if not given:
        message = "Say which treatments were given. Where none was, record the plan as not delivered."
        raise ValidationError({NON_FIELD_ERRORS: [message]})
    _record_given(plan, given, by)
    _move(plan, PlanStatus.COMPLETED, EventType.PLAN_COMPLETED, by)
    note(case=plan.episode.case, type=CaseEventType.TREATMENT_ENDED, on=on, note=str(plan), by=by)
    _move_case(plan, CaseStatus.FOLLOW_UP, by)
    return plan


@transaction.atomic
def decline_plan(*, plan: Plan, version: int | None, reason: str, by: User) -> Plan:
    """Record that the patient declined the plan, in the patient's words."""
    plan = _moving(plan, PlanStatus.DECLINED, version, by)
    plan.status_reason = _words(reason, "Write why the patient declined, in their words.")
    _move(plan, PlanStatus.DECLINED, EventType.PLAN_DECLINED, by)
    return plan


@transaction.atomic
def plan_not_delivered(
    *,
    plan: Plan,
    version: int | None,
    reason_code: str,
    reason: str = "",
    given: Sequence[Delivered] = (),
    by: User,
) -> Plan:
    """Record that the plan was not carried out, or not to its end, and why; what was given by then is kept."""
    plan = _moving(plan, PlanStatus.NOT_DELIVERED, version, by)
    if reason_code not in NotDelivered.values:
        raise ValidationError({"reason_code": ["Choose why the plan was not delivered."]})
    if reason_code == NotDelivered.OTHER or reason:
        reason = _words(reason, "Write what the other reason is.")
    began = plan.status == PlanStatus.IN_PROGRESS
    plan.status_reason, plan.not_delivered_reason = reason, reason_code
    _record_given(plan, given, by)
    _move(plan, PlanStatus.NOT_DELIVERED, EventType.PLAN_NOT_DELIVERED, by, reason=reason_code)
    if began:
        today = timezone.localdate()
        note(case=plan.episode.case, type=CaseEventType.TREATMENT_ENDED, on=today, note=str(plan), by=by)
    return plan


def _moving(plan: Plan, to: PlanStatus, version: int | None, by: User) -> Plan:
    plan = locked(plan)
    by.must(Permission.DELIVER_PLAN, plan.episode.case.team)
    PLAN.check(plan.status, to)
    check_version(plan, version)
    return plan


def _move(plan: Plan, to: PlanStatus, event: EventType, by: User, **data: str) -> None:
    plan.status = to
    plan.save()
    record(event, target=plan, by=by, case_id=plan.episode.case_id, data=dict(data))


def _move_case(plan: Plan, to: CaseStatus, by: User) -> None:
    """The case follows its plan, unless it is listed again or closed meanwhile."""
    case = plan.episode.case
    case.refresh_from_db(fields=["status", "version"])
    if CASE.allows(case.status, to):
        move_case(case=case, to=to, by=by)


def _must_be_possible(name: str, on: date, plan: Plan) -> None:
    if on > timezone.localdate():
        raise ValidationError({name: ["The date is in the future. Give the day on which it happened."]})
    if plan.agreed_at and on < timezone.localdate(plan.agreed_at):
        agreed = timezone.localdate(plan.agreed_at)
        message = f"The date is before the plan was agreed, on {agreed.day} {agreed:%b %Y}."
        raise ValidationError({name: [message]})


def _words(text: str, message: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationError({"reason": [message]})
    if len(text) > MOST_REASON:
        raise ValidationError({"reason": [f"Use at most {MOST_REASON} characters; these are {len(text)}."]})
    return text


def _record_given(plan: Plan, given: Sequence[Delivered], by: User) -> None:
    """One row for each treatment given; errors are keyed by its place in the plan: `given.0.started_on`."""
    lines = content_of(plan)["treatments"]
    found = FieldErrors()
    for each in given:
        if not 0 <= each.treatment < len(lines):
            found.add(NON_FIELD_ERRORS, f"The plan has no treatment {each.treatment + 1}.")
            continue
        dates = {"started_on": each.started_on, "ended_on": each.ended_on}
        treatment = lines[each.treatment] | {name: day for name, day in dates.items() if day}
        try:
            record_treatment_given(
                episode=plan.episode, treatment=treatment, source=TreatmentGiven.Source.DELIVERED, by=by
            )
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                for message in messages:
                    found.add(f"given.{each.treatment}.{name}", message)
    found.raise_any()
