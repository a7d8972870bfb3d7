"""Recording a decision with the people who made it; it is fixed from then on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion, WrongState
from cases.models.case import CaseEventType
from cases.services import cases, events
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus, ClosedReason
from mdt.models import Action, Decision, Dissent, Listing
from mdt.quorum import Quorum
from mdt.services.attendance import OPEN
from mdt.services.discussions import presence_of, quorum_for
from mdt.workflow import (
    CASE_AFTER,
    CLOSED_FOR,
    LISTING,
    NOBODY_TO_TELL,
    DecisionKind,
    ListingStatus,
    Outcome,
)
from treatments.models import Check
from treatments.presence import Presence
from treatments.services import Obstacle, PlanNotAgreed, agree_plan

TRIAL_CONSIDERED = ("yes", "no", "not_relevant")


@dataclass(frozen=True)
class ActionDetails:
    """Something to be done after a decision."""

    text: str
    owner: User
    due_on: date


@dataclass(frozen=True)
class DecisionDetails:
    """What is typed before a decision is recorded."""

    outcome: str
    rationale: str = ""
    options_considered: str = ""
    no_decision_reason: str = ""
    trial_considered: str = "no"
    trial_note: str = ""
    responsible: User | None = None
    tells_patient: User | None = None
    tell_by_on: date | None = None
    to_ratify_by: User | None = None
    actions: Sequence[ActionDetails] = field(default_factory=tuple)


class DecisionRefused(Exception):
    """It cannot be recorded as typed; `obstacles` says everything that is missing at once, and who could supply it."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        self.obstacles = list(obstacles)
        super().__init__(" ".join(obstacle.text for obstacle in obstacles))


@transaction.atomic
def record_decision(
    *, listing: Listing, version: int | None = None, details: DecisionDetails, by: User
) -> Decision:
    """Record what was decided of a case, and who was present while it was discussed.

    Quorate: the decision is final, and agreeing a plan agrees it in this transaction or raises DecisionRefused.
    Otherwise only a provisional decision, which names who has to ratify it, and the plan stays proposed.
    A second decision on a listing replaces the first. Raises ValidationError by field.
    """
    listing = _locked(listing, by)
    if version is not None and listing.version != version:
        raise StaleVersion(listing)
    earlier = _standing(listing)
    if listing.status != ListingStatus.DECIDED:
        LISTING.check(listing.status, ListingStatus.DECIDED)
    presence = presence_of(listing)
    quorum = quorum_for(listing, presence)
    kind = _kind(details, quorum)
    _refuse(listing, details, kind)
    check = _agree(listing, details, presence, by) if _agrees(details, kind) else None
    decision = _write(listing, details, kind, presence, quorum, check, earlier, by)
    _end(listing, decision)
    _move_case(listing, decision, by)
    for action in details.actions:
        set_action(decision=decision, action=action, by=by)
    data = {"outcome": decision.outcome, "kind": kind, "quorate": quorum.is_quorate}
    audit.record(EventType.DECISION_RECORDED, target=decision, by=by, case_id=decision.case_id, data=data)
    return decision


def _locked(listing: Listing, by: User) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",)).select_related(
        "meeting__team", "episode__case__patient", "plan"
    )
    listing = rows.get(pk=listing.pk)
    by.must(Permission.RECORD_DECISION, listing.meeting.team_id)
    if listing.meeting.status not in OPEN:
        raise WrongState(
            "meeting", listing.meeting.get_status_display().lower(), "deciding before it is opened"
        )
    if not listing.discussions.exists():
        raise ValidationError("Mark the case as being discussed first: who is present then is who decides.")
    return listing


def _standing(listing: Listing) -> Decision | None:
    return Decision.objects.standing().filter(listing=listing).order_by("-pk").first()


def _kind(details: DecisionDetails, quorum: Quorum) -> DecisionKind:
    return DecisionKind.DISCUSSED if quorum.is_quorate else DecisionKind.PROVISIONAL


def _agrees(details: DecisionDetails, kind: DecisionKind) -> bool:
    return details.outcome == Outcome.AGREE_PLAN and kind == DecisionKind.DISCUSSED


