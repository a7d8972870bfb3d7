"""What is typed before a decision is recorded, and everything that keeps it from being one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Membership, User
from cases.models import Case
from cases.services.refusals import Refusals
from mdt.checklist import unknown_items
from mdt.models import Action
from mdt.services.afterwards import ActionDetails, DissentDetails
from mdt.services.hearing import Hearing, members_of
from mdt.services.listings import refuse_responsible
from mdt.services.ratify_days import refuse_past
from mdt.workflow import CLOSED_FOR, NOBODY_TO_TELL, DecisionKind, Intent, Outcome
from treatments.models import Plan
from treatments.services import Obstacle

NOT_RELEVANT = "not_relevant"
TRIAL_CONSIDERED = ("yes", "no", NOT_RELEVANT)
DISCUSSED_AGAIN = frozenset({Outcome.MORE_IMAGING, Outcome.BIOPSY_OR_PATHOLOGY, Outcome.NO_DECISION})
"""Outcomes after which the case comes back: whoever records one says when, or that it is not known yet."""
TELL_WITHIN = 2
"""Working days in which the patient is told, unless something else is typed."""


@dataclass(frozen=True)
class DecisionDetails:
    """What is typed before a decision is recorded."""

    outcome: str
    rationale: str = ""
    options_considered: str = ""
    no_decision_reason: str = ""
    trial_considered: str = NOT_RELEVANT
    trial_note: str = ""
    trials: Sequence[int] = field(default_factory=tuple)
    """Which of the trials that the register offers were considered."""
    intent: str = ""
    responsible: User | None = None
    tells_patient: User | None = None
    tell_by_on: date | None = None
    to_ratify_by: User | None = None
    ratify_by_on: date | None = None
    relist_on: date | None = None
    relist_said: bool = True
    """False where nobody has said yet when the case comes back, nor that it is not known."""
    covered: Sequence[str] = field(default_factory=tuple)
    actions: Sequence[ActionDetails] = field(default_factory=tuple)
    dissents: Sequence[DissentDetails] = field(default_factory=tuple)
    not_needed: Sequence[Action] = field(default_factory=tuple)
    """Open actions of the decision that this one replaces, which nobody need do any more."""


class DecisionRefused(Exception):
    """It cannot be recorded as typed; `obstacles` says everything that is missing at once, and who could supply it."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        self.obstacles = list(obstacles)
        super().__init__(" ".join(obstacle.text for obstacle in obstacles))


def refuse_details(
    case: Case, hearing: Hearing, details: DecisionDetails, kind: DecisionKind, plan_seen: Plan | None
) -> None:
    """Raise ValidationError by field with everything that is wrong with what was typed."""
    refusals = Refusals()
    _refuse_outcome(hearing, details, plan_seen, refusals)
    refuse_words(details, refusals)
    _refuse_telling(case, details, refusals)
    _refuse_relisting(details, refusals)
    if kind == DecisionKind.PROVISIONAL:
        _refuse_ratifier(hearing, details, refusals)
    _refuse_strangers(hearing, details, refusals)
    refusals.settle()


def found_wrong(
    case: Case, hearing: Hearing, details: DecisionDetails, plan_seen: Plan | None
) -> dict[str, list[str]]:
    """The same by field, where nothing can be recorded yet because something else cannot be read."""
    kind = DecisionKind.PROVISIONAL if hearing.lacks(details.outcome) else DecisionKind.DISCUSSED
    try:
        refuse_details(case, hearing, details, kind, plan_seen)
    except ValidationError as error:
        found: dict[str, list[str]] = error.message_dict
        return found
    return {}


