"""Preparing a meeting, role by role: the cases, what they ask of the role, and the tick that they are ready."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SIX_ROLES, Permission, Role
from audit import reads
from mdt import readiness, services
from mdt.models import Listing, Meeting
from mdt.views.gaps import filler
from mdt.workflow import NotNow


@require_safe
def prepare(request: HttpRequest, pk: int, role: str = "") -> HttpResponse:
    """The whole list as one role looks at it; without a role as that of the person."""
    request.user.must(Permission.PREPARE)
    meetings = Meeting.objects.visible_to(request.user).select_related("team", "chair")
    meeting = get_object_or_404(meetings, pk=pk)
    request.user.must(Permission.PREPARE, meeting.team_id)
    held = services.roles_of(request.user, meeting.team_id)
    if not role and held:
        return redirect("mdt:prepare", pk, held[0].value)
    if role not in SIX_ROLES:
        raise Http404
    cards = readiness.cards(meeting, Role(role), request.user)
    reads.saw(request, {card.listing.episode.case.patient_id for card in cards})
    context = {
        "meeting": meeting,
        "role": Role(role),
        "roles": SIX_ROLES,
        "cards": cards,
        "done": sum(card.preparation is not None for card in cards),
        "may_tick": role in held,
        "may": lambda permission: request.user.may(permission, meeting.team_id),
        "where": filler(request.user),
    }
    return render(request, "mdt/prepare.jinja", context)


@require_POST
def prepared(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick, with a note, or take the tick back; on to the next case."""
    request.user.must(Permission.PREPARE)
    rows = Listing.objects.visible_to(request.user).select_related("meeting", "episode__case")
    listing = get_object_or_404(rows, pk=pk)
    role = request.POST.get("role", "")
    try:
        if request.POST.get("undo"):
            services.undo_preparation(listing=listing, role=role, by=request.user)
        else:
            note = request.POST.get("note", "")
            services.prepare_case(listing=listing, role=role, note=note, by=request.user)
    except (NotNow, ValidationError) as refusal:
        said = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
        messages.error(request, f"{listing.episode.case.reference}: {' '.join(said)}")
    return redirect(reverse("mdt:prepare", args=[listing.meeting_id, role]) + f"#case-{pk}")
