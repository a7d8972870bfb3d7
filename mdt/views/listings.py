"""Putting a case on a list, changing the question, the order, and taking it off."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from audit import reads
from cases import presenting as case_words
from cases.models import Case
from cases.views.access import case_of
from cases.views.attempts import attempt
from mdt import services
from mdt.forms import ChangeListingForm, ListingForm, OffForm
from mdt.models import Listing
from treatments import in_force


def listing_for(request: HttpRequest, pk: int, permission: Permission = Permission.SEE_CASES) -> Listing:
    """A listing of the user's teams; its patient is noted as read."""
    request.user.must(permission)
    listings = Listing.objects.visible_to(request.user).in_the_room()
    with_rules = listings.annotate(local_rules=in_force.column("meeting__team_id"))
    listing: Listing = get_object_or_404(with_rules, pk=pk)
    request.user.must(permission, listing.meeting.team_id)
    reads.saw(request, [listing.episode.case.patient_id])
    return listing


def frame(request: HttpRequest, case: Case) -> dict[str, Any]:
    return {
        "case": case,
        "who": case_words.who(case),
        "tabs": case_words.tabs(case, request.user, "desk:discussions"),
        "may": lambda permission: request.user.may(permission, case.team_id),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def list_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a case on the next meeting's list, or a later one's."""
    request.user.must(Permission.LIST_CASES)
    case = case_of(request, reference, Permission.LIST_CASES)
    initial = {
        "patient_knows": case.patient_knows,
        "responsible": case.responsible_consultant_id,
        "meeting": request.GET.get("meeting", ""),
    }
    form = ListingForm(request.POST or None, initial=initial, episode=case.current_episode)

    def put() -> Listing:
        data = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        data["meeting"] = data["meeting"] or services.next_meeting(team=case.team, by=request.user)
        return services.list_case(episode=case.current_episode, by=request.user, **data)

    made, status = attempt(request, form, put)
    if made:
        messages.success(request, f"{case.reference} is on the list, place {made.position}.")
        return redirect("mdt:meeting", made.meeting_id)
    record_at = reverse("cases:facts", args=[reference])
    facts = case_words.six_facts(case.current_episode, record_at)
    shown = {**frame(request, case), "form": form, "facts": facts}
    return render(request, "mdt/list_case.jinja", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the question, the consultant or the plan."""
    listing = listing_for(request, pk, Permission.LIST_CASES)
    initial = {
        "question": listing.question,
        "responsible": listing.responsible_id,
        "plan": listing.plan_id,
        "version": listing.version,
    }
    form = ChangeListingForm(request.POST or None, initial=initial, episode=listing.episode)

    def change() -> Listing:
        return services.change_listing(listing=listing, by=request.user, **form.cleaned_data)

    made, status = attempt(request, form, change, _theirs)
    if made:
        messages.success(request, "The listing is changed.")
        return redirect("mdt:listing", pk)
    shown = {**frame(request, listing.episode.case), "form": form, "listing": listing}
    return render(request, "mdt/listing_change.jinja", shown, status=status)


def _theirs(row: Listing) -> dict[str, Any]:
    return {"question": row.question, "responsible": row.responsible, "plan": row.plan}


@require_POST
def listing_place(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down."""
    listing = listing_for(request, pk, Permission.LIST_CASES)
    direction = "up" if request.POST.get("direction") == "up" else "down"
    services.move_listing(listing=listing, direction=direction, by=request.user)
    return redirect("mdt:meeting", listing.meeting_id)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the case off, or take it off, with the reason."""
    listing = listing_for(request, pk, Permission.LIST_CASES)
    form = OffForm(request.POST or None, initial={"version": listing.version, "to": "postponed"})

    def take_off() -> Listing:
        data = form.cleaned_data
        off = services.postpone_listing if data["to"] == "postponed" else services.withdraw_listing
        return off(listing=listing, version=data["version"], reason=data["reason"], by=request.user)

    made, status = attempt(request, form, take_off)
    if made:
        messages.success(request, f"{made.get_status_display()}: {listing.episode.case.reference}.")
        return redirect("mdt:meeting", made.meeting_id)
    shown = {**frame(request, listing.episode.case), "form": form, "listing": listing}
    return render(request, "mdt/listing_off.jinja", shown, status=status)
