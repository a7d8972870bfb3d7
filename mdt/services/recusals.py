"""Stepping aside from a case, with the interest declared; who did so decides nothing of it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Membership, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.models import Episode
from cases.services.refusals import Refusals
from mdt.models import Decision, Listing, Recusal
from mdt.services.back_to_discussion import back_to_discussion
from mdt.workflow import STANDING, ListingStatus, MeetingStatus, NotNow, Track

OVER = (MeetingStatus.FINISHED, MeetingStatus.CANCELLED)


def recused_of(listing: Listing) -> list[dict[str, Any]]:
    """Who stepped aside from the case, as a decision keeps it."""
    return [_kept(each) for each in listing.recusals.select_related("person")]


def recused_between(episode: Episode) -> list[dict[str, Any]]:
    """The same between meetings: who stepped aside from it where it stands on a list."""
    rows = Recusal.objects.filter(listing__episode=episode, listing__status__in=STANDING)
    found = {each.person_id: _kept(each) for each in rows.select_related("person").order_by("pk")}
    return list(found.values())


def _kept(recusal: Recusal) -> dict[str, Any]:
    return {"person": recusal.person_id, "name": recusal.person.full_name, "interest": recusal.interest}


@transaction.atomic
def recuse(*, listing: Listing, person: User, interest: str, by: User) -> Recusal:
    """Someone steps aside from one case, with the interest declared; they don't count for its quorum.

    A member does so themselves; whoever runs the meeting records it for anybody.
    """
    listing = _locked(listing, person.pk, by)
    refusals = Refusals()
    refusals.need("interest", "Interest declared", interest.strip())
    refusals.length("interest", "Interest declared", interest, 300)
    if not Membership.objects.in_team(listing.meeting.team_id).filter(user=person).exists():
        refusals.add("person", f"{person} is not a member of this team.")
    if listing.recusals.filter(person=person).exists():
        refusals.add("person", f"{person} has stepped aside already.")
    refusals.settle()
    row = Recusal.objects.create(listing=listing, person=person, interest=interest.strip(), recorded_by=by)
    data = {"recused": person.pk}
    case_id = listing.episode.case_id
    audit.record(EventType.ATTENDANCE_RECORDED, target=row, by=by, case_id=case_id, data=data)
    if listing.track == Track.STANDARD_OF_CARE and listing.standard_confirmed_by_id == person.pk:
        _discuss_instead(listing, person, by)
    return row


@transaction.atomic
def withdraw_recusal(*, recusal: Recusal, by: User) -> None:
    """It was recorded by mistake, and no decision rests on it. The row's history keeps it.

    Once the case was discussed nobody does so for themselves: they would count as present after all.
    """
    listing = _locked(recusal.listing, recusal.person_id, by)
    found = Recusal.objects.filter(pk=recusal.pk).select_related("person").first()
    if found is None:
        raise NotNow("This was withdrawn meanwhile, as recorded by mistake.")
    if Decision.objects.filter(listing=listing, recused__contains=[{"person": found.person_id}]).exists():
        raise NotNow(f"A decision of this case was recorded without {found.person}, so it stays recorded.")
    if found.person_id == by.pk and listing.discussions.exists():
        raise NotNow(
            "The case has been discussed since you stepped aside, so you cannot take it back yourself. "
            "Somebody else who runs the meeting can."
        )
    data = {"person": found.person_id}
    case_id = listing.episode.case_id
    audit.record(EventType.RECUSAL_WITHDRAWN, target=listing, by=by, case_id=case_id, data=data)
    found.delete()


def _locked(listing: Listing, person: int, by: User) -> Listing:
    """Under the lock of the listing, where its decision is recorded."""
    rows = Listing.objects.select_for_update(of=("self",)).select_related("meeting", "episode")
    listing = rows.get(pk=listing.pk)
    by.must(Permission.ATTEND if person == by.pk else Permission.RUN_MEETING, listing.meeting.team_id)
    if listing.meeting.status in OVER:
        state = listing.meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so who stepped aside from its cases stays as it was recorded.")
    return listing


def _discuss_instead(listing: Listing, person: User, by: User) -> None:
    """Who steps aside has confirmed nothing: while the session lasts the case is discussed."""
    if listing.status != ListingStatus.LISTED:
        return
    back_to_discussion(listing, f"{person} had confirmed it and stepped aside from it.", by=by)
    listing.version += 1
    listing.save()


def refuse_recused(listing: Listing | None, *people: User | None) -> None:
    """Who stepped aside from a case neither records its decision nor ratifies it."""
    if listing is None:
        return
    named = {person.pk: person for person in people if person is not None}
    aside = listing.recusals.filter(person__in=named).values_list("person", flat=True)
    if aside:
        names = " and ".join(named[pk].full_name for pk in aside)
        have = "has" if len(aside) == 1 else "have"
        raise ValidationError(f"{names} {have} stepped aside from this case, so somebody else decides it.")


def recused_since(listing: Listing | None) -> set[int]:
    """Who has stepped aside by now, also after a decision was recorded."""
    return set(listing.recusals.values_list("person", flat=True)) if listing else set()
