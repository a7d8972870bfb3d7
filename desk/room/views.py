"""Pages of the meeting screen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from desk.room.bar import back_to
from desk.room.deciding import decide
from desk.room.live import marked_listing
from desk.room.reading import room_of
from desk.room.showing import shown
from mdt import services
from mdt.views.listings import listing_for


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The case as the meeting sees it; posting records the decision, or says everything that stands against it."""
    room = room_of(marked_listing(request, pk))
    if request.method == "POST":
        return decide(request, room)
    return render(request, "room/case.jinja", shown(request, room))


@require_POST
def discuss(request: HttpRequest, pk: int) -> HttpResponse:
    """The presenter's mark: the discussion starts, or ends."""
    row = listing_for(request, pk, Permission.RUN_MEETING)
    if request.POST.get("mark") == "end":
        services.end_discussion(listing=row, by=request.user)
    else:
        services.start_discussion(listing=row, by=request.user)
    return redirect(back_to(row))