def refuse_words(details: DecisionDetails, refusals: Refusals) -> None:
    refusals.choice("trial_considered", "Trial considered", details.trial_considered, TRIAL_CONSIDERED)
    if details.trial_considered == "no" and not details.trial_note.strip():
        refusals.add("trial_note", "Say why no trial was considered, or choose that it is not relevant.")
    if details.trials and details.trial_considered != "yes":
        refusals.add("trial_considered", "Trials are ticked: choose Yes, or untick them.")
    refusals.choice("intent", "Intent", details.intent, Intent.values)
    unknown = unknown_items(details.covered)
    if unknown:
        refusals.add("covered", f"“{unknown[0][:40]}” is not an item of the list. Choose from it.")
    for name, label, longest in (
        ("rationale", "Why", 4000),
        ("options_considered", "Options considered", 2000),
        ("trial_note", "Which trial, or why not", 300),
        ("no_decision_reason", "Why there is no decision", 300),
    ):
        refusals.length(name, label, getattr(details, name), longest)


def _refuse_telling(case: Case, details: DecisionDetails, refusals: Refusals) -> None:
    if details.outcome not in NOBODY_TO_TELL and not case.patient.is_dead:
        refusals.need("tells_patient", "Who tells the patient", details.tells_patient)
        refusals.need("tell_by_on", "By when the patient is told", details.tell_by_on)
    if details.tell_by_on and details.tell_by_on < timezone.localdate():
        refusals.add(
            "tell_by_on", "The day on which the patient is told has passed. Enter today or a later day."
        )


def _refuse_relisting(details: DecisionDetails, refusals: Refusals) -> None:
    if details.relist_on is None:
        if details.outcome in DISCUSSED_AGAIN and not details.relist_said:
            refusals.add("relist", "Choose when it is discussed again, or that it is not yet known.")
        return
    if details.relist_on <= timezone.localdate():
        refusals.add("relist_on", "The day from which it is discussed again is not in the future.")
    elif details.outcome in CLOSED_FOR:
        refusals.add(
            "relist_on", "This outcome closes the case, so it is not discussed again. Leave it empty."
        )


def _refuse_outcome(
    hearing: Hearing, details: DecisionDetails, plan_seen: Plan | None, refusals: Refusals
) -> None:
    refusals.need("outcome", "Outcome", details.outcome)
    refusals.choice("outcome", "Outcome", details.outcome, Outcome.values)
    if details.outcome == Outcome.NO_DECISION:
        refusals.need("no_decision_reason", "Why there is no decision", details.no_decision_reason.strip())
    if details.outcome != Outcome.AGREE_PLAN:
        return
    if hearing.plan is None:
        refusals.add("outcome", "No plan was proposed for this case. Choose another outcome.")
    elif plan_seen is not None and plan_seen != hearing.plan:
        refusals.add(
            "outcome",
            f"The plan is now {hearing.plan}; it was {plan_seen} when this page was opened. "
            "Look at it, then choose the outcome again.",
        )


def _refuse_ratifier(hearing: Hearing, details: DecisionDetails, refusals: Refusals) -> None:
    members = members_of(hearing.team)
    person = details.to_ratify_by
    able = hearing.could_ratify(details.outcome, members)
    lack = " ".join(gap.text for gap in hearing.gaps(details.outcome, members))
    refusals.need("ratify_by_on", "By when it is ratified", details.ratify_by_on)
    refuse_past(details.ratify_by_on, refusals)
    if person is None:
        refusals.add("to_ratify_by", f"{lack} Name who ratifies the decision.")
    elif person.pk in hearing.recused:
        refusals.add("to_ratify_by", f"{person} has stepped aside from this case. Name somebody else.")
    elif able and person.pk not in {member.user_id for member in able}:
        names = ", ".join(sorted({member.user.full_name for member in able}))
        refusals.add("to_ratify_by", f"{person} does not supply what is lacking. {lack} Choose from {names}.")


def _refuse_strangers(hearing: Hearing, details: DecisionDetails, refusals: Refusals) -> None:
    roles: dict[int, set[str]] = {}
    for user, role in Membership.objects.in_team(hearing.team).values_list("user", "role"):
        roles.setdefault(user, set()).add(role)
    for name in ("tells_patient", "to_ratify_by"):
        person = getattr(details, name)
        if person and person.pk not in roles:
            refusals.add(name, f"{person} is not a member of this team. Choose a member.")
    if details.responsible:
        refuse_responsible(details.responsible, roles.get(details.responsible.pk, ()), refusals)
