"""What clinicians decide about a schedule: confirm, change, not want it; and rows of the table that a team approves."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState, check_version
from cases.models import Patient
from cases.services.refusals import Refusals
from followup import schedules
from followup.models import (
    ReminderKind,
    ReviewKind,
    ReviewSchedule,
    ScheduleApproval,
    ScheduleStatus,
)
from followup.schedules import Phase
from followup.services.people import must_be_of
from followup.services.reminding.reminders import settle
from followup.services.reviewing.endings import locked_schedule
from followup.services.reviewing.next_review import plan_first
from followup.workflow import SCHEDULE

NOTE = 300


@dataclass(frozen=True)
class ScheduleDetails:
    """What a clinician confirms. `first_on`: the first review, where none is planned; None: by the schedule."""

    from_on: date
    phases: tuple[Phase, ...]
    responsible: User
    note: str = ""
    first_on: date | None = None


@transaction.atomic
def confirm_schedule(
    *, schedule: ReviewSchedule, version: int | None, details: ScheduleDetails, by: User
) -> ReviewSchedule:
    """Confirm a proposed schedule, as it is or changed with a note; its first review is planned."""
    schedule = locked_schedule(schedule)
    by.must(Permission.CONFIRM_SCHEDULE, schedule.episode.case.team_id)
    SCHEDULE.check(schedule.status, ScheduleStatus.CONFIRMED)
    check_version(schedule, version)
    changed = _is_changed(schedule, details)
    refused = _refuse(schedule, details)
    if changed and schedule.pathway != schedules.OWN and not details.note.strip():
        refused.add("note", "Note is needed: say why this schedule differs from the proposed one.")
    if details.first_on is not None and details.first_on < timezone.localdate():
        refused.add("first_on", "First review is in the past. Enter today or a later date.")
    refused.settle()
    _write(schedule, details)
    schedule.status, schedule.confirmed_by, schedule.confirmed_at = (
        ScheduleStatus.CONFIRMED,
        by,
        timezone.now(),
    )
    schedule.save()
    settle(kind=ReminderKind.SCHEDULE_TO_CONFIRM, target_id=schedule.pk)
    _record(EventType.SCHEDULE_CONFIRMED, schedule, by, changed=changed)
    if plan_first(schedule=schedule, due_on=details.first_on, by=by) is None:
        message = (
            "By these phases every review is over. Enter the first review, longer phases, or “not wanted”."
        )
        raise ValidationError({"first_on": [message]})
    return schedule


@transaction.atomic
def change_schedule(
    *, schedule: ReviewSchedule, version: int | None, details: ScheduleDetails, by: User
) -> ReviewSchedule:
    """Change a confirmed schedule. The review that is planned keeps its date; those after it follow the change."""
    schedule = locked_schedule(schedule)
    by.must(Permission.CONFIRM_SCHEDULE, schedule.episode.case.team_id)
    if schedule.status != ScheduleStatus.CONFIRMED:
        label = ScheduleStatus(schedule.status).label.lower()
        raise WrongState("follow-up schedule", label, "changed")
    check_version(schedule, version)
    refused = _refuse(schedule, details)
    refused.need("note", "Note", details.note.strip())
    refused.settle()
    _write(schedule, details)
    schedule.save()
    _record(EventType.SCHEDULE_CHANGED, schedule, by, changed=True)
    return schedule


@transaction.atomic
def refuse_schedule(
    *, schedule: ReviewSchedule, version: int | None, reason: str, by: User
) -> ReviewSchedule:
    """Say that the proposed schedule is not wanted, and why."""
    schedule = locked_schedule(schedule)
    by.must(Permission.CONFIRM_SCHEDULE, schedule.episode.case.team_id)
    SCHEDULE.check(schedule.status, ScheduleStatus.NOT_WANTED)
    check_version(schedule, version)
    refused = Refusals()
    refused.need("reason", "Reason", reason.strip())
    refused.length("reason", "Reason", reason, NOTE)
    refused.settle()
    schedule.status, schedule.note = ScheduleStatus.NOT_WANTED, reason
    schedule.save()
    settle(kind=ReminderKind.SCHEDULE_TO_CONFIRM, target_id=schedule.pk)
    _record(EventType.SCHEDULE_NOT_WANTED, schedule, by, changed=False)
    return schedule


@transaction.atomic
def approve_schedule(*, team: Team, pathway: str, by: User) -> ScheduleApproval:
    """Answer for a row of the table without a published source, so that it is proposed to the team."""
    by.must(Permission.APPROVE_SCHEDULE, team)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    doubtful = [row.key for row in schedules.pathways().values() if row.uncertain]
    refused = Refusals()
    refused.need("pathway", "Schedule", pathway)
    refused.choice("pathway", "Schedule", pathway, doubtful)
    refused.settle()
    row, made = ScheduleApproval.objects.get_or_create(
        team=team,
        pathway=pathway,
        edition=schedules.edition(),
        withdrawn_at=None,
        defaults={"approved_by": by},
    )
    if made:
        audit.record(EventType.SCHEDULE_APPROVED, target=row, by=by, data={"pathway": pathway})
    return row


@transaction.atomic
def withdraw_approval(*, approval: ScheduleApproval, by: User) -> ScheduleApproval:
    """The row is proposed no longer; schedules that were confirmed stand."""
    by.must(Permission.APPROVE_SCHEDULE, approval.team)
    approval = ScheduleApproval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    if approval.withdrawn_at is None:
        approval.withdrawn_at, approval.withdrawn_by = timezone.now(), by
        approval.save(update_fields=["withdrawn_at", "withdrawn_by"])
        data = {"pathway": approval.pathway}
        audit.record(EventType.SCHEDULE_APPROVAL_WITHDRAWN, target=approval, by=by, data=data)
    return approval


def _is_changed(schedule: ReviewSchedule, details: ScheduleDetails) -> bool:
    phases = [phase.as_json() for phase in details.phases]
    return (schedule.from_on, schedule.phases) != (details.from_on, phases)


def _refuse(schedule: ReviewSchedule, details: ScheduleDetails) -> Refusals:
    case = schedule.episode.case
    refused = Refusals()
    patient = Patient.objects.select_for_update(no_key=True).get(pk=case.patient_id)
    if patient.is_dead:
        refused.add("__all__", "The patient has died, so no follow-up can be planned.")
    refused.past("from_on", "Months count from", details.from_on, born=patient.birth_on)
    for line in schedules.phase_errors(details.phases, ReviewKind.values):
        refused.add("phases", line)
    refused.length("note", "Note", details.note, NOTE)
    who = ("responsible", "Who is responsible")
    must_be_of(case.team_id, details.responsible, Permission.PLAN_REVIEW, refused, *who)
    return refused


def _write(schedule: ReviewSchedule, details: ScheduleDetails) -> None:
    schedule.from_on, schedule.note = details.from_on, details.note
    schedule.phases = [phase.as_json() for phase in details.phases]
    schedule.responsible = details.responsible


def _record(event: EventType, schedule: ReviewSchedule, by: User, *, changed: bool) -> None:
    data = {"pathway": schedule.pathway, "changed": changed}
    audit.record(event, target=schedule, by=by, case_id=schedule.episode.case_id, data=data)
