"""Taking a case off a list: put off with a coded reason, also straight onto the next list, or withdrawn; undoing it."""

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
from cases.services import cases
from cases.services.refusals import Refusals, said
from cases.workflow import CaseStatus
from mdt.models import Decision, Listing, Meeting
from mdt.models.meeting import to_come
from mdt.services.back_to_discussion import back_to_discussion
from mdt.services.gaps import sync_gaps
from mdt.services.preparing import drop_preparations
from mdt.workflow import (
    LISTING,
    OUTCOME_OWED,
    STANDING,
    ListingStatus,
    MeetingStatus,
    NotNow,
    PostponeReason,
    Track,
)

TAKEN_ALONG = ("question", "responsible_id", "urgency", "source", "guest", "minutes", "plan_id")


@transaction.atomic
def withdraw_listing(*, listing: Listing, version: int | None, reason: str, by: User) -> Listing:
    """Take the case off the list, with the reason; the case waits for another meeting."""
    listing = _locked(listing, version, by)
    LISTING.check(listing.status, ListingStatus.WITHDRAWN)
    refusals = Refusals()
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, 300)
    refusals.settle()
    put_off(listing, ListingStatus.WITHDRAWN, reason.strip(), by)
    return listing


@transaction.atomic
def postpone_listing(
    *,
    listing: Listing,
    version: int | None,
    reason: str,
    note: str = "",
    to: Meeting | None = None,
    by: User,
) -> Listing:
    """Put the case off with a coded reason; with `to`, it is on that meeting's list in the same step."""
    listing = _locked(listing, version, by)
    LISTING.check(listing.status, ListingStatus.POSTPONED)
    if listing.status == ListingStatus.TO_APPROVE:
        raise NotNow(
            "The case waits for the chair’s approval, so it has no place on this list that could be put off. "
            "Take it off, or let the chair leave it to another meeting."
        )
    _refuse_decided(listing)
    refusals = Refusals()
    refusals.need("reason", "Reason", reason)
    refusals.choice("reason", "Reason", reason, PostponeReason.values)
    refusals.length("note", "Note", note, 300)
    refusals.settle()
    if to is not None:
        _put_on_next(listing, to, PostponeReason(reason), by)
    put_off(listing, ListingStatus.POSTPONED, note.strip(), by, coded=reason)
    return listing


def _refuse_decided(listing: Listing) -> None:
    """A decision belongs to the list that it was made on, where the chair signs it."""
    if Decision.objects.filter(listing=listing).exists():
        raise NotNow(
            "A decision stands on this case at this meeting, so the case is not put off. End its discussion, "
            "and the decision stays; or record another in its place, with the day for discussing it again."
        )


def put_off(listing: Listing, to: ListingStatus, reason: str, by: User | None, *, coded: str = "") -> None:
    """Off the list; the case waits for another one, unless it is on one or is closed already."""
    now = timezone.now()
    listing.discussions.filter(ended_at__isnull=True).update(ended_at=now)
    listing.status, listing.status_reason, listing.off_reason = to, reason, coded
    listing.off_at = now
    listing.save()
    case = listing.episode.case
    elsewhere = Listing.objects.filter(episode__case=case, status__in=OUTCOME_OWED).exists()
    if case.status == CaseStatus.LISTED and not elsewhere:
        cases.move_case(case=case, to=CaseStatus.READY, by=by)
    _record(EventType.LISTING_WITHDRAWN, listing, by, to=to, reason=coded)


def _put_on_next(listing: Listing, to: Meeting, reason: PostponeReason, by: User) -> None:
    """The same question, consultant and guest on the next list, which must still be open."""
    to = Meeting.objects.select_for_update(of=("self",)).select_related("team").get(pk=to.pk)
    refuse_unheard(listing.episode.case)
    if to.team_id != listing.meeting.team_id or to.starts_at <= listing.meeting.starts_at:
        raise ValidationError({"to": ["Choose a later meeting of the same team."]})
    if to.is_late(timezone.now()):
        raise NotNow(f"The list of {said(to.day)} is closed by now. Choose a later meeting.")
    there = Listing.objects.filter(meeting=to, episode=listing.episode_id).first()
    if there is not None and there.status in STANDING:
        raise ValidationError({"to": [f"The case is on the list of {said(to.day)} already."]})
    row = there or Listing(meeting=to, episode_id=listing.episode_id, listed_by=by)
    for name in TAKEN_ALONG:
        setattr(row, name, getattr(listing, name))
    if there is not None:
        come_back(row, by)
    row.position = last_place(to) + 1
    row.status, row.status_reason, row.off_reason, row.off_at = ListingStatus.LISTED, "", "", None
    if sync_gaps(episode=listing.episode, meeting=to, by=by):
        row.gaps_accepted_by = by
        row.gaps_accepted_reason = f"Put off from {said(listing.meeting.day)}: {reason.label.lower()}"
    row.version += 1 if row.pk else 0
    row.save()
    data = {"meeting": to.pk, "from": listing.meeting_id}
    audit.record(EventType.CASE_LISTED, target=row, by=by, case_id=listing.episode.case_id, data=data)


