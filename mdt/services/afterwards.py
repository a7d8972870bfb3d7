"""What follows a decision: dissent, and actions with their owners."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.services.refusals import Refusals
from mdt.models import Action, Decision, Dissent
from mdt.workflow import NotNow

NEEDED = "Write why it is not needed any more."


@dataclass(frozen=True)
class ActionDetails:
    """Something to be done after a decision."""

    text: str
    owner: User
    due_on: date


@dataclass(frozen=True)
class DissentDetails:
    """A member's disagreement."""

    person: User
    reason: str


@transaction.atomic
def record_dissent(*, decision: Decision, dissent: DissentDetails, by: User) -> Dissent:
    """Keep a member's disagreement, with name and reason."""
    by.must(Permission.DISSENT, decision.case.team_id)
    refusals = Refusals()
    refusals.need("reason", "Reason", dissent.reason.strip())
    refusals.length("reason", "Reason", dissent.reason, 2000)
    _of_the_team(refusals, "person", dissent.person, decision.case.team)
    refusals.settle()
    row = Dissent.objects.create(
        decision=decision, person=dissent.person, reason=dissent.reason.strip(), recorded_by=by
    )
    audit.record(EventType.DISSENT_RECORDED, target=row, by=by, case_id=decision.case_id)
    return row


@transaction.atomic
def set_action(*, decision: Decision, action: ActionDetails, by: User) -> Action:
    """Give someone something to do, by a date."""
    by.must(Permission.RECORD_DECISION, decision.case.team_id)
    refusals = Refusals()
    refusals.need("text", "Action", action.text.strip())
    refusals.length("text", "Action", action.text, 300)
    if action.due_on < timezone.localdate():
        refusals.add("due_on", "The date of an action has passed. Enter today or a later day.")
    _of_the_team(refusals, "owner", action.owner, decision.case.team)
    refusals.settle()
    row = Action.objects.create(
        decision=decision, text=action.text.strip(), owner=action.owner, due_on=action.due_on
    )
    audit.record(EventType.ACTION_SET, target=row, by=by, case_id=decision.case_id)
    return row


def _of_the_team(refusals: Refusals, name: str, person: User, team: Team) -> None:
    if not Membership.objects.in_team(team).filter(user=person).exists():
        refusals.add(name, f"{person} is not a member of this team. Choose a member.")


@transaction.atomic
def complete_action(*, action: Action, version: int | None = None, by: User) -> Action:
    """Mark an action as done; its owner may, and who records decisions."""
    action = _open_action(action, version, by)
    return _close(action, EventType.ACTION_DONE, by)


@transaction.atomic
def drop_action(*, action: Action, reason: str, version: int | None = None, by: User) -> Action:
    """Close an action that nobody need do any more, and say why; its owner may, and who records decisions."""
    action = _open_action(action, version, by)
    refusals = Refusals()
    if not reason.strip():
        refusals.add("reason", NEEDED)
    refusals.length("reason", "Why it is not needed any more", reason, 300)
    refusals.settle()
    action.not_needed_reason = reason.strip()
    return _close(action, EventType.ACTION_NOT_NEEDED, by)


@transaction.atomic
def reopen_action(*, action: Action, version: int | None = None, by: User) -> Action:
    """Take back that an action is done or not needed; its owner may, and who records decisions."""
    action = _locked(action, version, by)
    if action.done_at is None:
        raise NotNow("The action is open already.")
    action.done_at, action.done_by, action.not_needed_reason = None, None, ""
    return _changed(action, EventType.ACTION_REOPENED, by)


def _open_action(action: Action, version: int | None, by: User) -> Action:
    action = _locked(action, version, by)
    if action.done_at:
        dropped = "not needed any more" if action.not_needed_reason else "done"
        raise NotNow(f"The action is marked as {dropped} already.")
    return action


def _locked(action: Action, version: int | None, by: User) -> Action:
    rows = Action.objects.select_for_update(of=("self",)).select_related("decision__case")
    action = rows.get(pk=action.pk)
    mine = action.owner_id == by.pk
    by.must(Permission.SEE_CASES if mine else Permission.RECORD_DECISION, action.decision.case.team_id)
    check_version(action, version)
    return action


def _close(action: Action, event: EventType, by: User) -> Action:
    action.done_at, action.done_by = timezone.now(), by
    return _changed(action, event, by)


def _changed(action: Action, event: EventType, by: User) -> Action:
    action.save()
    audit.record(event, target=action, by=by, case_id=action.decision.case_id)
    return action
