"""What is on a meeting's list, with the question for the MDT."""

from collections.abc import Sequence
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.models import Case, Episode
from cases.models.case import CaseEventType
from cases.services import cases, events
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus
from mdt.models import Listing, Meeting
from mdt.workflow import LISTING, OFF_THE_LIST, OUTCOME_OWED, ListingStatus, MeetingStatus, NotNow
from treatments.models import Plan
from treatments.workflow import PlanStatus

ENDED_PLANS = (PlanStatus.SUPERSEDED, PlanStatus.DECLINED, PlanStatus.NOT_DELIVERED)


@transaction.atomic
def list_case(
    *,
    meeting: Meeting,
    episode: Episode,
    question: str,
    responsible: User | None,
    patient_knows: str,
    plan: Plan | None = None,
    by: User,
) -> Listing:
    """Put an episode on the list; the question, the consultant and what the patient knows are all needed."""
    meeting = Meeting.objects.select_for_update().select_related("team").get(pk=meeting.pk)
    by.must(Permission.LIST_CASES, meeting.team_id)
    if meeting.status != MeetingStatus.PLANNED:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so its list takes no more cases. Choose a later meeting.")
    episode = Episode.objects.select_related("case__patient").get(pk=episode.pk)
    _refuse(meeting, episode, question, responsible, patient_knows, plan)
    listing = _listing(meeting, episode, by)
    listing.question, listing.responsible, listing.plan = question.strip(), responsible, plan
    listing.save()
    case = _tell_case(episode.case, patient_knows.strip(), by)
    day = timezone.localtime(meeting.starts_at)
    note = f"{meeting.team}, {day.day} {day:%b %Y}"
    events.note(case=case, type=CaseEventType.LISTED, on=timezone.localdate(), note=note, by=by)
    data = {"meeting": meeting.pk, "plan": plan.pk if plan else None}
    audit.record(EventType.CASE_LISTED, target=listing, by=by, case_id=case.pk, data=data)
    return listing


def _listing(meeting: Meeting, episode: Episode, by: User) -> Listing:
    """A new place at the end; a listing that was taken off comes back in its own row."""
    last = Listing.objects.filter(meeting=meeting).aggregate(last=Max("position"))["last"] or 0
    listing = Listing.objects.filter(meeting=meeting, episode=episode).first()
    if listing is None:
        return Listing(meeting=meeting, episode=episode, position=last + 1, listed_by=by)
    LISTING.check(listing.status, ListingStatus.LISTED)
    listing.status, listing.status_reason = ListingStatus.LISTED, ""
    listing.position, listing.version = last + 1, listing.version + 1
    return listing


def _tell_case(case: Case, patient_knows: str, by: User) -> Case:
    case = cases.move_case(case=case, to=CaseStatus.LISTED, by=by)
    if case.patient_knows != patient_knows:
        case.patient_knows = patient_knows
        case.version += 1
        case.save(update_fields=["patient_knows", "version"])
        data = {"fields": ["patient_knows"]}
        audit.record(EventType.CASE_CHANGED, target=case, by=by, case_id=case.pk, data=data)
    return case


def _refuse(
    meeting: Meeting,
    episode: Episode,
    question: str,
    responsible: User | None,
    patient_knows: str,
    plan: Plan | None,
) -> None:
    refusals = Refusals()
    refusals.need("question", "Question for the MDT", question.strip())
    refusals.length("question", "Question for the MDT", question, 2000)
    refusals.need("patient_knows", "What the patient knows", patient_knows.strip())
    refusals.length("patient_knows", "What the patient knows", patient_knows, 2000)
    _refuse_responsible(meeting, responsible, refusals)
    case = episode.case
    if case.team_id != meeting.team_id:
        refusals.add(
            "meeting", "This meeting belongs to another team. Choose a meeting of the case's own team."
        )
    if case.patient.is_dead:
        refusals.add("__all__", "The patient has died, so the case cannot be listed.")
    if plan and plan.episode_id != episode.pk:
        refusals.add("plan", "This plan belongs to another case or episode. Choose a plan of this one.")
    if referred := case.referrals.order_by("received_on").values_list("received_on", flat=True).first():
        day = timezone.localtime(meeting.starts_at).date()
        refusals.order("meeting", "The meeting", day, "the referral", referred)
    if Listing.objects.filter(meeting=meeting, episode=episode).exclude(status__in=OFF_THE_LIST).exists():
        refusals.add("meeting", "The case is on this meeting's list already.")
    refusals.settle()


def _refuse_responsible(meeting: Meeting, responsible: User | None, refusals: Refusals) -> None:
    refusals.need("responsible", "Responsible consultant", responsible)
    if responsible and meeting.team_id not in responsible.team_ids():
        refusals.add("responsible", f"{responsible} is not a member of this team. Choose a member.")


