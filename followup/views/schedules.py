"""Pages of schedules: one to confirm or change, one set up by hand, the table with its approvals."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Team
from accounts.permissions import Permission
from audit.events import EventType
from followup import schedules, services
from followup.days import off_day, said_with_hint
from followup.forms import schedules as forms
from followup.models import (
    Review,
    ReviewKind,
    ReviewSchedule,
    ScheduleApproval,
    ScheduleStatus,
)
from followup.presenting import happened
from followup.views.finished import already
from followup.views.frame import about, case_for, save

SHOWN = 6
COMPARED = ["from_on", "responsible", "note"]
DECIDED = {
    ScheduleStatus.CONFIRMED: EventType.SCHEDULE_CONFIRMED,
    ScheduleStatus.NOT_WANTED: EventType.SCHEDULE_NOT_WANTED,
    ScheduleStatus.ENDED: EventType.SCHEDULE_ENDED,
}


def _visible(request: HttpRequest, pk: int) -> ReviewSchedule:
    request.user.must(Permission.SEE_CASES)
    rows = ReviewSchedule.objects.visible_to(request.user).select_related(
        "episode__case__patient",
        "episode__case__team",
        "episode__case__key_worker",
        "episode__case__responsible_consultant",
        "plan",
        "responsible",
        "confirmed_by",
    )
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """One schedule: where it comes from, the dates it gives, and what a clinician decides about it."""
    row = _visible(request, pk)
    case = row.episode.case
    planned = row.episode.reviews.scheduled().order_by("due_on").first()
    later = None
    if planned and row.status == ScheduleStatus.PROPOSED and not services.becomes_first(row, planned):
        planned, later = None, planned
    do = request.POST.get("do", "")
    if request.method == "POST":
        request.user.must(Permission.CONFIRM_SCHEDULE, case.team_id)
        if do not in DECISIONS:
            raise Http404
        if row.status in DECIDED.keys() - DECISIONS[do].open_in:
            return _is_decided(request, row, DECISIONS[do].form(request.POST, row, planned))
    offered = {name: decision.form(None, row, planned) for name, decision in DECISIONS.items()}
    refused: dict[str, Any] = {}
    if do:
        form = offered[do] = DECISIONS[do].form(request.POST, row, planned)
        refused = {"status": 400}
        if form.is_valid():
            made, refused = save(
                form, lambda: DECISIONS[do].service(row, form.cleaned_data, request.user), compared=COMPARED
            )
            if made:
                messages.success(request, DECISIONS[do].said(made))
                return redirect("followup:schedule", row.pk)
    shown = {**about(request, case), **_about(row, planned), "forms": offered, "form": offered.get(do)}
    shown |= {"conflict_of": refused.get("conflict_of"), "doing": do, "events": happened(row)}
    shown["later"] = later
    shown["may_confirm"] = request.user.may(Permission.CONFIRM_SCHEDULE, case.team_id)
    shown["asked"] = _who_is_asked(row) if row.status == ScheduleStatus.PROPOSED else ""
    return render(request, "followup/schedule.jinja", shown, status=refused.get("status", 200))


def _is_decided(request: HttpRequest, row: ReviewSchedule, form: Any) -> HttpResponse:
    """Who decided and when, where somebody sends a decision that was made already."""
    return already(
        request,
        row.episode.case,
        heading="Follow-up schedule",
        words=f"Already recorded as {row.get_status_display().lower()}",
        row=row,
        event=DECIDED[ScheduleStatus(row.status)],
        way=("Open the schedule", reverse("followup:schedule", args=[row.pk])),
        form=form,
    )


def _who_is_asked(row: ReviewSchedule) -> str:
    """Whose word it waits for, as reminders go; empty where that is every clinician of the team."""
    case = row.episode.case
    named = case.responsible_consultant or case.key_worker
    able = services.who_may(Permission.CONFIRM_SCHEDULE, case.team_id)
    return named.full_name if named in able else ""


def _about(row: ReviewSchedule, planned: Review | None) -> dict[str, Any]:
    """The row of the table, how its phases read, and the next reviews, if each is held on its day."""
    pathway = schedules.pathways().get(row.pathway)
    phases = schedules.read_phases(row.phases)
    last_on = services.last_seen_on(row)
    ahead = schedules.looks(phases, from_on=row.from_on, last_on=last_on, how_many=SHOWN)
    if planned:
        after = schedules.looks(phases, from_on=row.from_on, last_on=planned.due_on, how_many=SHOWN - 1)
        ahead = [schedules.Look(planned.due_on, (planned.kind, *planned.also)), *after]
    return {
        "schedule": row,
        "pathway": pathway,
        "phases": [_phase_words(phase) for phase in phases],
        "ahead": [
            (look.due_on, off_day(look.due_on), words_of(look.kinds), _month(row, look)) for look in ahead
        ],
        "planned": planned,
        "if_indicated": words_of(pathway.if_indicated) if pathway else "",
        "today_edition": schedules.edition(),
        "grace": schedules.grace().days,
        "is_open": row.status in (ScheduleStatus.PROPOSED, ScheduleStatus.CONFIRMED),
    }


def _month(row: ReviewSchedule, look: schedules.Look) -> int:
    return schedules.months_since(row.from_on, look.due_on)


def words_of(kinds: Any) -> str:
    """Clinic, chest imaging, X-ray of the site."""
    words = ", ".join(ReviewKind(kind).within for kind in kinds)
    return words[:1].upper() + words[1:]


def _phase_words(phase: schedules.Phase) -> dict[str, str]:
    end = f"until month {phase.until_months}" if phase.until_months else "for life"
    often = f"imaging every {phase.imaging_every_months} months" if phase.imaging_every_months else ""
    return {
        "when": end,
        "interval": "every month" if phase.every_months == 1 else f"every {phase.every_months} months",
        "source": phase.interval,
        "kinds": words_of(phase.kinds),
        "imaging": often,
    }


def _confirm_form(data: Any, row: ReviewSchedule, planned: Review | None) -> forms.ScheduleForm:
    people = services.who_may(Permission.PLAN_REVIEW, row.episode.case.team_id)
    start = {"from_on": row.from_on, "responsible": row.responsible, "version": row.version}
    return forms.ScheduleForm(
        data,
        people=people,
        phases=schedules.read_phases(row.phases),
        offers_first=row.status == ScheduleStatus.PROPOSED and planned is None,
        initial=start | ({"note": row.note} if row.status == ScheduleStatus.CONFIRMED else {}),
    )


def _details(typed: dict[str, Any]) -> services.ScheduleDetails:
    names = ("from_on", "phases", "responsible", "note", "first_on")
    return services.ScheduleDetails(**{name: typed[name] for name in names if name in typed})


class Decision:
    """One thing that a clinician decides about a schedule: its form, its service and what is said after it."""

    def __init__(
        self,
        form: Callable[..., Any],
        service: Callable[..., Any],
        said: Callable[..., str],
        open_in: set[ScheduleStatus],
    ) -> None:
        self.form, self.service, self.said, self.open_in = form, service, said, open_in


def _confirmed(row: ReviewSchedule) -> str:
    words = "Follow-up is confirmed."
    for number, review in enumerate(row.episode.reviews.scheduled()):
        on = said_with_hint(review.due_on)
        words += f" Another one is planned for {on}." if number else f" The next review is on {on}."
    return words


DECISIONS = {
    "confirm": Decision(
        _confirm_form,
        lambda row, typed, by: services.confirm_schedule(
            schedule=row, version=typed["version"], details=_details(typed), by=by
        ),
        _confirmed,
        {ScheduleStatus.PROPOSED},
    ),
    "change": Decision(
        _confirm_form,
        lambda row, typed, by: services.change_schedule(
            schedule=row, version=typed["version"], details=_details(typed), by=by
        ),
        lambda row: (
            "The schedule is changed. What is planned keeps its date; later reviews follow the change."
        ),
        {ScheduleStatus.CONFIRMED},
    ),
    "refuse": Decision(
        lambda data, row, planned: forms.NotWantedForm(data, initial={"version": row.version}, prefix="no"),
        lambda row, typed, by: services.refuse_schedule(schedule=row, by=by, **typed),
        lambda row: "The schedule is recorded as not wanted.",
        {ScheduleStatus.PROPOSED},
    ),
    "end": Decision(
        lambda data, row, planned: forms.EndForm(data, initial={"version": row.version}, prefix="end"),
        lambda row, typed, by: services.end_schedule(schedule=row, by=by, **typed),
        lambda row: (
            f"Follow-up has ended: {row.get_ended_reason_display().lower()}. What was planned is cancelled."
        ),
        {ScheduleStatus.PROPOSED, ScheduleStatus.CONFIRMED},
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def schedule_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Set up follow-up for a case that came to it without a plan of this service."""
    case = case_for(request, reference, Permission.CONFIRM_SCHEDULE)
    episode = case.current_episode
    standing = episode.review_schedules.open().first()
    if standing is not None:
        return redirect("followup:schedule", standing.pk)
    offered = services.offered_to(case.team_id)
    belongs = services.pathway_of(episode)
    fits = belongs.pathway.key if belongs.pathway in offered else None
    form = forms.SetUpForm(request.POST or None, offered=offered, initial={"pathway": fits})
    status = 400 if form.is_bound else 200
    if form.is_valid():
        made, refused = save(
            form, lambda: services.set_up_schedule(episode=episode, by=request.user, **form.cleaned_data)
        )
        if made:
            return redirect("followup:schedule", made.pk)
        status = refused["status"]
    shown = {**about(request, case), "form": form, "belongs": belongs, "is_offered": fits is not None}
    return render(request, "followup/schedule_new.jinja", shown, status=status)


