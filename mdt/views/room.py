"""One case in the meeting: what the room reads, who is there, and recording the decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.calendar import add_working_days
from accounts.models import Membership
from accounts.permissions import Permission
from cases import presenting as case_words
from cases.views.attempts import attempt
from mdt import presenting, services
from mdt.forms import Actions, DecisionForm, RecusalForm
from mdt.models import Attendance, Decision, Listing, Recusal
from mdt.services.decision_details import TELL_WITHIN
from mdt.services.hearing import present_as
from mdt.views.listings import frame, listing_for
from mdt.workflow import (
    OFF_THE_LIST,
    OPEN,
    OUTCOME_OWED,
    DecisionKind,
    ListingStatus,
    MeetingStatus,
    Outcome,
)
from treatments import in_force
from treatments import services as treatments
from treatments.guidance.local import LocalGuidance
from treatments.models import Plan
from treatments.services import Obstacle


@dataclass(frozen=True)
class Mark:
    """A case of the list, with one interval of its discussion if it had any."""

    listing: int
    status: str
    started_at: datetime | None
    ended_at: datetime | None


@dataclass
class Room:
    """What one case's page in the meeting reads, each once."""

    listing: Listing
    marks: list[Mark]
    attendances: list[Attendance]
    recusals: list[Recusal]
    members: list[Membership]
    hearing: services.Hearing
    decision: Decision | None
    urgent: Decision | None

    @property
    def recused(self) -> set[int]:
        return {recusal.person_id for recusal in self.recusals}

    @property
    def discussions(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.listing == self.listing.pk and mark.started_at]

    @property
    def shown_as_there(self) -> list[Attendance]:
        """The recused are shown among them, and do not count."""
        return presenting.newest_each(_there(self.attendances, self.discussions, set()))


def _there(rows: list[Attendance], discussions: list[Mark], recused: set[int]) -> list[Attendance]:
    """Those who were there for the discussion; before it, those who are there now."""
    if discussions:
        return services.during(rows, discussions, recused)
    return [row for row in rows if row.left_at is None and row.person_id not in recused]


def room_of(listing: Listing) -> Room:
    """Everything, in as few statements as it takes."""
    marks = marks_of(listing)
    mine = [mark for mark in marks if mark.listing == listing.pk and mark.started_at]
    attendances = list(listing.meeting.attendances.select_related("person", "deputises_for"))
    recusals = list(listing.recusals.select_related("person"))
    recused = {recusal.person_id for recusal in recusals}
    listing.plan = services.plan_for(listing)
    if listing.plan:
        prefetch_related_objects([listing.plan], "treatments")
        listing.plan.episode = listing.episode
    presence = services.presence_in(_there(attendances, mine, recused))
    return Room(
        listing,
        marks,
        attendances,
        recusals,
        services.members_of(listing.meeting.team),
        services.hearing_of(listing, presence, recused),
        services.standing_decision(listing) if listing.has_decision else None,
        services.urgent_decision(listing.episode_id) if _is_to_answer(listing) else None,
    )


def _is_to_answer(listing: Listing) -> bool:
    """An urgent decision stands, and the case waits for this meeting to decide."""
    return bool(listing.has_urgent) and listing.status in OUTCOME_OWED


def marks_of(row: Listing) -> list[Mark]:
    """The list of the meeting in its order, with every interval in which a case was discussed."""
    rows = Listing.objects.filter(meeting=row.meeting_id).exclude(status__in=OFF_THE_LIST)
    columns = ("pk", "status", "discussions__started_at", "discussions__ended_at")
    return [Mark(*values) for values in rows.order_by("position", "pk").values_list(*columns)]


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    """The case as the meeting sees it; posting records the decision, or says everything that stands against it."""
    room = room_of(listing_for(request, pk))
    if request.method == "POST":
        return _decide(request, room)
    form, actions = _forms(room)
    return render(request, "mdt/listing.jinja", _shown(request, room, form, actions))


