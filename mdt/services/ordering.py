"""The order of a list: one place up or down, to a place, and all of it by one press."""

from collections.abc import Sequence
from typing import Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.models import ReportRequest
from cases.models.report import ReportKind
from mdt.arranging import Place, arranged
from mdt.models import Listing, Meeting
from mdt.models.listing import ListingQuerySet
from mdt.workflow import MeetingStatus, NotNow


@transaction.atomic
def move_listing(
    *, listing: Listing, direction: Literal["up", "down"] | None = None, to: int | None = None, by: User
) -> Listing:
    """Change places with the neighbour, or go to a place of the list; beyond its ends nothing happens."""
    meeting = _locked(listing.meeting_id, by)
    rows = _rows(meeting)
    places = [row.pk for row in rows]
    if listing.pk not in places:
        raise ValidationError("The case is not on the list any more.")
    place = places.index(listing.pk)
    if to is not None and not 1 <= to <= len(rows):
        raise ValidationError({"to": [f"Enter a place from 1 to {len(rows)}."]})
    other = to - 1 if to is not None else place + (-1 if direction == "up" else 1)
    if other != place and 0 <= other < len(rows):
        rows.insert(other, rows.pop(place))
        _number(rows)
        case_id = listing.episode.case_id
        data = {"moved": direction or "to", "place": other + 1}
        audit.record(EventType.LISTING_CHANGED, target=listing, by=by, case_id=case_id, data=data)
    return listing


def proposed_order(meeting: Meeting) -> list[tuple[int, Listing]]:
    """Each case of the list with the place that it has now, in the order that arranging would give."""
    rows = list(_with_pathology(meeting).select_related("episode__case__patient"))
    places = {row.pk: number for number, row in enumerate(rows, start=1)}
    by_id = {row.pk: row for row in rows}
    return [(places[each.key], by_id[each.key]) for each in arranged([_place(row) for row in rows])]


@transaction.atomic
def arrange_list(*, meeting: Meeting, seen: Sequence[int], by: User) -> list[Listing]:
    """Guests first, pathology together, urgent early, standard of care last.

    `seen`: the order that the preview was made of; refused where the list is another one by now.
    """
    meeting = _locked(meeting.pk, by)
    rows = list(_with_pathology(meeting))
    if [row.pk for row in rows] != list(seen):
        raise NotNow("The list changed while you were looking at it. Look at the new order first.")
    by_id = {row.pk: row for row in rows}
    ordered = [by_id[each.key] for each in arranged([_place(row) for row in rows])]
    if ordered != rows:
        _number(ordered)
        audit.record(EventType.LISTING_CHANGED, target=meeting, by=by, data={"arranged": len(ordered)})
    return ordered


def _place(row: Listing) -> Place:
    return Place(
        row.pk,
        track=row.track,
        has_guest=bool(row.guest),
        question=row.question,
        source=row.source,
        waits_for_pathology=row.waits_for_pathology,  # type: ignore[attr-defined]
        is_urgent=row.urgency == "urgent",
    )


def _with_pathology(meeting: Meeting) -> ListingQuerySet:
    asked = ReportRequest.objects.waiting().filter(episode=OuterRef("episode"), kind=ReportKind.PATHOLOGY)
    rows = Listing.objects.filter(meeting=meeting).on_the_list().annotate(waits_for_pathology=Exists(asked))
    return rows.order_by("position", "pk")


def _rows(meeting: Meeting) -> list[Listing]:
    return list(Listing.objects.filter(meeting=meeting).on_the_list().order_by("position", "pk"))


def _number(rows: Sequence[Listing]) -> None:
    moved = [(row, number) for number, row in enumerate(rows, start=1) if row.position != number]
    for row, number in moved:
        row.position = number
    Listing.objects.bulk_update([row for row, _ in moved], ["position"])


def _locked(meeting_id: int, by: User) -> Meeting:
    meeting = Meeting.objects.select_for_update().get(pk=meeting_id)
    by.must(Permission.LIST_CASES, meeting.team_id)
    if meeting.status in {MeetingStatus.FINISHED, MeetingStatus.CANCELLED}:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so the order of its list stays as it is.")
    return meeting
