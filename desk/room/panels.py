"""What opens over the meeting screen, and is a page of its own without a script: all keys, images, full texts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from accounts.services import use_single_keys
from cases import presenting
from desk.room import told_words
from desk.room.keys import by_place
from desk.room.reading import Room, room_of
from mdt.models import Decision
from mdt.ratification import ratification_words
from mdt.views.listings import frame, listing_for
from trials.models import MatchResult, Trial
from trials.services import matching
from trials.services.matching import Explained
from trials.standing import with_standing


@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """All keys; posting turns single keys on or off for this person."""
    request.user.must(Permission.SEE_CASES)
    if request.method == "POST":
        on = request.POST.get("on") == "yes"
        use_single_keys(on=on, by=request.user)
        messages.success(request, f"Single keys are {'on' if on else 'off'} for you.")
        return redirect("room:keys")
    return render(request, "room/keys_page.jinja", {"places": by_place()})


@require_safe
def images(request: HttpRequest, pk: int) -> HttpResponse:
    """The studies of the case, each opening in the hospital's viewer."""
    room = room_of(listing_for(request, pk))
    case = room.listing.episode.case
    shown = {**frame(request, case), "images": told_words.images(room.told, room.listing.meeting.team)}
    return render(request, "room/images.jinja", shown)


@require_safe
def full(request: HttpRequest, pk: int) -> HttpResponse:
    """Every text of the screen from its first word to its last, with the earlier reports."""
    room = room_of(listing_for(request, pk))
    episode = room.listing.episode
    shown = {
        **frame(request, episode.case),
        "listing": room.listing,
        "pathology": list(episode.pathology_reports.select_related("reported_by")),
        "imaging": list(episode.imaging_reports.select_related("reported_by")),
        "plan": room.hearing.plan,
        "treatment_words": presenting.treatment_words,
        "needs_items": presenting.needs_items(room.told.needs),
        "alerts": room.told.alerts,
        "waits": told_words.waits(room.told),
        **_trials(room),
        "urgent": room.urgent or room.waiting,
        "decision": room.decision,
        "dissents": _dissents,
        "ratification_words": ratification_words,
    }
    return render(request, "room/full.jinja", shown)


def _dissents(decision: Decision) -> list[dict[str, str]]:
    return [{"key": each.person.full_name, "value": each.reason} for each in decision.dissents.all()]


def _trials(room: Room) -> dict[str, list[Explained]]:
    """The trials that may fit, each with what would settle it, and those that the record excludes since."""
    ids = [each["pk"] for each in room.told.trials]
    found_by = with_standing(Trial.objects.filter(pk__in=ids))
    trials = {each.pk: each for each in found_by} if ids else {}
    found = (
        matching.explain_all(room.listing.episode, [trials[pk] for pk in ids if pk in trials]) if ids else []
    )
    judged = [(each, each.outcome.result == MatchResult.EXCLUDED) for each in found if each.outcome]
    return {
        "trials": [each for each, is_excluded in judged if not is_excluded],
        "trials_excluded": [each for each, is_excluded in judged if is_excluded],
    }
