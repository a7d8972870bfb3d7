"""The calendar of meetings, one meeting's list, and who is there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Team
from accounts.permissions import SIX_ROLES, Permission
from audit import reads
from cases.models import Case
from cases.views.attempts import attempt
from mdt import presenting, services
from mdt.list_forms import AddCaseForm, ChairForm, ChangeMeetingForm, MeetingForm
from mdt.list_rows import FILTERS, Load, list_rows, on_paper, prepared
from mdt.models import Listing, Meeting
from mdt.views.listings import version_of
from mdt.workflow import MEETING, STANDING, TAKEN_OFF, ListingStatus, MeetingStatus
from treatments import in_force

PER_PAGE = 25
CONFIRMED = {
    MeetingStatus.IN_SESSION,
    MeetingStatus.OUTCOMES_TO_FINISH,
    MeetingStatus.FINISHED,
    MeetingStatus.CANCELLED,
}
"""Moves that are asked about first, since they change more than the state."""


GOES_ON_AT: dict[str, str] = {
    MeetingStatus.IN_SESSION: "room:screen",
    MeetingStatus.OUTCOMES_TO_FINISH: "mdt:outcomes",
}


def teams_for(request: HttpRequest, permission: Permission) -> Any:
    request.user.must(permission)
    return Team.objects.filter(pk__in=request.user.team_ids(permission))


def meeting_for(request: HttpRequest, pk: int, permission: Permission = Permission.SEE_CASES) -> Meeting:
    request.user.must(permission)
    rows = Meeting.objects.visible_to(request.user).select_related("team", "chair")
    rows = rows.annotate(local_rules=in_force.column("team"))
    meeting = get_object_or_404(rows, pk=pk)
    request.user.must(permission, meeting.team_id)
    return meeting


@require_safe
def meeting_list(request: HttpRequest) -> HttpResponse:
    """Coming meetings first, then those that have been."""
    request.user.must(Permission.SEE_CASES)
    mine = Meeting.objects.visible_to(request.user).select_related("team", "chair").with_counts()
    today = timezone.localdate()
    coming = list(mine.filter(starts_at__date__gte=today).order_by("starts_at")[:PER_PAGE])
    past = mine.filter(starts_at__date__lt=today).order_by("-starts_at", "-pk")
    page = Paginator(past, PER_PAGE).get_page(request.GET.get("page"))
    teams = {row.team_id: row.team for row in request.user.active_memberships if row.team_id}
    mine_to_see = [teams[key] for key in request.user.team_ids() if key in teams]
    may_plan = request.user.may(Permission.LIST_CASES)
    runs = request.user.team_ids(Permission.RUN_MEETING)
    left_behind = list(mine.left_behind().filter(team__in=runs).order_by("starts_at")) if runs else []
    shown = {
        "left_behind": left_behind,
        "coming": coming,
        "page": page,
        "may_plan": may_plan,
        "teams": mine_to_see,
    }
    return render(request, "mdt/meetings.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Plan a meeting by hand: those of the weekly rhythm are made by the service."""
    teams = teams_for(request, Permission.LIST_CASES)
    team = teams.first()
    initial = (
        {"team": team, "starts": team.meeting_at.strftime("%H:%M"), "place": team.meeting_place}
        if team
        else {}
    )
    form = MeetingForm(request.POST or None, teams=teams, initial=initial)

    def plan() -> Meeting:
        data = form.cleaned_data
        return services.plan_meeting(
            team=data["team"], starts_at=form.starts_at(), place=data["place"], by=request.user
        )

    made, status = attempt(request, form, plan)
    if made:
        messages.success(request, "The meeting is planned.")
        return redirect("mdt:meeting", made.pk)
    return render(request, "mdt/meeting_new.jinja", {"form": form}, status=status)


@require_safe
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """The list in its order with the six facts of each case, the attendance and what can be done next."""
    meeting = meeting_for(request, pk)
    return show(request, meeting, AddCaseForm())


def show(request: HttpRequest, meeting: Meeting, adding: AddCaseForm, status: int = 200) -> HttpResponse:
    """Twelve statements at most, whatever the length of the list."""
    listings = list(on_paper(meeting))
    reads.saw(request, {listing.episode.case.patient_id for listing in listings})
    on_list = [listing for listing in listings if listing.is_on_the_list]
    rows = list_rows(meeting.team_id, on_list, in_force.of_rows(meeting.local_rules))
    kept = FILTERS.get(request.GET.get("show", ""))
    shown = {
        "meeting": meeting,
        "rows": [row for row in rows if kept is None or kept.keeps(row)],
        "whole": len(rows),
        "filters": [
            (code, each.label, sum(map(each.keeps, rows)), each is kept) for code, each in FILTERS.items()
        ],
        "kept": kept,
        "to_approve": [each for each in listings if each.status == ListingStatus.TO_APPROVE],
        "off": [each for each in listings if each.status in TAKEN_OFF],
        "form": ChairForm(team=meeting.team),
        "adding": adding,
        "moves": [MeetingStatus(to) for to in MeetingStatus if MEETING.allows(meeting.status, to)],
        "confirmed": CONFIRMED,
        "is_late": meeting.is_late(timezone.now()),
        "may": lambda permission: request.user.may(permission, meeting.team_id),
        "load": Load.of(meeting, rows),
        "prepared": prepared(rows),
        **_there(meeting),
    }
    return render(request, "mdt/meeting.jinja", shown, status=status)