@transaction.atomic
def change_listing(
    *,
    listing: Listing,
    version: int | None,
    question: str,
    responsible: User | None,
    plan: Plan | None,
    by: User,
) -> Listing:
    """Change the question, the consultant or the plan until the case is decided."""
    listing = _locked(listing, by, Permission.LIST_CASES)
    check_version(listing, version)
    if listing.status not in OUTCOME_OWED:
        state = listing.get_status_display().lower()
        raise NotNow(f"This case is marked “{state}” on the list, so its listing is not changed any more.")
    refusals = Refusals()
    refusals.need("question", "Question for the MDT", question.strip())
    refusals.length("question", "Question for the MDT", question, 2000)
    _refuse_responsible(listing.meeting, responsible, refusals)
    if plan and plan.episode_id != listing.episode_id:
        refusals.add("plan", "This plan belongs to another case or episode. Choose a plan of this one.")
    refusals.settle()
    listing.question, listing.responsible, listing.plan = question.strip(), responsible, plan
    listing.save()
    _record(EventType.LISTING_CHANGED, listing, by, plan=plan.pk if plan else None)
    return listing


@transaction.atomic
def withdraw_listing(*, listing: Listing, version: int | None, reason: str, by: User) -> Listing:
    """Take the case off the list, with the reason; the case waits for another meeting."""
    return _off(listing, version, ListingStatus.WITHDRAWN, reason, by)


@transaction.atomic
def postpone_listing(*, listing: Listing, version: int | None, reason: str, by: User) -> Listing:
    """Put the case off to another meeting, with the reason."""
    return _off(listing, version, ListingStatus.POSTPONED, reason, by)


def _off(listing: Listing, version: int | None, to: ListingStatus, reason: str, by: User) -> Listing:
    listing = _locked(listing, by, Permission.LIST_CASES)
    check_version(listing, version)
    LISTING.check(listing.status, to)
    refusals = Refusals()
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, 300)
    refusals.settle()
    put_off(listing, to, reason.strip(), by)
    return listing


def put_off(listing: Listing, to: ListingStatus, reason: str, by: User) -> None:
    """Off the list; the case waits for another one, unless it is on one or is closed already."""
    listing.discussions.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    listing.status, listing.status_reason = to, reason
    listing.save()
    case = listing.episode.case
    elsewhere = Listing.objects.filter(episode__case=case, status__in=OUTCOME_OWED).exists()
    if case.status == CaseStatus.LISTED and not elsewhere:
        cases.move_case(case=case, to=CaseStatus.READY, by=by)
    _record(EventType.LISTING_WITHDRAWN, listing, by, to=to)


@transaction.atomic
def move_listing(*, listing: Listing, direction: Literal["up", "down"], by: User) -> Listing:
    """Change places with the neighbour; at the end of the list nothing happens."""
    meeting = Meeting.objects.select_for_update().get(pk=listing.meeting_id)
    by.must(Permission.LIST_CASES, meeting.team_id)
    if meeting.status in {MeetingStatus.FINISHED, MeetingStatus.CANCELLED}:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so the order of its list stays as it is.")
    rows = list(Listing.objects.filter(meeting=meeting).on_the_list().order_by("position", "pk"))
    places = [row.pk for row in rows]
    if listing.pk not in places:
        raise ValidationError("The case is not on the list any more.")
    place = places.index(listing.pk)
    other = place + (-1 if direction == "up" else 1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
        for number, row in enumerate(rows, start=1):
            row.position = number
        Listing.objects.bulk_update(rows, ["position"])
        _record(EventType.LISTING_CHANGED, listing, by, moved=direction)
    return listing


def plan_for(listing: Listing) -> Plan | None:
    """The plan listed; where none was, or it no longer stands, the one proposed since."""
    return plan_or_newer([listing])[listing.pk]


def plan_or_newer(listings: Sequence[Listing]) -> dict[int, Plan | None]:
    """`plan_for` of many, by listing, in one statement at most."""
    open_ended = {
        each.episode_id for each in listings if each.status in OUTCOME_OWED and not _stands(each.plan)
    }
    since = {}
    if open_ended:
        waiting = Plan.objects.filter(episode__in=open_ended).waiting().select_related("proposed_by")
        since = {plan.episode_id: plan for plan in waiting}
    return {
        each.pk: each.plan if _stands(each.plan) else since.get(each.episode_id, each.plan)
        for each in listings
    }


def _stands(plan: Plan | None) -> bool:
    return plan is not None and plan.status not in ENDED_PLANS


def _locked(listing: Listing, by: User, permission: Permission) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",)).select_related("meeting__team", "episode__case")
    listing = rows.get(pk=listing.pk)
    by.must(permission, listing.meeting.team_id)
    return listing


def _record(event: EventType, listing: Listing, by: User, **data: Any) -> None:
    audit.record(event, target=listing, by=by, case_id=listing.episode.case_id, data=data)
