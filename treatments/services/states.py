"""The moves of a plan that is being carried out, in the caller's transaction, with what each tells the case."""

from datetime import date

from django.utils import timezone

from accounts.models import User
from audit.events import EventType
from audit.services import record
from cases.models.case import CaseEventType
from cases.services.cases import move_case
from cases.services.events import note
from cases.workflow import CASE, CaseStatus
from treatments.models import Plan
from treatments.workflow import PLAN, PlanStatus


def begin(plan: Plan, on: date, by: User) -> None:
    """The first treatment began."""
    move(plan, PlanStatus.IN_PROGRESS, EventType.PLAN_STARTED, by)
    note(case=plan.episode.case, type=CaseEventType.TREATMENT_STARTED, on=on, note=str(plan), by=by)
    _move_case(plan, CaseStatus.ON_TREATMENT, by)


def complete(plan: Plan, on: date, by: User) -> None:
    """The last treatment ended, and something was given."""
    move(plan, PlanStatus.COMPLETED, EventType.PLAN_COMPLETED, by)
    note(case=plan.episode.case, type=CaseEventType.TREATMENT_ENDED, on=on, note=str(plan), by=by)
    _move_case(plan, CaseStatus.FOLLOW_UP, by)


def not_delivered(plan: Plan, reason_code: str, reason: str, by: User | None) -> None:
    """Nothing of it was given to its end."""
    began = plan.status == PlanStatus.IN_PROGRESS
    plan.status_reason, plan.not_delivered_reason = reason, reason_code
    move(plan, PlanStatus.NOT_DELIVERED, EventType.PLAN_NOT_DELIVERED, by, reason=reason_code)
    if began:
        today = timezone.localdate()
        note(case=plan.episode.case, type=CaseEventType.TREATMENT_ENDED, on=today, note=str(plan), by=by)


def move(plan: Plan, to: PlanStatus, event: EventType, by: User | None, **data: str) -> None:
    """To the next state, with its event; the caller counted the version up."""
    PLAN.check(plan.status, to)
    plan.status = to
    plan.save()
    record(event, target=plan, by=by, case_id=plan.episode.case_id, data=dict(data))


def _move_case(plan: Plan, to: CaseStatus, by: User) -> None:
    """The case follows its plan, unless it is listed again or closed meanwhile."""
    case = plan.episode.case
    case.refresh_from_db(fields=["status", "version"])
    if CASE.allows(case.status, to):
        move_case(case=case, to=to, by=by)
