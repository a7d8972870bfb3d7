"""Who is at the meeting, recorded from its screen: arriving, leaving, correcting, and stepping aside from a case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Membership
from accounts.permissions import SIX_ROLES, Permission
from audit import reads
from audit.workflow import StaleVersion
from cases.views.attempts import CONFLICT, attempt
from mdt import services
from mdt.models import Attendance, Listing, Meeting, Recusal
from mdt.presence_forms import ArrivingForm, CorrectionForm, GuestForm, OneForm, RecusalForm, seat_of
from mdt.views.listings import frame, listing_for
from mdt.views.meetings import meeting_for
from mdt.workflow import OPEN, MeetingStatus

OTHERS = "Guests and others, who never count"


@dataclass
class Someone:
    """A member or a guest in one role: how they may be named, and every interval of theirs."""

    name: str
    person: int
    seat: str = ""
    competences: tuple[str, ...] = ()
    rows: list[Attendance] = field(default_factory=list)
    elsewhere: str = ""
    """The other role in which they are here, as words."""

    @property
    def here(self) -> Attendance | None:
        return next((row for row in self.rows if row.left_at is None), None)

    @property
    def earlier(self) -> list[Attendance]:
        return [row for row in self.rows if row.left_at is not None]


@dataclass
class RoleGroup:
    """One of the six roles, or everybody else."""

    label: str
    role: str
    people: list[Someone]
    counts: bool = True

    @property
    def here(self) -> int:
        return sum(each.here is not None for each in self.people)


def groups_of(members: list[Membership], rows: list[Attendance]) -> list[RoleGroup]:
    """The team by its six roles, core members first, and whoever else is or was there."""
    people: dict[tuple[int, str], Someone] = {}
    for each in sorted(members, key=lambda each: (not each.is_core, each.user.full_name)):
        key = (each.user_id, each.role)
        people[key] = Someone(each.user.full_name, each.user_id, seat_of(each), tuple(each.competences))
    for row in rows:
        key = (row.person_id, row.role)
        people.setdefault(key, Someone(row.person.full_name, row.person_id)).rows.append(row)
    for row in (row for row in rows if row.left_at is None):
        for (person, role), someone in people.items():
            if person == row.person_id and role != row.role:
                someone.elsewhere = row.get_role_display().lower()
    six = [
        RoleGroup(role.label, role, [each for (_, held), each in people.items() if held == role])
        for role in SIX_ROLES
    ]
    others = [each for (_, held), each in people.items() if held not in SIX_ROLES]
    return [*six, RoleGroup(OTHERS, "", others, counts=False)]


@require_http_methods(["GET", "HEAD", "POST"])
def present(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is there, by role; posting records what was pressed."""
    meeting = meeting_for(request, pk)
    listing = _listing(request, meeting)
    members = list(Membership.objects.in_team(meeting.team))
    pressed = _pressed(request)
    forms: dict[str, Any] = {
        "arriving": ArrivingForm(_of(request, pressed, "arriving"), members=members, user=request.user),
        "one": OneForm(_of(request, pressed, "one"), prefix="one", team=meeting.team, members=members),
        "guest": GuestForm(_of(request, pressed, "guest"), prefix="guest"),
    }
    status = 200
    if request.method == "POST":
        request.user.must(Permission.ATTEND, meeting.team_id)
        form = forms[pressed]
        said, status = attempt(request, form, lambda: _ACTS[pressed](request, meeting, form))
        if said:
            messages.success(request, said)
            return redirect(_back(request, meeting, listing))
    page = {"forms": forms, "form": forms[pressed], **_shown(request, meeting, listing, members)}
    return render(request, "room/present_page.jinja", page, status=status)


def _pressed(request: HttpRequest) -> str:
    return next((name for name in ("one", "guest") if name in request.POST), "arriving")


def _of(request: HttpRequest, pressed: str, name: str) -> Any:
    return request.POST if request.method == "POST" and pressed == name else None


def _listing(request: HttpRequest, meeting: Meeting) -> Listing | None:
    """The case from whose page somebody came, where it is on this meeting's list."""
    pk = request.GET.get("listing", "")
    if not pk.isdecimal() or len(pk) > 9:
        return None
    rows = Listing.objects.visible_to(request.user).filter(meeting=meeting).select_related("episode__case")
    listing: Listing = get_object_or_404(rows, pk=pk)
    reads.saw(request, [listing.episode.case.patient_id])
    return listing


def _back(request: HttpRequest, meeting: Meeting, listing: Listing | None) -> str:
    """To this page; or to the meeting's screen, where the button stood there."""
    if request.POST.get("screen") == "follow":
        return reverse("room:screen", args=[meeting.pk])
    if listing and "screen" in request.POST:
        return reverse("room:case", args=[listing.pk])
    return address(meeting, listing)


def address(meeting: Meeting, listing: Listing | None) -> str:
    at = reverse("room:present", args=[meeting.pk])
    return f"{at}?listing={listing.pk}" if listing else at


