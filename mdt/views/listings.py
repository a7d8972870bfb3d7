"""Putting a case on a list, changing what is asked, its place, taking it off, and the chair on late additions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
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
from mdt.list_forms import (
    USUAL_REASONS,
    ChangeListingForm,
    ListingForm,
    OffForm,
    PlaceForm,
    ReasonForm,
)
from mdt.models import Listing
from mdt.proposing import known_of
from mdt.services.listings import missing_words, standing_elsewhere
from mdt.workflow import ListingStatus


def listing_for(
    request: HttpRequest, pk: Any, permission: Permission = Permission.SEE_CASES, **more: Any
) -> Listing:
    """A listing of the user's teams, by its key or a subquery; `more` is read with it. Its patient is noted as read."""
    request.user.must(permission)
    listings = Listing.objects.visible_to(request.user).in_the_room()
    listing: Listing = get_object_or_404(listings.annotate(**more), pk=pk)
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
    initial = _prefilled(case) | {"meeting": request.GET.get("meeting", "")} | _after_opinion(request)
    episode = case.current_episode
    form = ListingForm(request.POST or None, initial=initial, episode=episode)

    def put() -> Listing:
        data = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        if data["meeting"]:
            return services.list_case(episode=episode, by=request.user, **data)
        del data["meeting"]
        return services.list_for_next(episode=episode, by=request.user, **data)

    made, status = attempt(request, form, put, lambda now: {"patient_knows": now.patient_knows})
    if made:
        _say_listed(request, made, case.reference)
        return redirect("mdt:meeting", made.meeting_id)
    record_at = reverse("cases:facts", args=[reference])
    shown = {
        **frame(request, case),
        "form": form,
        "facts": case_words.six_facts(episode, record_at),
        "missing": missing_words([each.label for each in services.missing_of(episode)]),
        "some_closed": form.some_closed,
        "elsewhere": standing_elsewhere(episode),
        "usual_reasons": USUAL_REASONS,
    }
    return render(request, "mdt/list_case.jinja", shown, status=status)


def _prefilled(case: Case) -> dict[str, Any]:
    """What the last listing or the referral says already."""
    known = known_of(case)
    return {
        "question": known.question,
        "patient_knows": known.patient_knows,
        "knows_seen": known.patient_knows,
        "responsible": known.responsible.pk if known.responsible else None,
        "urgency": known.urgency,
    }


def _after_opinion(request: HttpRequest) -> dict[str, Any]:
    """Listed again since a second opinion differs: the question names it, and the address carries its number only."""
    number = request.GET.get("opinion", "")
    if not (number.isascii() and number.isdigit()):
        return {}
    return {"question": f"Second opinion {int(number)} differs from our view. Does the plan change?"}


def _say_listed(request: HttpRequest, made: Listing, reference: str) -> None:
    if made.status != ListingStatus.TO_APPROVE:
        messages.success(request, f"{reference} is on the list, place {made.position}.")
        return
    chair = made.meeting.chair
    who = f"{chair}, who chairs the meeting" if chair else "a chair: nobody is named yet, so name one"
    messages.warning(request, f"The list is closed: {reference} waits for {who}.")


