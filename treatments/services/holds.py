"""Holds: why an agreed plan may not start yet."""

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.services import record
from audit.workflow import check_version
from treatments.models import Hold, Plan
from treatments.services.checking import PlanRefused, locked
from treatments.workflow import PlanStatus

# Who asks the second opinion, or tells the patient, holds and lifts.
HOLD_PERMISSION = {
    Hold.Kind.SECOND_OPINION: Permission.ASK_OPINION,
    Hold.Kind.PATIENT_NOT_TOLD: Permission.TELL_PATIENT,
}
# Whoever records the decision leaves the plan on hold until the patient has been told.
PLACES_TOO = {Hold.Kind.PATIENT_NOT_TOLD: Permission.RECORD_DECISION}
BEFORE_THE_START = (PlanStatus.DRAFT, PlanStatus.PROPOSED, PlanStatus.AGREED)


@transaction.atomic
def place_hold(
    *, plan: Plan, kind: Hold.Kind, note: str = "", version: int | None = None, by: User | None
) -> Hold:
    """Keep a plan from starting; a hold of the kind that stands already is given back as it is.

    `by` is None where the service itself places it, because of what a plan just proposed has to wait for.
    """
    plan = locked(plan)
    team = plan.episode.case.team
    if by is not None and not (kind in PLACES_TOO and by.may(PLACES_TOO[kind], team)):
        by.must(HOLD_PERMISSION[kind], team)
    check_version(plan, version)
    standing = plan.holds.filter(kind=kind, lifted_at__isnull=True).first()
    if standing is not None:
        return standing
    if plan.status not in BEFORE_THE_START:
        words = plan.get_status_display().lower()
        raise PlanRefused(f"This plan is {words}: it can no longer be put on hold.")
    plan.save(update_fields=["version"])
    hold = Hold.objects.create(plan=plan, kind=kind, note=note, placed_by=by)
    record(
        EventType.HOLD_PLACED,
        target=hold,
        by=by,
        case_id=plan.episode.case_id,
        data={"plan": plan.pk, "kind": kind},
    )
    return hold


@transaction.atomic
def lift_hold(*, plan: Plan, kind: Hold.Kind, version: int | None = None, by: User | None) -> Hold | None:
    """Let a plan start as far as this kind of hold goes; None where none of the kind stands.

    `by` is None where what it waited for came from outside the team, as an opinion does.
    """
    plan = locked(plan)
    if by is not None:
        by.must(HOLD_PERMISSION[kind], plan.episode.case.team)
    check_version(plan, version)
    hold = plan.holds.select_for_update().filter(kind=kind, lifted_at__isnull=True).first()
    if hold is None:
        return None
    plan.save(update_fields=["version"])
    hold.lifted_at, hold.lifted_by = Now(), by
    hold.save(update_fields=["lifted_at", "lifted_by"])
    record(
        EventType.HOLD_LIFTED,
        target=hold,
        by=by,
        case_id=plan.episode.case_id,
        data={"plan": plan.pk, "kind": kind},
    )
    return hold