def _shown(
    request: HttpRequest, meeting: Meeting, listing: Listing | None, members: list[Membership]
) -> dict[str, Any]:
    rows = list(meeting.attendances.select_related("person", "deputises_for").order_by("arrived_at", "pk"))
    groups = groups_of(members, rows)
    mine = [row for row in rows if row.person_id == request.user.pk and row.left_at is None]
    return {
        "meeting": meeting,
        "listing": listing,
        "groups": groups,
        "quorum": services.quorum_now(meeting, rows),
        "roles_here": sum(bool(group.here) for group in groups if group.counts),
        "mine": mine[0] if mine else None,
        "is_member": any(each.user_id == request.user.pk for each in members),
        "may": lambda permission: request.user.may(permission, meeting.team_id),
        "is_open": meeting.status == MeetingStatus.IN_SESSION,
        "is_correctable": meeting.status in OPEN,
        "recusals": list(listing.recusals.select_related("person")) if listing else [],
        "here": address(meeting, listing),
    }


def _arriving(request: HttpRequest, meeting: Meeting, form: ArrivingForm) -> str:
    data, by = form.cleaned_data, request.user
    if data["leave"]:
        row = services.record_leaving(attendance=_row(meeting, data["leave"]), at=form.moment(), by=by)
        return f"{row.person} has left."
    if data["change"]:
        row = _row(meeting, data["change"])
        is_remote = row.mode == Attendance.Mode.REMOTE
        mode = Attendance.Mode.IN_PERSON if is_remote else Attendance.Mode.REMOTE
        row = services.change_mode(attendance=row, mode=mode, at=form.moment(), by=by)
        return f"{row.person} is here {_how(row)} now."
    arrivals = form.arrivals()
    if form.is_for_one:
        one = arrivals[0]
        row = services.record_attendance(
            meeting=meeting, person=one.person, role=one.role, mode=one.mode, at=one.at, by=by
        )
        return f"{row.person} is here {_how(row)}."
    made = services.record_arrivals(meeting=meeting, arrivals=arrivals, by=by)
    names = ", ".join(str(row.person) for row in made)
    return f"Recorded as here: {names}." if names else "They were recorded as here already."


def _one(request: HttpRequest, meeting: Meeting, form: OneForm | GuestForm) -> str:
    row = services.record_attendance(meeting=meeting, **form.told(), by=request.user)
    return f"{row.person} was here {_how(row)}." if row.left_at else f"{row.person} is here {_how(row)}."


_ACTS: dict[str, Callable[[HttpRequest, Meeting, Any], str]] = {
    "arriving": _arriving,
    "one": _one,
    "guest": _one,
}


def _row(meeting: Meeting, pk: int) -> Attendance:
    return get_object_or_404(Attendance.objects.select_related("person"), meeting=meeting, pk=pk)


def _how(row: Attendance) -> str:
    how = "remotely" if row.mode == Attendance.Mode.REMOTE else "in person"
    return f"{how}, for {row.deputises_for}" if row.deputises_for_id else how


@require_http_methods(["GET", "HEAD", "POST"])
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """One interval that was recorded wrongly, or by mistake."""
    request.user.must(Permission.RUN_MEETING)
    mine = Attendance.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    row = get_object_or_404(mine.select_related("person", "meeting__team", "deputises_for"), pk=pk)
    request.user.must(Permission.RUN_MEETING, row.meeting.team_id)
    listing = _listing(request, row.meeting)
    back = address(row.meeting, listing)
    if "mistake" in request.POST:
        services.remove_attendance(attendance=row, by=request.user)
        messages.success(request, f"{row.person}: what was recorded by mistake is removed.")
        return redirect(back)
    form = CorrectionForm(request.POST or None, row=row)

    def correct() -> Attendance:
        return services.correct_attendance(attendance=row, **form.told(), by=request.user)

    try:
        made, status = attempt(request, form, correct)
    except StaleVersion as stale:
        form.show_newer(stale.current)  # type: ignore[arg-type]
        made, status = None, CONFLICT
    if made:
        messages.success(request, f"{row.person}: the time is corrected.")
        return redirect(back)
    page = {"form": form, "row": row, "meeting": row.meeting, "listing": listing, "back": back}
    return render(request, "room/attendance.jinja", page, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone steps aside from this case: a member by themselves, anybody by whoever runs the meeting."""
    row = listing_for(request, pk, Permission.ATTEND)
    runs = request.user.may(Permission.RUN_MEETING, row.meeting.team_id)
    members = services.members_of(row.meeting.team) if runs else None
    form = RecusalForm(request.POST or None, team=row.meeting.team, members=members)

    def step_aside() -> Recusal:
        data = form.cleaned_data
        person = data.get("person", request.user)
        return services.recuse(listing=row, person=person, interest=data["interest"], by=request.user)

    made, status = attempt(request, form, step_aside)
    if made:
        messages.success(request, f"{made.person} steps aside from this case.")
        return redirect("room:case", pk)
    recusals = list(row.recusals.select_related("person"))
    page = {**frame(request, row.episode.case), "listing": row, "form": form, "recusals": recusals}
    return render(request, "room/recuse.jinja", page | {"runs": runs}, status=status)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """It was recorded by mistake that someone steps aside."""
    request.user.must(Permission.ATTEND)
    listings = Listing.objects.visible_to(request.user)
    row = get_object_or_404(Recusal.objects.select_related("listing", "person"), pk=pk, listing__in=listings)
    services.withdraw_recusal(recusal=row, by=request.user)
    messages.success(request, f"{row.person} decides on this case again.")
    return redirect("room:case", row.listing_id)
