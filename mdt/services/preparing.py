"""Marking a listed case as prepared for a role, by somebody who holds it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.permissions import SIX_ROLES, Permission, Role
from audit import services as audit
from audit.events import EventType
from cases.services.refusals import Refusals
from mdt.models import Listing, Preparation
from mdt.workflow import OFF_THE_LIST, MeetingStatus, NotNow

BEFORE_THE_END = (MeetingStatus.PLANNED, MeetingStatus.CLOSED_FOR_LISTING, MeetingStatus.IN_SESSION)
NOTE = 500


def roles_of(user: User, team: int) -> list[Role]:
    """Of the six roles, those that the person holds in the team, in their order."""
    held = {member.role for member in user.active_memberships if member.team_id == team}
    return [role for role in SIX_ROLES if role in held]


@transaction.atomic
def prepare_case(*, listing: Listing, role: str, note: str = "", by: User) -> Preparation:
    """Say that the case is ready for a role; once more changes the note."""
    listing = _locked(listing, role, by)
    if listing.meeting.status not in BEFORE_THE_END:
        state = listing.meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so there is nothing to prepare for it.")
    if listing.status in OFF_THE_LIST:
        raise NotNow("The case is not on this meeting’s list, so there is nothing to prepare.")
    refusals = Refusals()
    refusals.length("note", "Note", note, NOTE)
    refusals.settle()
    told = {"note": note.strip(), "by": by, "at": Now()}
    row, _ = Preparation.objects.update_or_create(listing=listing, role=role, defaults=told)
    _record(row, by, done=True)
    return row


@transaction.atomic
def undo_preparation(*, listing: Listing, role: str, by: User) -> None:
    """Take the mark back; nothing happens where there is none."""
    listing = _locked(listing, role, by)
    row = Preparation.objects.filter(listing=listing, role=role).first()
    if row is None:
        return
    _record(row, by, done=False)
    row.delete()


def drop_preparations(listing: Listing, by: User) -> None:
    """Of a case that comes back to a list: what was prepared was for another time."""
    for row in listing.preparations.all():
        _record(row, by, done=False)
        row.delete()


def _locked(listing: Listing, role: str, by: User) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",)).select_related("meeting", "episode")
    listing = rows.get(pk=listing.pk)
    team = listing.meeting.team_id
    by.must(Permission.PREPARE, team)
    if role not in roles_of(by, team):
        words = Role(role).label.lower() if role in Role.values else "such a role"
        raise PermissionDenied(f"You do not hold this role in the team: {words}.")
    return listing


def _record(row: Preparation, by: User, *, done: bool) -> None:
    """What is deleted can lead nobody to the listing, so its event is the listing's."""
    data = {"role": row.role, "done": done}
    target = row if done else row.listing
    case_id = row.listing.episode.case_id
    audit.record(EventType.CASE_PREPARED, target=target, by=by, case_id=case_id, data=data)