def refuse_unheard(case: Case) -> None:
    """Nobody is put on a list, or back on one, who has died or whose case is closed."""
    if case.patient.is_dead:
        raise NotNow("The patient has died, so the case cannot be listed.")
    if case.status == CaseStatus.CLOSED:
        raise NotNow("The case is closed, so it cannot be listed. Open it again first.")


def come_back(listing: Listing, by: User) -> None:
    """A row that was taken off is listed anew: confirmed, pulled back and prepared by nobody."""
    if listing.track == Track.STANDARD_OF_CARE:
        back_to_discussion(listing, "It was listed anew after it was confirmed.", by=by)
    listing.track, listing.standard = Track.DISCUSS, None
    listing.standard_confirmed_by, listing.standard_confirmed_at = None, None
    listing.pulled_back_by, listing.pulled_back_at, listing.pulled_back_reason = None, None, ""
    listing.late_reason, listing.late_approved_by, listing.late_approved_at = "", None, None
    drop_preparations(listing, by)


def last_place(meeting: Meeting) -> int:
    return Listing.objects.filter(meeting=meeting).aggregate(last=Max("position"))["last"] or 0


@transaction.atomic
def undo_taking_off(*, listing: Listing, version: int | None, by: User) -> Listing:
    """Back to where it was, and off the list that it was put off to.

    What waited for the chair waits again; what was taken off before the cut-off needs the chair after it.
    """
    Meeting.objects.select_for_update().get(pk=listing.meeting_id)
    listing = _locked(listing, version, by)
    Episode.objects.select_for_update(no_key=True).get(pk=listing.episode_id)
    meeting = listing.meeting
    LISTING.check(listing.status, ListingStatus.LISTED)
    if meeting.status in (MeetingStatus.FINISHED, MeetingStatus.CANCELLED):
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so the case cannot come back to its list.")
    refuse_unheard(listing.episode.case)
    _take_off_the_next(listing, by)
    listing.status = _where_it_was(listing, by)
    listing.status_reason, listing.off_reason, listing.off_at = "", "", None
    listing.save()
    if listing.status == ListingStatus.LISTED:
        cases.move_case(case=listing.episode.case, to=CaseStatus.LISTED, by=by)
    sync_gaps(episode=listing.episode, meeting=meeting, by=by)
    _record(EventType.LISTING_CHANGED, listing, by, undone=True)
    return listing


def _where_it_was(listing: Listing, by: User) -> ListingStatus:
    meeting = listing.meeting
    if by.pk == meeting.chair_id:
        return ListingStatus.LISTED
    waited = bool(listing.late_reason) and listing.late_approved_at is None
    before = listing.off_at is None or listing.off_at < meeting.closes_at
    if waited or (before and meeting.is_late(timezone.now())):
        listing.late_reason = listing.late_reason or "Taken off before the cut-off, and put back after it"
        listing.late_approved_by, listing.late_approved_at = None, None
        listing.listed_by = listing.listed_by if waited else by
        return ListingStatus.TO_APPROVE
    return ListingStatus.LISTED


def _take_off_the_next(listing: Listing, by: User) -> None:
    rows = Listing.objects.select_for_update(of=("self",)).select_related("episode__case")
    standing = rows.filter(to_come(), episode=listing.episode_id, status__in=STANDING)
    later = standing.exclude(pk=listing.pk).first()
    if later is None:
        return
    if later.status not in (ListingStatus.LISTED, ListingStatus.TO_APPROVE):
        raise NotNow("The case is being discussed at another meeting by now.")
    put_off(later, ListingStatus.WITHDRAWN, "Putting it off was undone.", by)
    listing.episode.case.refresh_from_db()


def _locked(listing: Listing, version: int | None, by: User) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",)).select_related(
        "meeting__team", "episode__case__patient"
    )
    listing = rows.get(pk=listing.pk)
    by.must(Permission.LIST_CASES, listing.meeting.team_id)
    check_version(listing, version)
    return listing


def _record(event: EventType, listing: Listing, by: User | None, **data: object) -> None:
    audit.record(event, target=listing, by=by, case_id=listing.episode.case_id, data=data)
