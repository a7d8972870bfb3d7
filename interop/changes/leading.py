"""From what an event is about to the row of the API that shows it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps

from audit.models import Event
from interop.changes.published import (
    ACTIONS,
    CASES,
    DECISIONS,
    ENQUIRIES,
    GAPS,
    LETTERS,
    LISTINGS,
    MEETINGS,
    OPINIONS,
    PATIENTS,
    PLANS,
    PUBLISHED,
    REFERRALS,
    REVIEWS,
    SCHEDULES,
    TRIAL_REFERRALS,
    TRIALS,
)


@dataclass(frozen=True)
class Lead:
    """Columns, from the event's target: what the address ends in, and whose it is where no case says so.

    `resource` where it is another list than that of its kind of event.
    """

    key: str
    team: str = ""
    patient: str = ""
    resource: str = ""


@dataclass(frozen=True)
class Found:
    """The row that shows an event, and whose it is."""

    resource: str
    key: str
    team_id: int | None = None
    patient_id: int | None = None


LEADS = {
    (PATIENTS, "cases.patient"): Lead("pk", patient="pk"),
    (PATIENTS, "cases.patientmerge"): Lead("kept_id", patient="kept_id"),
    (REFERRALS, "cases.referral"): Lead("pk", team="team_id"),
    (MEETINGS, "mdt.meeting"): Lead("pk", team="team_id"),
    (MEETINGS, "mdt.attendance"): Lead("meeting_id", team="meeting__team_id"),
    (LISTINGS, "mdt.listing"): Lead("pk", team="meeting__team_id"),
    (LISTINGS, "mdt.meeting"): Lead("pk", team="team_id", resource=MEETINGS),
    (LISTINGS, "mdt.preparation"): Lead("listing_id", team="listing__meeting__team_id"),
    (GAPS, "mdt.gap"): Lead("pk"),
    (MEETINGS, "mdt.listing"): Lead("meeting_id", team="meeting__team_id"),
    (MEETINGS, "mdt.recusal"): Lead("listing__meeting_id", team="listing__meeting__team_id"),
    (MEETINGS, "mdt.setaside"): Lead("meeting_id", team="meeting__team_id"),
    (DECISIONS, "mdt.decision"): Lead("pk"),
    (DECISIONS, "mdt.dissent"): Lead("decision_id"),
    (DECISIONS, "mdt.telling"): Lead("decision_id"),
    (LETTERS, "mdt.letter"): Lead("pk"),
    (ACTIONS, "mdt.action"): Lead("pk"),
    (PLANS, "treatments.plan"): Lead("pk"),
    (PLANS, "treatments.check"): Lead("plan_id"),
    (PLANS, "treatments.response"): Lead("plan_id"),
    (PLANS, "treatments.delivery"): Lead("plan_id"),
    (PLANS, "treatments.hold"): Lead("plan_id"),
    (REVIEWS, "followup.review"): Lead("pk"),
    (SCHEDULES, "followup.reviewschedule"): Lead("pk"),
    (OPINIONS, "followup.secondopinion"): Lead("pk"),
    (TRIALS, "trials.trial"): Lead("pk"),
    (TRIAL_REFERRALS, "trials.trialreferral"): Lead("pk"),
    (ENQUIRIES, "trials.enquiry"): Lead("reference", team="team_id"),
}


def led(events: Iterable[Event], references: dict[int, str]) -> dict[int, Found]:
    """By event, what shows it: one statement for each kind of target. An event whose case alone is known shows that."""
    found: dict[int, Found] = {}
    grouped: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        grouped.setdefault((PUBLISHED[event.type], event.target_type), []).append(event)
    for (resource, target_type), some in grouped.items():
        lead = LEADS.get((resource, target_type))
        rows = _rows(resource, target_type, lead, some) if lead else {}
        for event in some:
            row = rows.get(event.target_id)
            if row is not None:
                found[event.pk] = row
            elif event.case_id in references:
                found[event.pk] = Found(CASES, references[event.case_id])
    return found


def _rows(resource: str, target_type: str, lead: Lead, events: list[Event]) -> dict[int, Found]:
    columns = [column for column in (lead.key, lead.team, lead.patient) if column]
    rows = apps.get_model(target_type)._default_manager.filter(pk__in={event.target_id for event in events})
    found = {}
    for row in rows.values("pk", *columns):
        team = row[lead.team] if lead.team else None
        patient = row[lead.patient] if lead.patient else None
        if row[lead.key] is not None:
            found[row["pk"]] = Found(lead.resource or resource, str(row[lead.key]), team, patient)
    return found