def _refuse(listing: Listing, details: DecisionDetails, kind: DecisionKind) -> None:
    refusals = Refusals()
    refusals.need("outcome", "Outcome", details.outcome)
    refusals.choice("outcome", "Outcome", details.outcome, Outcome.values)
    refusals.choice("trial_considered", "Trial considered", details.trial_considered, TRIAL_CONSIDERED)
    refusals.length("trial_note", "Which trial, or why not", details.trial_note, 300)
    refusals.length("no_decision_reason", "Why there is no decision", details.no_decision_reason, 300)
    if details.outcome == Outcome.NO_DECISION:
        refusals.need("no_decision_reason", "Why there is no decision", details.no_decision_reason.strip())
    if details.outcome == Outcome.AGREE_PLAN and listing.plan is None:
        refusals.add(
            "outcome", "No plan is listed with this case. Choose one in the listing, or another outcome."
        )
    if details.outcome not in NOBODY_TO_TELL:
        refusals.need("tells_patient", "Who tells the patient", details.tells_patient)
        refusals.need("tell_by_on", "By when the patient is told", details.tell_by_on)
    if details.tell_by_on and details.tell_by_on < timezone.localdate():
        refusals.add(
            "tell_by_on", "The day on which the patient is told has passed. Enter today or a later day."
        )
    if kind == DecisionKind.PROVISIONAL:
        refusals.need(
            "to_ratify_by", "The discussion is not quorate: who ratifies the decision", details.to_ratify_by
        )
    _refuse_people(listing, details, refusals)
    refusals.settle()


def _refuse_people(listing: Listing, details: DecisionDetails, refusals: Refusals) -> None:
    team = listing.meeting.team_id
    members = set(Membership.objects.in_team(team).values_list("user", flat=True))
    named = {
        "responsible": details.responsible,
        "tells_patient": details.tells_patient,
        "to_ratify_by": details.to_ratify_by,
    }
    for name, person in named.items():
        if person and person.pk not in members:
            refusals.add(name, f"{person} is not a member of this team. Choose a member.")


def _agree(listing: Listing, details: DecisionDetails, presence: Presence, by: User) -> Check:
    if listing.plan is None:
        raise ValueError("refused before")
    try:
        return agree_plan(plan=listing.plan, present=presence, by=by)
    except PlanNotAgreed as refused:
        raise DecisionRefused(refused.obstacles) from refused


def _write(
    listing: Listing,
    details: DecisionDetails,
    kind: DecisionKind,
    presence: Presence,
    quorum: Quorum,
    check: Check | None,
    earlier: Decision | None,
    by: User,
) -> Decision:
    ratifies = earlier if earlier and _ratifies(earlier, kind) else None
    return Decision.objects.create(
        listing=listing,
        episode=listing.episode,
        case=listing.episode.case,
        kind=kind,
        outcome=details.outcome,
        rationale=details.rationale.strip(),
        options_considered=details.options_considered.strip(),
        no_decision_reason=details.no_decision_reason.strip(),
        trial_considered=details.trial_considered,
        trial_note=details.trial_note.strip(),
        plan=listing.plan if details.outcome == Outcome.AGREE_PLAN else None,
        check_made=check,
        responsible=details.responsible or listing.responsible,
        tells_patient=details.tells_patient,
        tell_by_on=details.tell_by_on,
        present=_present(listing, presence),
        recused=[
            {"name": recusal.person.full_name, "interest": recusal.interest}
            for recusal in listing.recusals.select_related("person")
        ],
        is_quorate=quorum.is_quorate,
        quorum_rule={"team_version": listing.meeting.team.version, **quorum.to_dict()},
        to_ratify_by=details.to_ratify_by if kind == DecisionKind.PROVISIONAL else None,
        ratifies=ratifies,
        replaces=earlier,
        recorded_by=by,
    )


def _ratifies(earlier: Decision, kind: DecisionKind) -> bool:
    return earlier.kind == DecisionKind.PROVISIONAL and kind == DecisionKind.DISCUSSED