def _decide(request: HttpRequest, room: Room) -> HttpResponse:
    request.user.must(Permission.RECORD_DECISION, room.listing.meeting.team_id)
    form, actions = _forms(room, request.POST)

    def record() -> Decision:
        return services.record_decision(
            listing=room.listing,
            details=_details(form, actions),
            replaces=_replaced(room.listing, form.cleaned_data["replaces"]),
            plan_seen=_plan_seen(room.listing, form.cleaned_data["plan_seen"]),
            by=request.user,
        )

    made, status, refused = None, 200, []
    try:
        if actions.is_valid():
            made, status = attempt(request, form, record)
    except services.AlreadyDecided as error:
        form.show_other(error.decision)
        status, room.decision = 409, error.decision
    except services.DecisionRefused as error:
        status, refused = 409, error.obstacles
        form.add_error(
            None,
            "The plan cannot be agreed yet; what stands against it is listed beside the outcome. "
            "Nothing was recorded, and what you typed is kept.",
        )
    if made:
        messages.success(request, f"Recorded: {made.get_outcome_display()}.")
        return redirect("mdt:decision", made.pk)
    form.show_plan(room.hearing.plan)
    shown = _shown(request, room, form, actions, refused)
    return render(request, "mdt/listing.jinja", shown, status=status)


def _details(form: DecisionForm, actions: Any) -> services.DecisionDetails:
    not_details = ("replaces", "plan_seen", "dissent_by", "dissent_reason")
    data = {name: value for name, value in form.cleaned_data.items() if name not in not_details}
    return services.DecisionDetails(**data, actions=actions.details(), dissents=form.dissents())


def _replaced(listing: Listing, pk: int | None) -> Decision | None:
    return Decision.objects.filter(listing=listing, pk=pk).first() if pk else None


def _plan_seen(listing: Listing, pk: int | None) -> Plan | None:
    return Plan.objects.filter(episode=listing.episode_id, pk=pk).first() if pk else None


def _forms(room: Room, data: Any = None) -> tuple[DecisionForm, Any]:
    team, members = room.listing.meeting.team, room.members
    form = DecisionForm(data, initial=_initial(room), hearing=room.hearing, members=members)
    actions = Actions(data, prefix="actions", form_kwargs={"team": team, "members": members})
    return form, actions


def _initial(room: Room) -> dict[str, Any]:
    """What comes filled in: for a correction, what was recorded."""
    plan = room.hearing.plan
    carried = {"replaces": room.decision and room.decision.pk, "plan_seen": plan and plan.pk}
    before = room.decision or room.urgent
    if before:
        names = ("outcome", "rationale", "no_decision_reason", "trial_considered", "trial_note")
        names += ("tells_patient_id", "tell_by_on", "responsible_id", "options_considered", "relist_on")
        recorded = {name.removesuffix("_id"): getattr(before, name) for name in names}
        if room.urgent and recorded["tell_by_on"] and recorded["tell_by_on"] < timezone.localdate():
            recorded["tell_by_on"] = add_working_days(timezone.localdate(), TELL_WITHIN)
        return recorded | carried
    return carried | {
        "responsible": room.listing.responsible_id,
        "tell_by_on": add_working_days(timezone.localdate(), TELL_WITHIN),
        "trial_considered": "yes",
    }


