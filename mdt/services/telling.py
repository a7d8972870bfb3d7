"""Telling the patient: who told them of a decision and when, what they chose, and who is still to be told."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.models import Patient
from cases.models.case import CaseEventType
from cases.services.events import note
from cases.services.refusals import Refusals
from mdt.models import Decision, Telling
from mdt.workflow import NOBODY_TO_TELL, DecisionKind, NotNow
from treatments.models import Hold, Plan
from treatments.services import lift_hold, place_hold
from treatments.services.holds import BEFORE_THE_START
from treatments.workflow import PLAN, PlanStatus

ROWS = 12
"""As many as a panel of my work shows."""

MOST_QUESTIONS = 2000

TO_TELL_SQL: Final = """
    decision.kind <> 'provisional' AND decision.outcome <> 'no_decision'
    AND decision.tells_patient_id IS NOT NULL AND decision.tell_by_on IS NOT NULL
    AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.replaces_id = decision.id)
    AND NOT EXISTS (
        SELECT FROM mdt_telling told
         WHERE told.decision_id = decision.id OR told.decision_id = decision.ratifies_id
    )
"""
"""For set-based SQL over `mdt_decision decision`: the patient is still to be told of it, by tell_by_on.

A dead patient's are to be left out by the statement that it stands in; `to_tell` says the same in the ORM.
"""

TO_DECIDE_SQL: Final = """
    told.choice = 'wants_time' AND told.decide_by_on IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM mdt_telling newer LEFT JOIN mdt_decision ratified ON ratified.id = newer.decision_id
         WHERE newer.id > told.id
           AND (newer.decision_id = told.decision_id OR ratified.ratifies_id = told.decision_id)
    )
    AND NOT EXISTS (
        SELECT FROM mdt_decision later
         WHERE later.replaces_id = told.decision_id AND later.ratifies_id IS DISTINCT FROM told.decision_id
    )
"""
"""For set-based SQL over `mdt_telling told`: the patient wants time, until decide_by_on, and has not chosen yet."""


@transaction.atomic
def record_telling(
    *,
    decision: Decision,
    told_by: User,
    told_on: date,
    how: str,
    benefits_discussed: bool,
    side_effects_discussed: bool,
    choice: str,
    decide_by_on: date | None = None,
    questions: str = "",
    by: User,
) -> Telling:
    """Record that the patient was told of a decision, and what they chose.

    Accepting lets the plan start, as far as this hold goes; any other answer keeps it waiting, also where an
    earlier answer had let it go. Declining leaves the plan for the patient's own words, which end it.
    """
    decision = _locked(decision, by)
    refusals = Refusals()
    _refuse_when(decision, told_by, told_on, refusals)
    refusals.need("how", "How", how)
    refusals.choice("how", "How", how, Telling.How.values)
    refusals.need("choice", "What the patient chose", choice)
    refusals.choice("choice", "What the patient chose", choice, Telling.Choice.values)
    refusals.length("questions", "Questions left", questions, MOST_QUESTIONS)
    if choice == Telling.Choice.WANTS_TIME:
        refusals.need("decide_by_on", "By when they decide", decide_by_on)
        refusals.order(
            "decide_by_on", "The day by which they decide", decide_by_on, "they were told", told_on
        )
    refusals.settle()
    made = Telling.objects.create(
        decision=decision,
        told_by=told_by,
        told_on=told_on,
        how=how,
        benefits_discussed=benefits_discussed,
        side_effects_discussed=side_effects_discussed,
        choice=choice,
        decide_by_on=decide_by_on if choice == Telling.Choice.WANTS_TIME else None,
        questions=questions.strip(),
        recorded_by=by,
    )
    audit.record(
        EventType.PATIENT_TOLD,
        target=made,
        by=by,
        case_id=decision.case_id,
        data={"decision": decision.pk, "choice": choice},
    )
    words = f"{decision.get_outcome_display()}, by {told_by}. {made.get_choice_display()}."
    note(case=decision.case, type=CaseEventType.INFORMED, on=told_on, note=words, by=by)
    if decision.plan:
        _hold_or_let_go(decision.plan, made, by)
    return made


def _locked(decision: Decision, by: User) -> Decision:
    """A death waits for this, or this for the death."""
    by.must(Permission.TELL_PATIENT, decision.case.team_id)
    patient = Patient.objects.select_for_update(no_key=True).get(cases=decision.case_id)
    decision = Decision.objects.select_related("case__team", "plan", "ratifies").get(pk=decision.pk)
    if patient.is_dead:
        raise NotNow("The patient has died, so there is nobody to tell.")
    if decision.kind == DecisionKind.PROVISIONAL:
        raise NotNow("This decision is provisional. The patient is told of it once it is ratified.")
    if Decision.objects.filter(replaces=decision).exists():
        raise NotNow("A later decision stands in the place of this one. Record what was said about that one.")
    if decision.outcome in NOBODY_TO_TELL:
        raise NotNow("Nothing was decided, so there is nothing to tell yet.")
    return decision


def _refuse_when(decision: Decision, told_by: User, told_on: date, refusals: Refusals) -> None:
    decided_on = timezone.localtime(_first_to_tell(decision).recorded_at).date()
    refusals.past("told_on", "The day on which the patient was told", told_on)
    refusals.order(
        "told_on", "The day on which the patient was told", told_on, "the decision was recorded", decided_on
    )
    if not Membership.objects.in_team(decision.case.team).filter(user=told_by).exists():
        refusals.add("told_by", f"{told_by} is not a member of this team. Choose a member.")


def _first_to_tell(decision: Decision) -> Decision:
    """The urgent decision that this one ratifies: the patient may have been told of that; else this one."""
    earlier = decision.ratifies
    return earlier if earlier is not None and earlier.is_final else decision


def _hold_or_let_go(plan: Plan, telling: Telling, by: User) -> None:
    if telling.choice == Telling.Choice.ACCEPTS:
        lift_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=by)
    elif plan.status in BEFORE_THE_START:
        words = telling.get_choice_display()
        place_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, note=words, by=by)


def may_be_declined(plan: Plan | None) -> bool:
    """Whether the plan can still be ended by the patient's own words."""
    return plan is not None and PLAN.allows(plan.status, PlanStatus.DECLINED)