def _present(listing: Listing, presence: Presence) -> list[dict[str, Any]]:
    rows = listing.meeting.attendances.select_related("deputises_for")
    how = {(row.person_id, row.role): row for row in rows}
    return [
        {
            "person": someone.person_id,
            "name": someone.name,
            "role": someone.role,
            "competences": list(someone.competences),
            "mode": how[someone.person_id, someone.role].mode,
            "deputises_for": str(how[someone.person_id, someone.role].deputises_for or ""),
        }
        for someone in presence
    ]


def _end(listing: Listing, decision: Decision) -> None:
    listing.discussions.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    listing.status = ListingStatus.DECIDED
    listing.version += 1
    listing.save(update_fields=["status", "version"])


def _move_case(listing: Listing, decision: Decision, by: User) -> None:
    """Where the outcome takes the case; a provisional one only marks it as discussed."""
    case = listing.episode.case
    today = timezone.localdate()
    note = f"{decision.get_outcome_display()} ({decision.get_kind_display().lower()})"
    events.note(case=case, type=CaseEventType.DISCUSSED, on=today, note=note, by=by)
    after = CaseStatus.DISCUSSED
    if decision.kind != DecisionKind.PROVISIONAL:
        after = CaseStatus(CASE_AFTER.get(decision.outcome, CaseStatus.DISCUSSED))
    if case.status == CaseStatus.LISTED and after != CaseStatus.PLANNED:
        case = cases.move_case(case=case, to=CaseStatus.DISCUSSED, by=by)
    if after == CaseStatus.CLOSED:
        cases.close_case(case=case, reason=ClosedReason(CLOSED_FOR[decision.outcome]), by=by)
    elif after != case.status and case.status != CaseStatus.CLOSED:
        cases.move_case(case=case, to=after, by=by)


@transaction.atomic
def record_dissent(*, decision: Decision, person: User, reason: str, by: User) -> Dissent:
    """Keep a member's disagreement, with name and reason."""
    by.must(Permission.DISSENT, decision.case.team_id)
    refusals = Refusals()
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, 2000)
    if not Membership.objects.in_team(decision.case.team_id).filter(user=person).exists():
        refusals.add("person", f"{person} is not a member of this team.")
    refusals.settle()
    dissent = Dissent.objects.create(decision=decision, person=person, reason=reason.strip(), recorded_by=by)
    audit.record(EventType.DISSENT_RECORDED, target=dissent, by=by, case_id=decision.case_id)
    return dissent


@transaction.atomic
def set_action(*, decision: Decision, action: ActionDetails, by: User) -> Action:
    """Give someone something to do, by a date."""
    by.must(Permission.RECORD_DECISION, decision.case.team_id)
    refusals = Refusals()
    refusals.need("text", "Action", action.text.strip())
    refusals.length("text", "Action", action.text, 300)
    if action.due_on < timezone.localdate():
        refusals.add("due_on", "The action's date has passed. Enter today or a later day.")
    if not Membership.objects.in_team(decision.case.team_id).filter(user=action.owner).exists():
        refusals.add("owner", f"{action.owner} is not a member of this team. Choose a member.")
    refusals.settle()
    row = Action.objects.create(
        decision=decision, text=action.text.strip(), owner=action.owner, due_on=action.due_on
    )
    audit.record(EventType.ACTION_SET, target=row, by=by, case_id=decision.case_id)
    return row


@transaction.atomic
def complete_action(*, action: Action, by: User) -> Action:
    """Mark an action as done; its owner may, and who records decisions."""
    rows = Action.objects.select_for_update(of=("self",)).select_related("decision__case")
    action = rows.get(pk=action.pk)
    if action.owner_id != by.pk:
        by.must(Permission.RECORD_DECISION, action.decision.case.team_id)
    if action.done_at:
        raise WrongState("action", "done", "done again")
    action.done_at, action.done_by = timezone.now(), by
    action.version += 1
    action.save()
    case_id = action.decision.case_id
    audit.record(EventType.ACTION_DONE, target=action, by=by, case_id=case_id)
    return action
