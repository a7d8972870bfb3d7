"""What every decision brings about once it is recorded: its plan waits for the patient, and other rooms hear of it."""

from accounts.models import User
from audit import services as audit
from audit.events import EventType
from mdt.models import Decision
from treatments.models import Hold
from treatments.services import place_hold
from treatments.workflow import PlanStatus

NOT_TOLD = Hold.Kind.PATIENT_NOT_TOLD


def announce(decision: Decision, by: User, *, decided_by: User | None = None) -> None:
    """`decided_by`: whose decision it is, where somebody else writes it down."""
    _hold_until_told(decision, decided_by or by)
    data = {"outcome": decision.outcome, "kind": decision.kind, "quorate": decision.is_quorate}
    audit.record(EventType.DECISION_RECORDED, target=decision, by=by, case_id=decision.case_id, data=data)


def _hold_until_told(decision: Decision, by: User) -> None:
    """An agreed plan does not start before the patient was told; one that was held for that already stays as it is."""
    plan = decision.plan
    if plan is None or not decision.is_final or decision.case.patient.is_dead:
        return
    plan.refresh_from_db(fields=["status"])
    if plan.status == PlanStatus.AGREED and not plan.holds.filter(kind=NOT_TOLD).exists():
        place_hold(plan=plan, kind=NOT_TOLD, by=by)
