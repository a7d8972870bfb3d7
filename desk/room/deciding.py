"""Recording the decision on the meeting screen: what was typed, or everything that stands against it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.permissions import Permission
from cases.views.attempts import attempt
from desk.room.reading import Room
from desk.room.showing import shown
from mdt import services
from mdt.forms import Actions, DecisionForm
from mdt.models import Decision, Listing
from mdt.services.decision_details import TELL_WITHIN
from treatments.models import Plan


def decide(request: HttpRequest, room: Room) -> HttpResponse:
    request.user.must(Permission.RECORD_DECISION, room.listing.meeting.team_id)
    form, actions = forms(room, request.POST)

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
    page = shown(request, room, form, actions, refused)
    return render(request, "room/case.jinja", page, status=status)


def _details(form: DecisionForm, actions: Any) -> services.DecisionDetails:
    not_details = ("replaces", "plan_seen", "dissent_by", "dissent_reason")
    data = {name: value for name, value in form.cleaned_data.items() if name not in not_details}
    return services.DecisionDetails(**data, actions=actions.details(), dissents=form.dissents())


def _replaced(listing: Listing, pk: int | None) -> Decision | None:
    return Decision.objects.filter(listing=listing, pk=pk).first() if pk else None


def _plan_seen(listing: Listing, pk: int | None) -> Plan | None:
    return Plan.objects.filter(episode=listing.episode_id, pk=pk).first() if pk else None


def forms(room: Room, data: Any = None) -> tuple[DecisionForm, Any]:
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
