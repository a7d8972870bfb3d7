"""An invented meeting of twenty cases, each with what is to happen to it; every row by its service."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from django.utils import timezone

from accounts.permissions import Role
from cases.models import Case
from mdt import services
from mdt.models import Decision, Listing, Meeting
from mdt.services import Asked, DecisionDetails
from mdt.workflow import ListingUrgency, Outcome
from tests.browser import month
from tests.mdt import standards
from treatments.models import Plan

KINDS = {
    "standard of care": 5,
    "not quorate": 2,
    "recusal": 1,
    "dissent": 1,
    "correction": 1,
    "postponed": 3,
    "benign": 2,
    "urgent": 1,
    "agreed": 4,
}
"""How many cases of each kind; the order is that of the list."""


@dataclass
class Twenty:
    """The centre, its meeting, and the listings by kind."""

    centre: month.Centre
    meeting: Meeting
    listings: dict[str, list[Listing]]
    urgent: Decision


def prepare() -> Twenty:
    """Everything up to the morning of the meeting."""
    centre = month.open_centre()
    meeting = month.plan_month(centre)[0]
    standards.in_force(centre.team)
    names = product(month.FAMILY, month.GIVEN)
    listings: dict[str, list[Listing]] = {}
    for kind, how_many in KINDS.items():
        cases = [_case(centre, *next(names), kind) for _ in range(how_many)]
        listings[kind] = [_listed(centre, meeting, case, kind) for case in cases]
    for listing in listings["standard of care"]:
        surgeon = centre.people[Role.SURGEON]
        listing.refresh_from_db()
        services.confirm_standard(listing=listing, version=listing.version, by=surgeon)
    urgent = Decision.objects.get(episode=listings["urgent"][0].episode)
    return Twenty(centre, meeting, listings, urgent)


def _case(centre: month.Centre, family_name: str, given_name: str, kind: str) -> Case:
    is_sarcoma = kind != "benign"
    return month.take_case(centre, family_name, given_name, is_sarcoma=is_sarcoma, certainty="confirmed")


def _listed(centre: month.Centre, meeting: Meeting, case: Case, kind: str) -> Listing:
    if kind == "urgent":
        return _decided_urgently(centre, case)
    return services.list_case(
        meeting=meeting,
        episode=case.current_episode,
        question="Can the leg be kept, and in which order do we treat?",
        responsible=centre.people[Role.SURGEON],
        patient_knows="That it may be a sarcoma.",
        urgency=ListingUrgency.ROUTINE,
        gaps_reason="The rest follows before the meeting.",
        by=centre.people[Role.COORDINATOR],
    )


def _decided_urgently(centre: month.Centre, case: Case) -> Listing:
    """The surgeon asked the oncologist between meetings; the next meeting ratifies it."""
    surgeon, oncologist = centre.people[Role.SURGEON], centre.people[Role.ONCOLOGIST]
    decision = services.decide_urgently(
        episode=case.current_episode,
        plan=Plan.objects.get(episode=case.current_episode),
        details=DecisionDetails(
            outcome=Outcome.AGREE_PLAN,
            rationale="The tumour bleeds.",
            trial_considered="not_relevant",
            responsible=surgeon,
            tells_patient=centre.people[Role.NURSE_SPECIALIST],
            tell_by_on=timezone.localdate() + timedelta(days=1),
        ),
        asked=[Asked(oncologist, Role.ONCOLOGIST, "Agrees: radiotherapy first.")],
        by=surgeon,
    )
    return Listing.objects.get(episode=decision.episode, meeting=decision.ratify_at)