def _shown(
    request: HttpRequest,
    room: Room,
    form: DecisionForm,
    actions: Any,
    refused: list[Obstacle] | None = None,
) -> dict[str, Any]:
    row, hearing = room.listing, room.hearing
    may_decide = request.user.may(Permission.RECORD_DECISION, row.meeting.team_id)
    can_decide = may_decide and row.meeting.status in OPEN and bool(room.discussions)
    wanted = request.method == "POST" or "decide" in request.GET
    plan_lacks = set(hearing.lacks(Outcome.AGREE_PLAN)) - set(hearing.quorum.missing)
    return {
        "listing": row,
        "case": row.episode.case,
        "who": case_words.who(row.episode.case),
        "may": lambda permission: request.user.may(permission, row.meeting.team_id),
        "facts": case_words.six_facts(row.episode),
        "pathology": row.episode.pathology_reports.select_related("reported_by").first(),
        "imaging": row.episode.imaging_reports.select_related("reported_by").first(),
        "treatment_words": case_words.treatment_words,
        "form": form,
        "actions": actions,
        "refused": refused or [],
        "recusals": room.recusals,
        "can_recuse": row.meeting.status in OPEN,
        "decision": room.decision,
        "urgent": room.urgent,
        "quorum": hearing.quorum,
        "tiles": presenting.tiles(
            hearing.quorum, room.shown_as_there, room.recused, lacking=plan_lacks, short=True
        ),
        "gaps": hearing.gaps(Outcome.AGREE_PLAN if hearing.plan else "", room.members),
        "seats": hearing.gaps("", room.members),
        "discussed": bool(room.discussions),
        "discussing_since": _since(room.discussions),
        "is_in_session": row.meeting.status == MeetingStatus.IN_SESSION,
        "can_decide": can_decide,
        "deciding": can_decide and wanted,
        "is_provisional": room.decision is not None and room.decision.kind == DecisionKind.PROVISIONAL,
        **_plan(room),
        **_place(room),
    }


def _since(discussions: list[Mark]) -> datetime | None:
    return next((each.started_at for each in discussions if each.ended_at is None), None)


def _plan(room: Room) -> dict[str, Any]:
    """The plan with its newest check, and what stands against agreeing it whoever is there."""
    plan = room.hearing.plan
    local = in_force.of_rows(room.listing.local_rules)
    line = presenting.plan_lines([room.listing], local)[room.listing.pk]
    return {"plan": plan, "line": line, "stops": _stops(plan, line, room, local) if plan else []}


def _stops(plan: Plan, line: presenting.PlanLine, room: Room, local: LocalGuidance) -> list[Obstacle]:
    if plan.agreed_at:
        return []
    everyone = tuple(present_as(member) for member in room.members)
    try:
        judgement = treatments.judge_plan(plan, local)
    except ValidationError:
        return treatments.obstacles(plan, line.check, everyone)
    answers = treatments.standing(judgement, line.responses, judgement.reasons)
    found = treatments.obstacles_of(plan, judgement, line.check, everyone, answers=answers)
    return [each for each in found if each.kind != "presence"]


def _place(room: Room) -> dict[str, Any]:
    """Where the case stands on the list, its neighbours, and the time that the list has taken and still needs."""
    now = timezone.now()
    states = {mark.listing: mark.status for mark in room.marks}
    spent = sum(((m.ended_at or now) - m.started_at for m in room.marks if m.started_at), timedelta())
    row, places = room.listing, list(states)
    place = places.index(row.pk) if row.pk in states else None
    done = list(states.values()).count(ListingStatus.DECIDED)
    minutes = row.meeting.team.minutes_per_case
    return {
        "place": None if place is None else place + 1,
        "cases": len(places),
        "previous": places[place - 1] if place else None,
        "following": places[place + 1] if place is not None and place + 1 < len(places) else None,
        "spent_minutes": int(spent.total_seconds() // 60),
        "planned_minutes": (len(places) - done) * minutes,
        "done": done,
    }


@require_POST
def discuss(request: HttpRequest, pk: int) -> HttpResponse:
    """The presenter's mark: the discussion starts, or ends."""
    row = listing_for(request, pk, Permission.RUN_MEETING)
    if request.POST.get("mark") == "end":
        services.end_discussion(listing=row, by=request.user)
    else:
        services.start_discussion(listing=row, by=request.user)
    return redirect("mdt:listing", pk)


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
        return redirect("mdt:listing", pk)
    shown = {**frame(request, row.episode.case), "listing": row, "form": form}
    return render(request, "mdt/recuse.jinja", shown, status=status)