@require_http_methods(["GET", "HEAD", "POST"])
def listing_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the question, the consultant, the urgency, who joins, or the plan."""
    listing = listing_for(request, pk, Permission.LIST_CASES)
    initial = {
        "question": listing.question,
        "responsible": listing.responsible_id,
        "urgency": listing.urgency,
        "plan": listing.plan_id,
        "guest": listing.guest,
        "minutes": listing.minutes,
        "version": listing.version,
    }
    form = ChangeListingForm(request.POST or None, initial=initial, episode=listing.episode)

    def change() -> Listing:
        return services.change_listing(listing=listing, by=request.user, **form.cleaned_data)

    made, status = attempt(request, form, change, _theirs)
    if made:
        messages.success(request, "The listing is changed.")
        return redirect("room:case", pk)
    shown = {**frame(request, listing.episode.case), "form": form, "listing": listing}
    return render(request, "mdt/listing_change.jinja", shown, status=status)


def _theirs(row: Listing) -> dict[str, Any]:
    return {
        "question": row.question,
        "responsible": row.responsible,
        "urgency": row.urgency,
        "plan": row.plan,
        "guest": row.guest,
        "minutes": row.minutes,
    }


@require_POST
def listing_place(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down, or to a place of the list."""
    listing = listing_for(request, pk, Permission.LIST_CASES)
    there = f"{reverse('mdt:meeting', args=[listing.meeting_id])}#c{pk}"
    if "direction" in request.POST or "to" not in request.POST:
        direction = "up" if request.POST.get("direction") == "up" else "down"
        services.move_listing(listing=listing, direction=direction, by=request.user)
        return redirect(there)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter a place as a whole number, such as 3.")
        return redirect(there)
    try:
        services.move_listing(listing=listing, to=form.cleaned_data["to"], by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(there)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the case off, straight to the next meeting too, or take it off, with the reason."""
    listing = listing_for(request, pk, Permission.LIST_CASES)
    waits = listing.status == ListingStatus.TO_APPROVE
    initial = {"version": listing.version, "to": "withdrawn" if waits else "next"}
    form = OffForm(request.POST or None, initial=initial, waits=waits)

    def take_off() -> Listing:
        data = form.cleaned_data
        told = {"listing": listing, "version": data["version"], "by": request.user}
        if data["to"] == "withdrawn":
            return services.withdraw_listing(reason=data["note"], **told)
        to = (
            services.meeting_after(meeting=listing.meeting, by=request.user) if data["to"] == "next" else None
        )
        return services.postpone_listing(reason=data["reason"], note=data["note"], to=to, **told)

    made, status = attempt(request, form, take_off)
    if made:
        words = f"{made.get_status_display()}: {listing.episode.case.reference}."
        messages.success(request, f"{words} It can be undone on the list, under “Put off or taken off”.")
        return redirect(_back(request, made.meeting_id))
    shown = {
        **frame(request, listing.episode.case),
        "form": form,
        "listing": listing,
        "back": _back(request, listing.meeting_id),
    }
    return render(request, "mdt/listing_off.jinja", shown, status=status)


def _back(request: HttpRequest, meeting: int) -> str:
    """Where it was asked for: the meeting's screen, or its list."""
    return reverse("room:screen" if request.GET.get("back") == "screen" else "mdt:meeting", args=[meeting])


@require_POST
def listing_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Back on the list from which it was taken."""
    listing = listing_for(request, pk, Permission.LIST_CASES)
    made = services.undo_taking_off(listing=listing, version=version_of(request), by=request.user)
    _say_listed(request, made, listing.episode.case.reference)
    return redirect("mdt:meeting", listing.meeting_id)


@require_POST
def listing_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The chair lets a late addition onto the list."""
    listing = listing_for(request, pk)
    made = services.approve_listing(listing=listing, version=version_of(request), by=request.user)
    _say_listed(request, made, listing.episode.case.reference)
    return redirect("mdt:meeting", listing.meeting_id)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The chair leaves a late addition to another meeting, and says why."""
    listing = listing_for(request, pk)
    form = ReasonForm(request.POST or None, initial={"version": listing.version})

    def refuse() -> Listing:
        return services.refuse_listing(listing=listing, by=request.user, **form.cleaned_data)

    made, status = attempt(request, form, refuse)
    if made:
        messages.success(request, f"Not on this list: {listing.episode.case.reference}.")
        return redirect("mdt:meeting", made.meeting_id)
    shown = {**frame(request, listing.episode.case), "form": form, "listing": listing}
    return render(request, "mdt/listing_refuse.jinja", shown, status=status)


def version_of(request: HttpRequest) -> int | None:
    """The version that the page showed, where it sends one."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else None
