"""One case in the meeting: what the room reads, who is there, and recording the decision."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from cases import presenting as case_words
from cases.views.attempts import attempt, values_of
from mdt import presenting, services
from mdt.forms import DecisionForm, RecusalForm
from mdt.models import Decision, Listing
from mdt.views.listings import frame, listing_for
from mdt.workflow import OPEN, ListingStatus
from treatments import services as treatments
from treatments.presence import Presence
from treatments.presenting import tallies

ACTION_FIELDS = ("action_text", "action_owner", "action_due_on")


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    """The case as the meeting sees it; posting records the decision, or says everything that stands against it."""
    row = listing_for(request, pk)
    if request.method == "POST":
        request.user.must(Permission.RECORD_DECISION, row.meeting.team_id)
    initial = {"version": row.version, "responsible": row.responsible_id}
    form = DecisionForm(request.POST or None, initial=initial, listing=row)

    def record() -> Decision:
        data = {name: value for name, value in form.cleaned_data.items() if name not in ACTION_FIELDS}
        data.pop("version")
        details = services.DecisionDetails(**data, actions=form.actions())
        return services.record_decision(
            listing=row, replaces=services.standing_decision(row), details=details, by=request.user
        )

    refused: list[treatments.Obstacle] = []
    try:
        made, status = attempt(request, form, record, lambda current: values_of(current, ["responsible"]))
    except services.DecisionRefused as error:
        made, status, refused = None, 409, error.obstacles
    if made:
        messages.success(request, f"Recorded: {made.get_outcome_display()}.")
        return redirect("mdt:decision", made.pk)
    return render(request, "mdt/listing.jinja", _shown(request, row, form, refused), status=status)


def _shown(
    request: HttpRequest, row: Listing, form: DecisionForm, refused: list[treatments.Obstacle]
) -> dict[str, Any]:
    attendances = list(row.meeting.attendances.select_related("person", "deputises_for"))
    discussions = list(row.discussions.all())
    recusals = list(row.recusals.select_related("person"))
    recused = {recusal.person_id for recusal in recusals}
    now = [each for each in attendances if each.left_at is None]
    presence = services.presence_in(services.during(attendances, discussions, recused))
    quorum = services.quorum_for(row, presence)
    decision = row.decisions.standing().order_by("-pk").first()
    return {
        **frame(request, row.episode.case),
        "listing": row,
        "form": form,
        "facts": case_words.six_facts(row.episode),
        "pathology": row.episode.pathology_reports.select_related("reported_by").first(),
        "imaging": row.episode.imaging_reports.select_related("reported_by").first(),
        "tiles": presenting.tiles(quorum, attendances if discussions else now, recused),
        "quorum": quorum,
        "discussed": bool(discussions),
        "is_open": row.meeting.status in OPEN,
        "is_discussing": row.status == ListingStatus.DISCUSSING,
        "recusals": recusals,
        "recusal_form": RecusalForm(team=row.meeting.team),
        "decision": decision,
        "refused": refused,
        "treatment_words": case_words.treatment_words,
        **_plan(row, presence),
    }


def _plan(row: Listing, presence: Presence) -> dict[str, Any]:
    """The listed plan with its newest check, and what stands against agreeing it with those who are there."""
    if row.plan is None:
        return {"plan": None}
    check = treatments.newest_check(row.plan)
    if check is None:
        return {"plan": row.plan, "check": None, "obstacles": []}
    found, answered = tallies(
        treatments.standing(check.findings, check.plan_content, treatments.responses_of(row.plan))
    )
    return {
        "plan": row.plan,
        "check": check,
        "verdict": presenting.verdict(check),
        "counts": found,
        "answered": answered,
        "obstacles": [] if row.plan.agreed_at else treatments.obstacles(row.plan, check, presence),
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


@require_POST
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone steps aside from this case."""
    row = listing_for(request, pk, Permission.RUN_MEETING)
    form = RecusalForm(request.POST, team=row.meeting.team)

    def step_aside() -> Any:
        data = form.cleaned_data
        return services.recuse(listing=row, person=data["person"], interest=data["interest"], by=request.user)

    made, status = attempt(request, form, step_aside)
    if made:
        messages.success(request, f"{made.person} steps aside from this case.")
        return redirect("mdt:listing", pk)
    shown = _shown(request, row, DecisionForm(initial={"version": row.version}, listing=row), [])
    return render(request, "mdt/listing.jinja", shown | {"recusal_form": form}, status=status)
