"""Putting a case on a meeting's list, changing its listing, and what the chair says of late additions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import DOCTORS, Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion, check_version
from cases.models import Case, Episode
from cases.models.case import CaseEventType
from cases.services import cases, events
from cases.services.refusals import Refusals, said
from cases.workflow import CASE, CaseStatus
from mdt.models import Listing, Meeting
from mdt.models.meeting import to_come
from mdt.proposing import first_reason
from mdt.services.back_to_discussion import back_to_discussion
from mdt.services.gaps import missing_of, sync_gaps
from mdt.services.taking_off import come_back, last_place, put_off, refuse_unheard
from mdt.workflow import (
    LISTING,
    NOT_OPENED,
    OFF_THE_LIST,
    OUTCOME_OWED,
    STANDING,
    ListingStatus,
    ListingUrgency,
    MeetingStatus,
    NotNow,
    ProposalReason,
    Track,
)
from treatments.models import Plan
from treatments.workflow import PlanStatus

ENDED_PLANS = (PlanStatus.SUPERSEDED, PlanStatus.DECLINED, PlanStatus.NOT_DELIVERED)
TAKES_ADDITIONS = NOT_OPENED
CHAIR_MAY_APPROVE = (*TAKES_ADDITIONS, MeetingStatus.IN_SESSION)
LONGEST_MINUTES = 120
PATIENT_KNOWS = "patient_knows"


@dataclass(frozen=True)
class _Wanted:
    """What somebody says of a case for a list."""

    question: str
    responsible: User | None
    urgency: str
    plan: Plan | None
    guest: str
    minutes: int | None
    patient_knows: str = ""


@transaction.atomic
def list_case(
    *,
    meeting: Meeting,
    episode: Episode,
    question: str,
    responsible: User | None,
    patient_knows: str,
    urgency: str,
    plan: Plan | None = None,
    guest: str = "",
    minutes: int | None = None,
    gaps_reason: str = "",
    late_reason: str = "",
    source: str | None = None,
    knows_seen: str | None = None,
    by: User,
) -> Listing:
    """Put an episode on the list; question, consultant, what the patient knows and urgency are all needed.

    With facts missing, `by` says why it is listed all the same. After the cut-off the chair's own addition is listed
    at once, and anybody else's waits for the chair. `source` None: what the product would propose it for, if anything.
    `knows_seen`: what the page showed of what the patient knows; raises StaleVersion of the case where both the caller
    and somebody else changed it.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("team").get(pk=meeting.pk)
    by.must(Permission.LIST_CASES, meeting.team_id)
    if meeting.status not in TAKES_ADDITIONS:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so its list takes no more cases. Choose a later meeting.")
    episode = _locked_episode(episode)
    patient_knows = _knows(episode.case, patient_knows.strip(), knows_seen)
    wanted = _Wanted(question, responsible, urgency, plan, guest, minutes, patient_knows)
    is_late = meeting.is_late(timezone.now())
    waits = is_late and by.pk != meeting.chair_id
    refusals = _refusals(meeting, episode, wanted)
    if source != ProposalReason.TO_RATIFY:
        _refuse_elsewhere(meeting, episode, refusals)
    _refuse_gaps(episode, patient_knows, gaps_reason, refusals)
    if waits:
        refusals.need("late_reason", "Why it is added after the cut-off", late_reason.strip())
    refusals.length("late_reason", "Why it is added after the cut-off", late_reason, 300)
    refusals.settle()
    status = ListingStatus.TO_APPROVE if waits else ListingStatus.LISTED
    listing = _listing(meeting, episode, status, by)
    _write(listing, wanted)
    listing.source = first_reason(episode, meeting) if source is None else source
    _write_late(listing, late_reason.strip() if is_late else "", None if waits or not is_late else by)
    case = _tell_case(episode.case, patient_knows, status, by)
    gaps = sync_gaps(episode=episode, meeting=meeting, by=by)
    listing.gaps_accepted_by = by if gaps else None
    listing.gaps_accepted_reason = gaps_reason.strip() if gaps else ""
    listing.save()
    if status == ListingStatus.LISTED:
        _note(case, meeting, by)
    data = {"meeting": meeting.pk, "plan": plan.pk if plan else None, "status": status, "gaps": len(gaps)}
    audit.record(EventType.CASE_LISTED, target=listing, by=by, case_id=case.pk, data=data)
    return listing


