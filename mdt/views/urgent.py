"""Deciding urgently between meetings, from the case."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.calendar import add_working_days
from accounts.permissions import Permission
from cases import presenting as case_words
from cases.models import Case
from cases.views.access import case_of
from cases.views.attempts import attempt
from mdt import services
from mdt.models import Decision
from mdt.services.considered import to_tick
from mdt.services.decision_details import NOT_RELEVANT, TELL_WITHIN
from mdt.urgent_forms import AskedForms, UrgentForm
from mdt.views.listings import frame
from mdt.workflow import Outcome
from treatments.models import Plan
from treatments.services import Obstacle


@require_http_methods(["GET", "HEAD", "POST"])
def urgent_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Who was asked, what they said, and what was decided; it goes on the next meeting's list to be ratified."""
    request.user.must(Permission.RECORD_DECISION)
    case = case_of(request, reference, Permission.RECORD_DECISION)
    members = services.members_of(case.team)
    rows = Plan.objects.filter(episode=case.current_episode).waiting()
    plan = rows.select_related("proposed_by").prefetch_related("treatments").first()
    standing = services.urgent_decision(case.current_episode_id)
    data = request.POST or None
    initial = _initial(case, standing) | {"plan_seen": plan and plan.pk, "replaces": standing and standing.pk}
    trials = to_tick(case.current_episode, standing) if case.current_episode else []
    form = UrgentForm(data, initial=initial, team=case.team, members=members, plan=plan, trials=trials)
    colleagues = [each for each in members if each.user_id != request.user.pk]
    asked = AskedForms(data, prefix="asked", form_kwargs={"members": colleagues})

    def decide() -> Decision:
        return _decide(request, case, plan, form, asked)

    made, status, refused = None, 200, list[Obstacle]()
    try:
        if asked.is_valid():
            made, status = attempt(request, form, decide)
        elif data:
            form.is_valid()
    except services.AlreadyDecided as error:
        form.show_other(error.decision, request.user)
        status, standing = 409, error.decision
    except services.DecisionRefused as error:
        status, refused = 409, error.obstacles
        form.add_error(None, "The plan cannot be agreed yet; what stands against it is listed below.")
    if made:
        day = timezone.localdate(made.ratify_at.starts_at)
        messages.success(request, f"Decided. It is listed for ratification on {day.day} {day:%b %Y}.")
        return redirect("mdt:decision", made.pk)
    if data:
        form.show_plan(plan)
    shown = {
        **frame(request, case),
        "form": form,
        "asked": asked,
        "plan": plan,
        "standing": standing,
        "refused": refused,
        "treatment_words": case_words.treatment_words,
    }
    return render(request, "mdt/urgent_new.jinja", shown, status=status)


def _initial(case: Case, standing: Decision | None) -> dict[str, Any]:
    return {
        "trials": [each["trial"] for each in standing.trials_considered] if standing else [],
        "trial_note": standing.trial_note if standing else "",
        "responsible": case.responsible_consultant_id,
        "tells_patient": case.key_worker_id,
        "tell_by_on": add_working_days(timezone.localdate(), TELL_WITHIN),
        "patient_knows": case.patient_knows,
    }


def _decide(request: HttpRequest, case: Case, plan: Plan | None, form: UrgentForm, asked: Any) -> Decision:
    typed = dict(form.cleaned_data)
    patient_knows = typed.pop("patient_knows")
    replaces, plan_seen = typed.pop("replaces"), typed.pop("plan_seen")
    is_considered = bool(typed["trials"] or typed["trial_note"])
    episode = case.current_episode
    return services.decide_urgently(
        episode=episode,
        details=services.DecisionDetails(trial_considered="yes" if is_considered else NOT_RELEVANT, **typed),
        asked=[one for one in (each.asked() for each in asked.forms) if one],
        plan=plan if typed["outcome"] == Outcome.AGREE_PLAN else None,
        plan_seen=Plan.objects.filter(episode=episode, pk=plan_seen).first() if plan_seen else None,
        replaces=Decision.objects.filter(episode=episode, pk=replaces).first() if replaces else None,
        patient_knows=patient_knows,
        by=request.user,
    )