@dataclass(frozen=True)
class ToTell:
    """A decision of which somebody owes the patient word, or the patient an answer; and by when."""

    decision: Decision
    due_on: date
    is_told: bool
    """Told already, and given time to choose."""


def to_be_told(user: User) -> list[ToTell]:
    """What this person has still to tell patients, or to hear from them, most urgent first; nothing of the dead.

    Two statements, over the decisions that name the person.
    """
    teams = user.team_ids(Permission.TELL_PATIENT)
    if not teams:
        return []
    mine = Decision.objects.standing().filter(
        tells_patient=user, case__team__in=teams, case__patient__is_dead=False
    )
    rows = mine.select_related("case__patient", "tells_patient")
    untold = [ToTell(row, row.tell_by_on, False) for row in to_tell(rows)[:ROWS] if row.tell_by_on]
    asked = [ToTell(row, row.decide_by_on, True) for row in _wanting_time(rows)[:ROWS]]  # type: ignore[attr-defined]
    return sorted([*untold, *asked], key=lambda each: (each.due_on, each.decision.pk))[:ROWS]


def to_tell(rows: "QuerySet[Decision]") -> "QuerySet[Decision]":
    """Of these decisions, those of which the patient is still to be told; those first that are due first."""
    promised = rows.exclude(kind=DecisionKind.PROVISIONAL).exclude(outcome__in=NOBODY_TO_TELL)
    promised = promised.filter(
        tells_patient__isnull=False, tell_by_on__isnull=False, replaced_by__isnull=True
    )
    return promised.filter(~Exists(tellings_along())).order_by("tell_by_on", "pk")


def tellings_of(decision: Decision) -> "QuerySet[Telling]":
    """Of this decision, of the urgent one that it ratifies, and of the one that ratifies it."""
    of = Q(decision=decision) | Q(decision__ratifies=decision) | Q(decision__ratified_by=decision)
    return Telling.objects.filter(of)


def tellings_along() -> "QuerySet[Telling]":
    """Of the decision of the outer query, or of the urgent one that it ratifies."""
    return Telling.objects.filter(Q(decision=OuterRef("pk")) | Q(decision=OuterRef("ratifies")))


def _wanting_time(rows: "QuerySet[Decision]") -> "QuerySet[Decision]":
    """Of these, those whose patient last asked for time; with the day by which they choose."""
    newest = tellings_along().order_by("-pk")
    said = rows.annotate(
        choice=Subquery(newest.values("choice")[:1]), decide_by_on=Subquery(newest.values("decide_by_on")[:1])
    )
    waiting = said.filter(choice=Telling.Choice.WANTS_TIME, decide_by_on__isnull=False)
    return waiting.order_by("decide_by_on", "pk")
