"""Recording the decision on the meeting screen: what was typed, or everything that stands against it; and drafts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from audit.workflow import StaleVersion, WrongState
from cases.services.refusals import said_time
from cases.views.attempts import attempt, put_errors
from desk.room import decision_panel
from desk.room.bar import back_to
from desk.room.decision_panel import Panel, typed_in
from desk.room.live import marked_listing
from desk.room.reading import Room, room_of
from desk.room.sent_twice import is_recorded
from desk.room.showing import shown
from mdt import services
from mdt.models import Decision, DecisionDraft, Listing
from mdt.services.decision_details import found_wrong
from mdt.views.listings import listing_for
from mdt.workflow import DecisionKind, Outcome
from treatments.models import Plan

NOT_DETAILS = (
    "replaces",
    "refusal_seen",
    "plan_seen",
    "draft_version",
    "window",
    "offered",
    "relist",
    "still_needed",
)
OTHER_WINDOW = (
    "You typed on this case in another window at {}; reload to see it. "
    "What stands here is kept in this window."
)
PLAN_REFUSED = (
    "The plan cannot be agreed yet; what stands against it is listed above the outcomes. "
    "Nothing was recorded, and what you typed is kept."
)


def decide(request: HttpRequest, room: Room) -> HttpResponse:
    request.user.must(Permission.RECORD_DECISION, room.listing.meeting.team_id)
    panel = decision_panel.sent(request.user, room, request.POST)

    def record() -> Decision:
        return services.record_decision(
            listing=room.listing,
            details=_details(panel),
            replaces=_replaced(room.listing, panel.form.cleaned_data["replaces"]),
            refusal_seen=panel.form.cleaned_data["refusal_seen"],
            plan_seen=_plan_seen(room.listing, panel),
            by=request.user,
        )

    try:
        made, status = _tried(request, room, panel, record)
    except services.AlreadyDecided as error:
        is_here = error.decision.listing_id == room.listing.pk
        plan_seen = _plan_seen(room.listing, panel)
        if is_here and is_recorded(error.decision, _details(panel), plan_seen, request.user):
            messages.info(request, "You recorded this decision already. It was recorded once.")
            return redirect(back_to(room.listing))
        typed = typed_in(panel.form.data)
        different = decision_panel.differences(error.decision, panel, typed)
        panel.form.show_other(error.decision, request.user, different)
        made, status, room = None, 409, room_of(marked_listing(request, room.listing.pk))
    except services.DecisionRefused as refused:
        made, status, panel.refused = None, 409, refused.obstacles
        panel.form.add_error(None, PLAN_REFUSED)
    if made:
        messages.success(request, _said(made))
        return redirect(back_to(room.listing))
    panel.form.show_plan(room.hearing.plan)
    panel.form.offer_new_actions()
    _keep_refused(request, room, panel)
    return render(request, "room/case.jinja", shown(request, room, panel), status=status)


def _tried(request: HttpRequest, room: Room, panel: Panel, record: Callable[[], Decision]) -> tuple[Any, int]:
    if all([panel.is_whole(), panel.form.is_valid()]):
        return attempt(request, panel.form, record)
    if panel.form.cleaned_data.get("outcome"):
        _refuse_besides(room, panel)
    return None, 200


def _refuse_besides(room: Room, panel: Panel) -> None:
    """What the rules refuse is said together with what cannot be read, each field once."""
    form, case = panel.form, room.listing.episode.case
    details = services.DecisionDetails(**_typed(panel))
    found = found_wrong(case, room.hearing, details, _plan_seen(room.listing, panel))
    unsaid = {name: words for name, words in found.items() if name not in form.errors}
    put_errors(form, ValidationError(unsaid))


def _typed(panel: Panel) -> dict[str, Any]:
    return {name: value for name, value in panel.form.cleaned_data.items() if name not in NOT_DETAILS}


def _details(panel: Panel) -> services.DecisionDetails:
    form = panel.form
    return services.DecisionDetails(
        **_typed(panel),
        actions=panel.actions.details(),
        dissents=panel.dissents.details(),
        not_needed=form.not_needed(),
    )


def _replaced(listing: Listing, pk: int | None) -> Decision | None:
    return Decision.objects.filter(episode=listing.episode_id, pk=pk).first() if pk else None


def _plan_seen(listing: Listing, panel: Panel) -> Plan | None:
    pk = panel.form.cleaned_data.get("plan_seen")
    return Plan.objects.filter(episode=listing.episode_id, pk=pk).first() if pk else None


def _said(decision: Decision) -> str:
    words = decision.get_outcome_display()
    if decision.outcome == Outcome.AGREE_PLAN and decision.plan:
        words = f"Agree {str(decision.plan).lower()}"
    if decision.kind == DecisionKind.PROVISIONAL and decision.to_ratify_by:
        words = f"{words}, provisional until {decision.to_ratify_by} ratifies it"
    at = reverse("mdt:decision", args=[decision.pk])
    return format_html('Recorded: {}. <a href="{}">Open the decision</a>', words, at)


# ---- drafts ----


def _keep_refused(request: HttpRequest, room: Room, panel: Panel) -> None:
    """What was refused stays as the draft; where a newer one is in another window, that one stands."""
    form = panel.form
    try:
        version = int(form.data.get("draft_version") or 0)
        kept = services.keep_draft(
            listing=room.listing, typed=typed_in(form.data), version=version, by=request.user
        )
    except (StaleVersion, ValidationError, ValueError, WrongState):
        panel.unkept = True
        return
    panel.draft = kept
    form.data["draft_version"] = str(kept.version)


@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what stands in the panel: by a script as it is typed, or by the button of a page without one."""
    listing = get_object_or_404(Listing.objects.visible_to(request.user), pk=pk)
    typed, version = typed_in(request.POST), request.POST.get("draft_version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    words, status = "", 200
    try:
        kept = services.keep_draft(listing=listing, typed=typed, version=number, by=request.user)
    except StaleVersion as error:
        current: Any = error.current
        kept, status, words = current, 409, OTHER_WINDOW.format(said_time(current.kept_at))
    except WrongState as error:
        kept, status, words = None, 409, str(error)
    except ValidationError as error:
        kept, status, words = None, 400, " ".join(error.messages)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(_told(kept, words), status=status)
    if status == 200:
        messages.success(request, "The draft is kept.")
        return redirect(f"{reverse('room:case', args=[pk])}?decide=1")
    return _shown_again(request, pk, typed, words, status)


def _told(kept: DecisionDraft | None, words: str) -> dict[str, Any]:
    version, at = (kept.version, said_time(kept.kept_at, seconds=True)) if kept else (0, "")
    return {"version": version, "kept": at, "words": words}


def _shown_again(
    request: HttpRequest, pk: int, typed: dict[str, str], words: str, status: int
) -> HttpResponse:
    """Without a script the page is all that holds what was typed, so it comes back with it."""
    room = room_of(marked_listing(request, pk))
    panel = decision_panel.opened(request.user, room, typed)
    panel.notes.append(f"{words} Keep the draft again to put this in its place." if status == 409 else words)
    return render(request, "room/case.jinja", shown(request, room, panel), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then throws the own draft away."""
    listing = listing_for(request, pk, Permission.RECORD_DECISION)
    if request.method == "POST":
        services.discard_draft(listing=listing, by=request.user)
        messages.success(request, "The draft was thrown away.")
        return redirect(back_to(listing))
    mine = DecisionDraft.objects.filter(listing=listing, author=request.user).first()
    page = {"listing": listing, "case": listing.episode.case, "mine": mine}
    return render(request, "room/draft_discard.jinja", page)
