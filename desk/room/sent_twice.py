"""Whether what is sent is what was recorded already: a second press of the button, or the same in a second window."""

from accounts.models import User
from mdt.models import Decision, Listing
from mdt.services import DecisionDetails
from mdt.workflow import DecisionKind, Outcome
from treatments.models import Plan

WORDS = ("outcome", "rationale", "options_considered", "no_decision_reason", "trial_considered", "trial_note")
CHOSEN = ("tells_patient", "tell_by_on", "relist_on")
RATIFIED = ("to_ratify_by", "ratify_by_on")


def is_recorded(decision: Decision, details: DecisionDetails, plan_seen: Plan | None, by: User) -> bool:
    """Only where nothing at all of it would be lost: every field, action and dissent stands on the decision."""
    return (
        decision.recorded_by == by
        and all(getattr(decision, name) == getattr(details, name).strip() for name in WORDS)
        and all(getattr(decision, name) == getattr(details, name) for name in _chosen(decision))
        and decision.responsible == (details.responsible or _consultant(decision.listing))
        and _same_plan(decision, details, plan_seen)
        and set(decision.covered) == set(details.covered)
        and [each["trial"] for each in decision.trials_considered] == list(details.trials)
        and not details.not_needed
        and _same_rows(decision, details)
    )


def _chosen(decision: Decision) -> tuple[str, ...]:
    return CHOSEN + RATIFIED if decision.kind == DecisionKind.PROVISIONAL else CHOSEN


def _consultant(listing: Listing | None) -> User | None:
    return listing.responsible if listing else None


def _same_plan(decision: Decision, details: DecisionDetails, plan_seen: Plan | None) -> bool:
    """An agreed plan brings its own intent, so that what was chosen beside it does not count."""
    if details.outcome == Outcome.AGREE_PLAN:
        return plan_seen is None or decision.plan == plan_seen
    return decision.intent == details.intent


def _same_rows(decision: Decision, details: DecisionDetails) -> bool:
    actions = sorted((each.text.strip(), each.owner.pk, each.due_on) for each in details.actions)
    dissents = sorted((each.person.pk, each.reason.strip()) for each in details.dissents)
    return (
        sorted(decision.actions.values_list("text", "owner", "due_on")) == actions
        and sorted(decision.dissents.values_list("person", "reason")) == dissents
    )