def _locked_episode(episode: Episode) -> Episode:
    """With its case: two lists take it one after the other, and what the patient knows is nobody else's now."""
    rows = Episode.objects.select_for_update(of=("self", "case"), no_key=True)
    return rows.select_related("case__patient").get(pk=episode.pk)


def _knows(case: Case, typed: str, seen: str | None) -> str:
    """What stands of what the patient knows: theirs where the caller left the text of the page as it was."""
    now = case.patient_knows
    if seen is None or not now or _words(now) in (_words(seen), _words(typed)):
        return typed
    if _words(typed) == _words(seen):
        return now
    raise StaleVersion(case)


def _words(text: str) -> list[str]:
    """A browser sends line ends of its own."""
    return text.split()


def _listing(meeting: Meeting, episode: Episode, status: ListingStatus, by: User) -> Listing:
    """A new place at the end; a listing that was taken off comes back in its own row."""
    place = last_place(meeting) + 1
    listing = Listing.objects.filter(meeting=meeting, episode=episode).first()
    if listing is None:
        return Listing(meeting=meeting, episode=episode, position=place, status=status, listed_by=by)
    LISTING.check(listing.status, status)
    come_back(listing, by)
    listing.status, listing.status_reason, listing.off_reason, listing.off_at = status, "", "", None
    listing.position, listing.version, listing.listed_by = place, listing.version + 1, by
    return listing


def _write(listing: Listing, wanted: _Wanted) -> None:
    listing.question, listing.responsible, listing.plan = (
        wanted.question.strip(),
        wanted.responsible,
        wanted.plan,
    )
    listing.urgency, listing.guest, listing.minutes = wanted.urgency, wanted.guest.strip(), wanted.minutes


def _write_late(listing: Listing, reason: str, approved_by: User | None) -> None:
    listing.late_reason, listing.late_approved_by = reason, approved_by
    listing.late_approved_at = timezone.now() if approved_by else None


def _note(case: Case, meeting: Meeting, by: User) -> None:
    note = f"{meeting.team}, {meeting.day.day} {meeting.day:%b %Y}"
    events.note(case=case, type=CaseEventType.LISTED, on=timezone.localdate(), note=note, by=by)


def _tell_case(case: Case, patient_knows: str, status: ListingStatus, by: User) -> Case:
    if case.status != CaseStatus.LISTED:
        CASE.check(case.status, CaseStatus.LISTED)
    if status == ListingStatus.LISTED:
        case = cases.move_case(case=case, to=CaseStatus.LISTED, by=by)
    if _words(case.patient_knows) != _words(patient_knows):
        case.patient_knows = patient_knows
        case.version += 1
        case.save(update_fields=["patient_knows", "version"])
        data = {"fields": ["patient_knows"]}
        audit.record(EventType.CASE_CHANGED, target=case, by=by, case_id=case.pk, data=data)
    return case


