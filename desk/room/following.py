"""Following the presenter, asking whether something changed, and moving the room."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from desk.room import live as asking
from desk.room.bar import entries_of, screen_of
from desk.room.meeting_mark import NOTHING_NEW
from desk.room.reading import marks_of, room_of
from desk.room.showing import shown
from mdt import services
from mdt.models import Listing, Meeting
from mdt.views.meetings import meeting_for
from mdt.workflow import OPEN, MeetingStatus

NUMBER_DIGITS = 18


@require_safe
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The case that the presenter shows; who stays here follows. Before and after the session, what is to come."""
    listing = asking.shown_listing(request, pk)
    return page(request, listing, follows=True) if listing else waiting(request, meeting_for(request, pk))


def page(request: HttpRequest, listing: Listing, *, follows: bool) -> HttpResponse:
    room = room_of(listing)
    room.follows = follows
    return render(request, "room/case.jinja", shown(request, room))


def waiting(request: HttpRequest, meeting: Meeting, mark: str = "") -> HttpResponse:
    """No case is shown: the session has not begun, is over, or its list has nothing to discuss."""
    now = screen_of(meeting)
    told = {
        "meeting": meeting,
        "presenter": now.presenter if now else None,
        "is_live": meeting.status == MeetingStatus.IN_SESSION,
        "has_ended": meeting.ended_at is not None,
        "can_finish": meeting.status in OPEN,
        "entries": entries_of(marks_of(meeting.pk)),
        "may": lambda permission: request.user.may(permission, meeting.team_id),
        "mark": mark or asking.mark_of(meeting=meeting.pk, listing=None),
        "ticket": asking.ticket_for(request, meeting.pk, None),
    }
    return render(request, "room/waiting.jinja", told)


@never_cache
@login_not_required
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing where the page shows all that there is; else the page as it is now. Without `listing`, of the screen."""
    listing, seen = number(request.GET.get("listing", "")), request.GET.get("seen", "")
    if not request.user.is_authenticated:
        return HttpResponse("You are signed out.", status=401, content_type="text/plain")
    del request._messages  # type: ignore[attr-defined]  # they wait for the page that the person opens next
    row = asking.marked_listing(request, listing) if listing else asking.shown_listing(request, pk)
    if row is None:
        meeting = meeting_for(request, pk)
        mark = asking.mark_of(meeting=pk, listing=None)
        return same(request, pk, None) if mark == seen else waiting(request, meeting, mark)
    if row.meeting_id != pk:
        raise Http404
    if row.mark == seen:  # type: ignore[attr-defined]
        return same(request, pk, listing)
    reads.saw(request, [], poll=True)
    return page(request, row, follows=listing is None)


def nothing_new(request: HttpRequest, pk: int) -> HttpResponse | None:
    """For a minute the page's ticket stands for its session, and tells "nothing new" alone."""
    listing = number(request.GET.get("listing", ""))
    if not asking.has_ticket(request, pk, listing):
        return None
    is_same = asking.mark_of(meeting=pk, listing=listing) == request.GET.get("seen", "")
    return HttpResponse(status=NOTHING_NEW) if is_same else None


live.quick = nothing_new


def same(request: HttpRequest, meeting: int, listing: int | None) -> HttpResponse:
    """Nothing new, with a new ticket; nothing of the patient is shown, so nothing is noted as read."""
    request.patients_read = set()  # type: ignore[attr-defined]
    ticket = asking.ticket_for(request, meeting, listing)
    return HttpResponse(status=NOTHING_NEW, headers={"X-Room-Ticket": ticket})


@require_POST
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The presenter moves the room to a case."""
    listing = _listing(request, pk)
    try:
        services.show_case(listing=listing, by=request.user)
    except services.NotPresenting as error:
        told = {"meeting": listing.meeting, "listing": listing, "presenter": error.presenter}
        return render(request, "room/not_presenting.jinja", told, status=409)
    return redirect("room:screen", pk)


@require_POST
def presenter(request: HttpRequest, pk: int) -> HttpResponse:
    """Take presenting over; with a case, the room goes there too."""
    meeting = meeting_for(request, pk, Permission.RUN_MEETING)
    listing = _listing(request, pk) if "listing" in request.POST else None
    services.take_presenting(meeting=meeting, by=request.user)
    if listing:
        services.show_case(listing=listing, by=request.user)
    messages.success(request, "You are presenting. All screens follow you.")
    return redirect("room:screen", pk)


def _listing(request: HttpRequest, meeting: int) -> Listing:
    request.user.must(Permission.RUN_MEETING)
    rows: Any = Listing.objects.visible_to(request.user).select_related("meeting__team", "episode__case")
    return get_object_or_404(rows, meeting=meeting, pk=number(request.POST.get("listing", "")))


def number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= NUMBER_DIGITS else None
