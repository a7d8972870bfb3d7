"""Patients who are lost to follow-up, and those who are in touch again: said with what was tried, never left silent."""

from datetime import date

from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState
from cases.models import Case, Episode
from cases.models.case import CaseEventType
from cases.services.cases import close_case, move_case
from cases.services.events import note as note_event
from cases.services.refusals import Refusals
from cases.workflow import CASE, CaseStatus, ClosedReason
from followup.models import LossToFollowUp, ScheduleEnd
from followup.services.reviewing.endings import end_follow_up

TRIED = 2000


@transaction.atomic
def lose_to_follow_up(
    *, episode: Episode, tried: str, last_seen_on: date | None = None, by: User
) -> LossToFollowUp:
    """Say that the patient cannot be reached: follow-up ends, what is planned is off, and the case is closed."""
    case = Case.objects.locked(episode.case_id)
    by.must(Permission.CONFIRM_SCHEDULE, case.team_id)
    if case.status == CaseStatus.CLOSED:
        raise WrongState("case", "closed", "lost to follow-up")
    refused = Refusals()
    refused.need("tried", "What was tried", tried.strip())
    refused.length("tried", "What was tried", tried, TRIED)
    refused.past("last_seen_on", "Last seen", last_seen_on, born=case.patient.birth_on)
    if case.patient.is_dead:
        refused.add("__all__", "The patient has died: close the case with that reason.")
    refused.settle()
    loss = LossToFollowUp.objects.create(
        episode=episode, tried=tried, last_seen_on=last_seen_on, recorded_by=by
    )
    audit.record(EventType.LOST_TO_FOLLOW_UP, target=loss, by=by, case_id=case.pk)
    closed = close_case(case=case, reason=ClosedReason.LOST, by=by)
    end_follow_up(episode=episode, reason=ScheduleEnd.LOST, on=closed.closed_on or case.opened_on, by=by)
    return loss


@transaction.atomic
def find_again(*, loss: LossToFollowUp, on: date, by: User) -> LossToFollowUp:
    """The patient is in touch again: the case is open and in follow-up, and asks for a schedule."""
    loss = (
        LossToFollowUp.objects.select_for_update(of=("self",)).select_related("episode__case").get(pk=loss.pk)
    )
    case = Case.objects.locked(loss.episode.case_id)
    by.must(Permission.PLAN_REVIEW, case.team_id)
    if loss.found_on is not None:
        raise WrongState("patient", "in touch again", "in touch again")
    refused = Refusals()
    refused.need("on", "In touch again on", on)
    refused.past("on", "In touch again on", on, born=case.patient.birth_on)
    refused.order("on", "In touch again on", on, "the patient was last seen", loss.last_seen_on)
    if case.patient.is_dead:
        refused.add("__all__", "The patient has died.")
    refused.settle()
    loss.found_on, loss.found_by = on, by
    loss.save(update_fields=["found_on", "found_by"])
    audit.record(EventType.FOUND_AGAIN, target=loss, by=by, case_id=case.pk)
    _reopen(case, on, by)
    return loss


def _reopen(case: Case, on: date, by: User) -> None:
    """Back to follow-up; a case that was opened again for another reason goes its own way."""
    if case.status != CaseStatus.CLOSED:
        return
    case = move_case(case=case, to=CaseStatus.ACCEPTED, by=by)
    note_event(case=case, type=CaseEventType.REOPENED, on=on, note="In touch again", by=by)
    if CASE.allows(case.status, CaseStatus.FOLLOW_UP):
        move_case(case=case, to=CaseStatus.FOLLOW_UP, by=by)