def _refusals(meeting: Meeting, episode: Episode, wanted: _Wanted) -> Refusals:
    refusals = Refusals()
    _refuse_wanted(meeting, episode, wanted, refusals)
    refusals.need("patient_knows", "What the patient knows", wanted.patient_knows.strip())
    refusals.length("patient_knows", "What the patient knows", wanted.patient_knows, 2000)
    case = episode.case
    if case.team_id != meeting.team_id:
        refusals.add(
            "meeting", "This meeting belongs to another team. Choose a meeting of the case's own team."
        )
    if case.patient.is_dead:
        refusals.add("__all__", "The patient has died, so the case cannot be listed.")
    if referred := case.referrals.order_by("received_on").values_list("received_on", flat=True).first():
        refusals.order("meeting", "The meeting", meeting.day, "the referral", referred)
    standing = Listing.objects.filter(meeting=meeting, episode=episode)
    if standing.filter(status=ListingStatus.TO_APPROVE).exists():
        refusals.add("meeting", "The case waits for the chair's approval already.")
    elif standing.exclude(status__in=OFF_THE_LIST).exists():
        refusals.add("meeting", "The case is on this meeting's list already.")
    return refusals


def standing_elsewhere(episode: Episode, but: Meeting | None = None) -> Listing | None:
    """Its place on another list that has not been heard yet, soonest first."""
    rows = Listing.objects.filter(to_come(), episode=episode, status__in=STANDING)
    waits = rows.filter(meeting__status__in=NOT_OPENED).select_related("meeting__team")
    others = waits.exclude(meeting=but) if but else waits
    return others.order_by("meeting__starts_at").first()


def _refuse_elsewhere(meeting: Meeting, episode: Episode, refusals: Refusals) -> None:
    if there := standing_elsewhere(episode, meeting):
        day = said(there.meeting.day)
        waits = "waits for the chair of" if there.status == ListingStatus.TO_APPROVE else "is on the list of"
        way = "Take it off there" if there.status == ListingStatus.TO_APPROVE else "Put it off there"
        refusals.add("meeting", f"The case {waits} {day} already. {way} first.")


def _refuse_wanted(meeting: Meeting, episode: Episode, wanted: _Wanted, refusals: Refusals) -> None:
    refusals.need("question", "Question for the MDT", wanted.question.strip())
    refusals.length("question", "Question for the MDT", wanted.question, 2000)
    refusals.need("responsible", "Responsible consultant", wanted.responsible)
    if wanted.responsible:
        theirs = Membership.objects.in_team(meeting.team_id).filter(user=wanted.responsible)
        refuse_responsible(wanted.responsible, theirs.values_list("role", flat=True), refusals)
    refusals.need("urgency", "Urgency", wanted.urgency)
    refusals.choice("urgency", "Urgency", wanted.urgency, ListingUrgency.values)
    refusals.length("guest", "Guest", wanted.guest, 200)
    refusals.between("minutes", "Minutes", wanted.minutes, 1, LONGEST_MINUTES)
    if wanted.plan and wanted.plan.episode_id != episode.pk:
        refusals.add("plan", "This plan belongs to another case or episode. Choose a plan of this one.")


def refuse_responsible(person: User, roles: Iterable[str], refusals: Refusals) -> None:
    """`roles`: those which the person holds in the team whose case it is."""
    if not set(roles) & set(DOCTORS):
        message = f"{person} is no consultant of this team. Choose its surgeon, oncologist or palliative care doctor."
        refusals.add("responsible", message)


def _refuse_gaps(episode: Episode, patient_knows: str, reason: str, refusals: Refusals) -> None:
    refusals.length("gaps_reason", "Why it is listed with facts missing", reason, 300)
    if reason.strip():
        return
    told = patient_knows.strip()
    lacking = [each.label for each in missing_of(episode) if not (told and each.code == PATIENT_KNOWS)]
    if lacking:
        words = missing_words(lacking)
        refusals.add("gaps_reason", f"Missing: {words}. Say why the case is listed all the same.")


def missing_words(labels: Sequence[str]) -> str:
    """In one sentence: Type of the tumour, grade, MRI of the tumour."""
    return ", ".join([*labels[:1], *map(_inside, labels[1:])])


