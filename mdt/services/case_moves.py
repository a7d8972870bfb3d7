"""Where a decision takes its case."""

from datetime import date

from accounts.models import User
from cases.models import Case
from cases.models.case import CaseEventType
from cases.services import cases, events
from cases.workflow import CASE, CaseStatus, ClosedReason
from mdt.models import Decision, Listing
from mdt.workflow import CASE_AFTER, CLOSED_FOR, OUTCOME_OWED, DecisionKind
from treatments.workflow import PlanStatus

BEGUN: dict[str, CaseStatus] = {
    PlanStatus.IN_PROGRESS: CaseStatus.ON_TREATMENT,
    PlanStatus.COMPLETED: CaseStatus.FOLLOW_UP,
}


def move_case_after(decision: Decision, earlier: Decision | None, *, discussed_on: date, by: User) -> None:
    """The case moves on with its outcome; a provisional decision only marks it as discussed.

    A correction first takes back where the decision before it had taken the case; what answers a decision of another
    meeting, or of none, finds the case on the list. What a standard of care decides was not discussed: that its plan
    is agreed stands in the timeline.
    """
    case = Case.objects.get(pk=decision.case_id)
    words = f"{decision.get_outcome_display()} ({decision.get_kind_display().lower()})"
    corrects = earlier is not None and earlier.listing_id == decision.listing_id
    if decision.ratifies_id:
        words = f"Ratified: {decision.get_outcome_display()}"
    elif earlier and earlier.kind == DecisionKind.URGENT:
        words = f"Not ratified: {words}"
    elif corrects:
        words = f"Corrected: {words}"
    if decision.kind != DecisionKind.STANDARD_OF_CARE:
        events.note(case=case, type=CaseEventType.DISCUSSED, on=discussed_on, note=words, by=by)
    if earlier and corrects:
        if not _is_where_it_took(case, earlier):
            return
        case = _taken_back(case, by)
    if case.status != CaseStatus.CLOSED and not _waits_elsewhere(decision):
        _move(case, _target(decision), decision, by)
        _catch_up(case, decision, by)


def _catch_up(case: Case, decision: Decision, by: User) -> None:
    """A plan that began by an urgent decision has taken its case further than a meeting's decision does."""
    plan = decision.plan
    if plan is None or plan.status not in BEGUN:
        return
    case.refresh_from_db(fields=["status", "version"])
    if CASE.allows(case.status, BEGUN[plan.status]):
        cases.move_case(case=case, to=BEGUN[plan.status], by=by)


def _target(decision: Decision) -> CaseStatus:
    if decision.kind == DecisionKind.PROVISIONAL:
        return CaseStatus.DISCUSSED
    return CaseStatus(CASE_AFTER.get(decision.outcome, CaseStatus.DISCUSSED))


def _move(case: Case, to: CaseStatus, decision: Decision, by: User) -> None:
    if to == CaseStatus.CLOSED:
        cases.close_case(case=case, reason=ClosedReason(CLOSED_FOR[decision.outcome]), by=by)
        return
    if not CASE.allows(case.status, to) and CASE.allows(case.status, CaseStatus.DISCUSSED):
        case = cases.move_case(case=case, to=CaseStatus.DISCUSSED, by=by)
    if CASE.allows(case.status, to):
        cases.move_case(case=case, to=to, by=by)


def _is_where_it_took(case: Case, earlier: Decision) -> bool:
    """Else the case has gone its own way since: on treatment, listed again, closed for another reason."""
    reason = CLOSED_FOR.get(earlier.outcome, "") if case.status == CaseStatus.CLOSED else ""
    return case.status == _target(earlier) and case.closed_reason == reason


def _taken_back(case: Case, by: User) -> Case:
    if case.status == CaseStatus.CLOSED:
        case = cases.move_case(case=case, to=CaseStatus.ACCEPTED, by=by)
    return cases.move_case(case=case, to=CaseStatus.LISTED, by=by)


def _waits_elsewhere(decision: Decision) -> bool:
    """The case is on a later meeting's list by now: there it waits."""
    listing = decision.listing
    if listing is None:
        return False
    rows = Listing.objects.filter(episode__case=decision.case_id, status__in=OUTCOME_OWED)
    return rows.filter(meeting__starts_at__gt=listing.meeting.starts_at).exists()