def _there(meeting: Meeting) -> dict[str, Any]:
    """Who is there, once the meeting was opened; what one case needs beyond it shows on the case."""
    if not meeting.opened_at:
        return {}
    there = list(meeting.attendances.filter(left_at__isnull=True).select_related("person", "deputises_for"))
    quorum = services.quorum_now(meeting, there)
    return {
        "tiles": presenting.tiles(quorum, there, set()),
        "others": [row for row in there if row.role not in SIX_ROLES],
        "quorum": quorum,
    }


@require_POST
def meeting_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A case by its reference: on to the question, the consultant and what the patient knows."""
    meeting = meeting_for(request, pk, Permission.LIST_CASES)
    form = AddCaseForm(request.POST)
    if form.is_valid():
        reference = form.cleaned_data["reference"].strip().upper()
        if Case.objects.in_teams_of(request.user).filter(team=meeting.team_id, reference=reference).exists():
            return redirect(f"{reverse('mdt:list_case', args=[reference])}?meeting={pk}")
        example = f"{meeting.team.reference_prefix}-{meeting.starts_at.year}-0001"
        form.add_error("reference", f"This team has no case “{reference}”. A reference looks like {example}.")
    return show(request, meeting, form)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_move(request: HttpRequest, pk: int) -> HttpResponse:
    """The meeting's next state; what cannot be taken back is asked first."""
    meeting = meeting_for(request, pk, Permission.RUN_MEETING)
    to = (request.POST if request.method == "POST" else request.GET).get("to", "")
    if to not in MeetingStatus.values:
        messages.error(request, "That is not a state of a meeting.")
        return redirect("mdt:meeting", pk)
    MEETING.check(meeting.status, to)
    if request.method == "POST":
        _move(request, meeting, to)
        return redirect(GOES_ON_AT.get(to, "mdt:meeting"), pk)
    owed = Listing.objects.filter(meeting=meeting, status__in=STANDING).count()
    shown = {"meeting": meeting, "to": MeetingStatus(to), "owed": owed}
    if to == MeetingStatus.FINISHED:
        shown["unsigned"] = services.unsigned_decisions(meeting)
    if to == MeetingStatus.OUTCOMES_TO_FINISH:
        shown["standards"] = services.waiting_standards(meeting)
    return render(request, "mdt/meeting_move.jinja", shown)


def _move(request: HttpRequest, meeting: Meeting, to: str) -> None:
    try:
        moved = services.move_meeting(meeting=meeting, version=version_of(request), to=to, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"The meeting is now: {moved.get_status_display().lower()}.")


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another day, time or place, before it opens."""
    meeting = meeting_for(request, pk, Permission.RUN_MEETING)
    starts_at = timezone.localtime(meeting.starts_at)
    initial = {
        "day": starts_at.date(),
        "starts": starts_at.time(),
        "place": meeting.place,
        "version": meeting.version,
    }
    form = ChangeMeetingForm(request.POST or None, initial=initial)

    def change() -> Meeting:
        return services.change_meeting(
            meeting=meeting,
            version=form.cleaned_data["version"],
            starts_at=form.starts_at(),
            place=form.cleaned_data["place"],
            by=request.user,
        )

    made, status = attempt(request, form, change, _theirs)
    if made:
        messages.success(request, "The meeting is changed, and the cut-off with it.")
        return redirect("mdt:meeting", pk)
    shown = {"form": form, "meeting": meeting}
    return render(request, "mdt/meeting_change.jinja", shown, status=status)


def _theirs(row: Meeting) -> dict[str, Any]:
    starts_at = timezone.localtime(row.starts_at)
    return {"day": starts_at.date(), "starts": starts_at.time(), "place": row.place}


@require_http_methods(["GET", "HEAD", "POST"])
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole list in a better order, shown before it is done."""
    meeting = meeting_for(request, pk, Permission.LIST_CASES)
    if request.method == "POST":
        seen = [int(key) for key in request.POST.get("seen", "").split(",") if key.isdecimal()]
        services.arrange_list(meeting=meeting, seen=seen, by=request.user)
        messages.success(request, "The list is in its new order.")
        return redirect("mdt:meeting", pk)
    order = services.proposed_order(meeting)
    reads.saw(request, {row.episode.case.patient_id for _, row in order})
    shown = {
        "meeting": meeting,
        "order": order,
        "seen": ",".join(str(row.pk) for _, row in sorted(order, key=lambda pair: pair[0])),
        "moved": sum(place != number for number, (place, _) in enumerate(order, start=1)),
    }
    return render(request, "mdt/arrange.jinja", shown)


@require_POST
def meeting_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """Who chairs it."""
    meeting = meeting_for(request, pk, Permission.RUN_MEETING)
    form = ChairForm(request.POST, team=meeting.team)
    form.is_valid()
    chair = form.cleaned_data.get("chair")
    if chair is None:
        messages.error(request, "Choose a member of the team who chairs the meeting.")
    else:
        version = version_of(request)
        services.set_chair(meeting=meeting, version=version, chair=chair, by=request.user)
        messages.success(request, f"{chair} chairs the meeting.")
    return redirect("mdt:meeting", pk)
