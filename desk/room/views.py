"""Pages of the meeting screen."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from cases.views.attempts import attempt
from desk.room.deciding import decide, forms
from desk.room.reading import room_of
from desk.room.showing import shown
from mdt import services
from mdt.forms import RecusalForm
from mdt.views.listings import frame, listing_for


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The case as the meeting sees it; posting records the decision, or says everything that stands against it."""
    room = room_of(listing_for(request, pk))
    if request.method == "POST":
        return decide(request, room)
    form, actions = forms(room)
    return render(request, "room/case.jinja", shown(request, room, form, actions))


@require_POST
def discuss(request: HttpRequest, pk: int) -> HttpResponse:
    """The presenter's mark: the discussion starts, or ends."""
    row = listing_for(request, pk, Permission.RUN_MEETING)
    if request.POST.get("mark") == "end":
        services.end_discussion(listing=row, by=request.user)
    else:
        services.start_discussion(listing=row, by=request.user)
    return redirect("room:case", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone steps aside from this case."""
    row = listing_for(request, pk, Permission.RUN_MEETING)
    members = services.members_of(row.meeting.team)
    form = RecusalForm(request.POST or None, team=row.meeting.team, members=members)

    def step_aside() -> Any:
        data = form.cleaned_data
        return services.recuse(listing=row, person=data["person"], interest=data["interest"], by=request.user)

    made, status = attempt(request, form, step_aside)
    if made:
        messages.success(request, f"{made.person} steps aside from this case.")
        return redirect("room:case", pk)
    page = {**frame(request, row.episode.case), "listing": row, "form": form}
    return render(request, "room/recuse.jinja", page, status=status)