def _inside(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


@transaction.atomic
def change_listing(
    *,
    listing: Listing,
    version: int | None,
    question: str,
    responsible: User | None,
    urgency: str,
    plan: Plan | None,
    guest: str = "",
    minutes: int | None = None,
    by: User,
) -> Listing:
    """Change what is asked, who answers for it, how urgent it is or who joins, until the case is decided."""
    listing = _locked(listing, by)
    check_version(listing, version)
    if listing.status not in (ListingStatus.TO_APPROVE, *OUTCOME_OWED):
        state = listing.get_status_display().lower()
        raise NotNow(f"This case is marked “{state}” on the list, so its listing is not changed any more.")
    wanted = _Wanted(question, responsible, urgency, plan, guest, minutes)
    refusals = Refusals()
    _refuse_wanted(listing.meeting, listing.episode, wanted, refusals)
    refusals.settle()
    if listing.track == Track.STANDARD_OF_CARE and listing.plan != plan:
        back_to_discussion(listing, "Its plan was changed after it was confirmed.", by=by)
    _write(listing, wanted)
    listing.save()
    _record(EventType.LISTING_CHANGED, listing, by, plan=plan.pk if plan else None)
    return listing


def to_approve(user: User) -> "QuerySet[Listing]":
    """Late additions that wait for this user as chair of their meetings, soonest meeting first."""
    rows = Listing.objects.visible_to(user).filter(
        status=ListingStatus.TO_APPROVE, meeting__chair=user, meeting__status__in=CHAIR_MAY_APPROVE
    )
    people = ("meeting__team", "episode__case__patient", "responsible", "listed_by")
    return rows.select_related(*people).order_by("meeting__starts_at", "pk")


@transaction.atomic
def approve_listing(*, listing: Listing, version: int | None, by: User) -> Listing:
    """The chair lets a late addition onto the list."""
    listing = _waiting(listing, version, by)
    if by.pk == listing.listed_by_id:
        raise PermissionDenied(
            "You asked for this addition before you were named as chair, so you do not approve it yourself. "
            "Let another member chair the meeting, or leave the case to another one."
        )
    refuse_unheard(listing.episode.case)
    LISTING.check(listing.status, ListingStatus.LISTED)
    listing.status = ListingStatus.LISTED
    listing.late_approved_by, listing.late_approved_at = by, timezone.now()
    listing.position = last_place(listing.meeting) + 1
    listing.save()
    case = cases.move_case(case=listing.episode.case, to=CaseStatus.LISTED, by=by)
    _note(case, listing.meeting, by)
    _record(EventType.LISTING_APPROVED, listing, by)
    return listing


@transaction.atomic
def refuse_listing(*, listing: Listing, version: int | None, reason: str, by: User) -> Listing:
    """The chair leaves a late addition to another meeting, and says why."""
    listing = _waiting(listing, version, by)
    refusals = Refusals()
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, 250)
    refusals.settle()
    put_off(listing, ListingStatus.POSTPONED, f"Not approved by the chair: {reason.strip()}", by)
    return listing


def _waiting(listing: Listing, version: int | None, by: User) -> Listing:
    listing = _locked(listing, by, Permission.SEE_CASES)
    check_version(listing, version)
    meeting = listing.meeting
    if by.pk != meeting.chair_id:
        chair = f"{meeting.chair} chairs" if meeting.chair else "Nobody chairs"
        raise PermissionDenied(f"{chair} this meeting; only its chair decides on late additions.")
    if listing.status != ListingStatus.TO_APPROVE:
        raise NotNow(f"The case is marked “{listing.get_status_display().lower()}” by now.")
    if meeting.status not in CHAIR_MAY_APPROVE:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so its list takes no more cases.")
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


def _locked(listing: Listing, by: User, permission: Permission = Permission.LIST_CASES) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",)).select_related(
        "meeting__team", "meeting__chair", "episode__case__patient"
    )
    listing = rows.get(pk=listing.pk)
    by.must(permission, listing.meeting.team_id)
    return listing


def _record(event: EventType, listing: Listing, by: User, **data: Any) -> None:
    audit.record(event, target=listing, by=by, case_id=listing.episode.case_id, data=data)