@require_safe
def schedule_table(request: HttpRequest) -> HttpResponse:
    """Every row of the table with its source; for each team what it approved of the rows without one."""
    request.user.must(Permission.SEE_CASES)
    teams = list(Team.objects.filter(pk__in=request.user.team_ids()))
    standing = ScheduleApproval.objects.filter(
        team__in=teams, edition=schedules.edition(), withdrawn_at__isnull=True
    ).select_related("approved_by", "team")
    rows = [
        {
            "pathway": row,
            "phases": [_phase_words(phase) for phase in row.phases],
            "if_indicated": words_of(row.if_indicated),
            "approvals": [each for each in standing if each.pathway == row.key],
        }
        for row in schedules.pathways().values()
    ]
    approving = [team for team in teams if request.user.may(Permission.APPROVE_SCHEDULE, team)]
    shown = {"rows": rows, "teams": teams, "approving": approving, "edition": schedules.edition()}
    return render(request, "followup/schedule_table.jinja", shown | {"grace": schedules.grace().days})


@require_POST
def schedule_approve(request: HttpRequest) -> HttpResponse:
    """Approve a row without a published source for a team, or withdraw that."""
    request.user.must(Permission.SEE_CASES)
    team = get_object_or_404(Team.objects.filter(pk__in=request.user.team_ids()), pk=_number(request, "team"))
    key = request.POST.get("pathway", "")
    row = schedules.pathways().get(key)
    if row is None or not row.uncertain:
        raise Http404
    if request.POST.get("do") == "withdraw":
        standing = ScheduleApproval.objects.filter(
            team=team, pathway=key, edition=schedules.edition(), withdrawn_at__isnull=True
        )
        services.withdraw_approval(approval=get_object_or_404(standing), by=request.user)
        messages.success(request, f"{row.name} is not proposed to {team.name} any more.")
    else:
        services.approve_schedule(team=team, pathway=key, by=request.user)
        messages.success(request, f"{row.name} is approved for {team.name}, and is proposed from now on.")
    return redirect("followup:schedule_table")


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
