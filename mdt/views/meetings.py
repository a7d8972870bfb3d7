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
from cases import presenting as case_words
from cases.models import Case
from cases.views.attempts import attempt
from mdt import presenting, services
from mdt.forms import AddCaseForm, AttendanceForm, MeetingForm
from mdt.models import Attendance, Listing, Meeting
from mdt.quorum import Quorum, quorum_of
from mdt.workflow import MEETING, OUTCOME_OWED, MeetingStatus
from treatments import in_force

PER_PAGE = 25
CONFIRMED = {
    MeetingStatus.IN_SESSION,
    MeetingStatus.OUTCOMES_TO_FINISH,
    MeetingStatus.FINISHED,
    MeetingStatus.CANCELLED,
}
"""Moves that are asked about first, since they change more than the state."""


def teams_for(request: HttpRequest, permission: Permission) -> Any:
    request.user.must(permission)
    return Team.objects.filter(pk__in=request.user.team_ids(permission))


def meeting_for(request: HttpRequest, pk: int, permission: Permission = Permission.SEE_CASES) -> Meeting:
    request.user.must(permission)
    rows = Meeting.objects.visible_to(request.user).select_related("team", "chair")
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
    may_plan = request.user.may(Permission.LIST_CASES)
    return render(request, "mdt/meetings.jinja", {"coming": coming, "page": page, "may_plan": may_plan})


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Plan a meeting: proposed is the next of the team's rhythm."""
    teams = teams_for(request, Permission.LIST_CASES)
    team = teams.first()
    initial = {"team": team, "starts": team.meeting_at.strftime("%H:%M")} if team else {}
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
    return show(request, meeting, AttendanceForm(team=meeting.team), AddCaseForm())


def show(
    request: HttpRequest, meeting: Meeting, form: AttendanceForm, adding: AddCaseForm, status: int = 200
) -> HttpResponse:
    on_paper = Listing.objects.filter(meeting=meeting).for_the_list().order_by("position", "pk")
    minimum = case_words.grade_is_minimum("episode__fact_sources")
    listings = list(on_paper.annotate(grade_is_minimum=minimum))
    reads.saw(request, {listing.episode.case.patient_id for listing in listings})
    there = list(meeting.attendances.filter(left_at__isnull=True).select_related("person", "deputises_for"))
    quorum = _quorum(meeting, there)
    on_list = [listing for listing in listings if listing.is_on_the_list]
    plans = presenting.plan_lines(on_list, in_force.of_team(meeting.team_id))
    shown = {
        "meeting": meeting,
        "rows": [(row, _six_facts(row), plans[row.pk]) for row in on_list],
        "off": [listing for listing in listings if not listing.is_on_the_list],
        "tiles": presenting.role_tiles(quorum, there, form.members),
        "others": [row for row in there if row.role not in SIX_ROLES],
        "quorum": quorum,
        "form": form,
        "adding": adding,
        "moves": [MeetingStatus(to) for to in MeetingStatus if MEETING.allows(meeting.status, to)],
        "confirmed": CONFIRMED,
        "may": lambda permission: request.user.may(permission, meeting.team_id),
        **_minutes(meeting, on_list),
    }
    return render(request, "mdt/meeting.jinja", shown, status=status)


def _six_facts(row: Listing) -> list[str]:
    minimum = bool(row.grade_is_minimum)  # type: ignore[attr-defined]
    return case_words.fact_values(row.episode.facts, grade_is_minimum=minimum)


def _minutes(meeting: Meeting, listings: list[Listing]) -> dict[str, int]:
    """What the list takes of the meeting's time, the cases with facts missing apart."""
    ready = [case_words.is_complete(listing.episode) for listing in listings]
    minutes = meeting.team.minutes_per_case
    return {"ready_minutes": ready.count(True) * minutes, "held_minutes": ready.count(False) * minutes}


def _quorum(meeting: Meeting, there: list[Attendance]) -> Quorum:
    """As the room is now; what one case needs beyond it shows on the case."""
    return quorum_of(meeting.team.quorum, services.presence_in(there), palliative_needed=False)


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
    return show(request, meeting, AttendanceForm(team=meeting.team), form)


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
        return redirect("mdt:meeting", pk)
    owed = Listing.objects.filter(meeting=meeting, status__in=OUTCOME_OWED).count()
    shown = {"meeting": meeting, "to": MeetingStatus(to), "owed": owed}
    return render(request, "mdt/meeting_move.jinja", shown)


def _move(request: HttpRequest, meeting: Meeting, to: str) -> None:
    try:
        moved = services.move_meeting(meeting=meeting, version=version_of(request), to=to, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"The meeting is now: {moved.get_status_display().lower()}.")


def version_of(request: HttpRequest) -> int | None:
    """The version that the page showed, where it sends one."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else None


@require_POST
def meeting_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """Who chairs it."""
    meeting = meeting_for(request, pk, Permission.RUN_MEETING)
    form = AttendanceForm({"person": request.POST.get("chair", "")}, team=meeting.team)
    form.is_valid()
    chair = form.cleaned_data.get("person")
    if chair is None:
        messages.error(request, "Choose a member of the team who chairs the meeting.")
    else:
        version = version_of(request)
        services.set_chair(meeting=meeting, version=version, chair=chair, by=request.user)
        messages.success(request, f"{chair} chairs the meeting.")
    return redirect("mdt:meeting", pk)


@require_POST
def attend(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone has arrived."""
    meeting = meeting_for(request, pk, Permission.RUN_MEETING)
    form = AttendanceForm(request.POST, team=meeting.team)

    def record() -> Attendance:
        data = form.cleaned_data
        return services.record_attendance(
            meeting=meeting,
            person=data["person"],
            role=data["role"],
            mode=data["mode"] or Attendance.Mode.IN_PERSON,
            deputises_for=data["deputises_for"],
            by=request.user,
        )

    made, status = attempt(request, form, record)
    if made:
        messages.success(request, f"{made.person} is present.")
        return redirect("mdt:meeting", pk)
    return show(request, meeting, form, AddCaseForm(), status)


@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone has left."""
    request.user.must(Permission.RUN_MEETING)
    rows = Attendance.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    attendance = get_object_or_404(rows.select_related("person"), pk=pk)
    services.record_leaving(attendance=attendance, by=request.user)
    messages.success(request, f"{attendance.person} has left.")
    return redirect("mdt:meeting", attendance.meeting_id)
