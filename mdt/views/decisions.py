"""A recorded decision: what was decided, by whom, in whose presence; and what came of it."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Competence, Permission, Role
from audit import reads
from cases import presenting as case_words
from cases.views.attempts import attempt
from cases.views.returning import after
from mdt import services
from mdt.action_forms import NotNeededForm
from mdt.checklist import WORDS
from mdt.discussion_words import KINDS
from mdt.forms import DissentForm
from mdt.models import Action, Decision, Dissent
from mdt.quorum import ROLES
from mdt.ratification import ratification_words
from mdt.ratify_forms import RatifyForm, RefuseForm
from mdt.services.hearing import NEED_LABELS
from mdt.views.listings import frame
from treatments.presenting import VERDICT_WORDS
from treatments.services import Obstacle

HOW = {"remote": "remote", services.RATIFIED: "ratified it afterwards"}


def decision_for(request: HttpRequest, pk: int, permission: Permission = Permission.SEE_CASES) -> Decision:
    request.user.must(permission)
    rows = Decision.objects.filter(case__team__in=request.user.team_ids(permission)).select_related(
        "listing__meeting__team",
        "case__patient",
        "case__team",
        "case__key_worker",
        "plan",
        "check_made",
        "responsible",
        "tells_patient",
        "confirmed_by",
        "standard",
        "recorded_by",
        "replaces",
    )
    decision = get_object_or_404(rows.with_ratification(), pk=pk)
    reads.saw(request, [decision.case.patient_id])
    return decision


@require_safe
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Fixed when it was recorded; a correction is a later decision that names this one."""
    return _show(request, decision_for(request, pk))


def _show(
    request: HttpRequest,
    row: Decision,
    *,
    dissenting: DissentForm | None = None,
    ratifying: RatifyForm | None = None,
    refusing: RefuseForm | None = None,
    dropping: NotNeededForm | None = None,
    refused: list[Obstacle] | None = None,
    status: int = 200,
) -> HttpResponse:
    needed = row.quorum_rule["needed"]
    team, members = row.case.team, services.members_of(row.case.team)
    stuck = "" if getattr(row, "refusal", None) else services.why_nobody_ratifies(row)
    shown = {
        **frame(request, row.case),
        "decision": row,
        "roles": [_role(role, needed, row.present) for role in ROLES],
        "others": [someone for someone in row.present if someone["role"] not in ROLES],
        "lacking": [_lacking(code) for code in row.quorum_rule.get("lacking", ())],
        "later": getattr(row, "replaced_by", None),
        "ratification": ratification_words(row),
        "dissents": list(_along(row, Dissent).select_related("person")),
        "actions": _actions(row, dropping),
        "treatments": list(row.plan.treatments.all()) if row.plan else [],
        "tellings": list(row.tellings.select_related("told_by")),
        "letters": list(row.letters.defer("text")),
        "discussion": KINDS[row.kind],
        "covered": [WORDS[code] for code in row.covered],
        "role_words": dict(Role.choices),
        "treatment_words": case_words.treatment_words,
        "verdict_words": VERDICT_WORDS,
        "form": ratifying or refusing or dissenting or dropping or DissentForm(team=team, members=members),
        "dissenting": dissenting or DissentForm(team=team, members=members),
        "ratifying": ratifying or RatifyForm(team=team, members=members),
        "refusing": refusing or RefuseForm(),
        "refused": refused or [],
        "may_ratify": _may_ratify(request, row) and not stuck,
        "nobody_ratifies": stuck,
    }
    return render(request, "mdt/decision.jinja", shown, status=status)


def _actions(row: Decision, dropping: NotNeededForm | None) -> list[Action]:
    """Each with the form that says why it is not needed any more."""
    actions: list[Any] = list(_along(row, Action).select_related("owner", "done_by"))
    for action in actions:
        typed = dropping is not None and dropping.action == action
        action.dropping = dropping if typed else NotNeededForm(action=action)
    return actions


def _may_ratify(request: HttpRequest, row: Decision) -> bool:
    """The person named; or who records decisions, where that person's role does not."""
    person, team = row.to_ratify_by, row.case.team_id
    if (
        person is None
        or getattr(row, "refusal", None)
        or not request.user.may(Permission.RECORD_DECISION, team)
    ):
        return False
    return person == request.user or not person.may(Permission.RECORD_DECISION, team)


@require_POST
def ratify(request: HttpRequest, pk: int) -> HttpResponse:
    """The person named agrees to a provisional decision."""
    row = decision_for(request, pk, Permission.RECORD_DECISION)
    form = RatifyForm(request.POST, team=row.case.team, members=services.members_of(row.case.team))

    def record() -> Decision:
        return services.ratify_decision(decision=row, **form.cleaned_data, by=request.user)

    try:
        made, status = attempt(request, form, record)
    except services.DecisionRefused as error:
        return _show(request, row, ratifying=form, refused=error.obstacles, status=409)
    if made:
        messages.success(request, "The decision is ratified." if made.is_final else "Your word is recorded.")
        return after(request, "mdt:decision", made.pk)
    return _show(request, row, ratifying=form, status=status)


@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The person named does not agree to a provisional decision."""
    row = decision_for(request, pk, Permission.RECORD_DECISION)
    form = RefuseForm(request.POST)

    def record() -> Any:
        return services.refuse_to_ratify(decision=row, **form.cleaned_data, by=request.user)

    made, status = attempt(request, form, record)
    if made:
        messages.success(request, "It is not ratified. The case is proposed for the next meeting.")
        return after(request, "mdt:decision", pk)
    return _show(request, row, refusing=form, status=status)


def _along(row: Decision, model: Any) -> Any:
    """Of this decision, and of those on the same listing that it corrects or ratifies."""
    same = (
        Q(decision=row)
        if row.listing_id is None
        else Q(decision__listing=row.listing_id, decision__lte=row.pk)
    )
    return model.objects.filter(same)


def _lacking(code: str) -> str:
    return NEED_LABELS.get(code) or dict(Role.choices)[code].lower()


def _role(role: str, needed: list[str], present: list[dict[str, Any]]) -> dict[str, Any]:
    people = [_person(someone) for someone in present if someone["role"] == role]
    return {"role": Role(role).label, "people": people, "needed": role in needed}


def _person(someone: dict[str, Any]) -> dict[str, str]:
    notes = [Competence(each).label.lower() for each in someone["competences"]]
    if someone["deputises_for"]:
        notes.append(f"for {someone['deputises_for']}")
    if someone["mode"] in HOW:
        notes.append(HOW[someone["mode"]])
    state = "deputy" if someone["deputises_for"] else "remote" if someone["mode"] == "remote" else "ok"
    return {"name": someone["name"], "notes": ", ".join(notes), "icon": state}


@require_POST
def dissent(request: HttpRequest, pk: int) -> HttpResponse:
    """A member disagrees, with name and reason."""
    row = decision_for(request, pk, Permission.DISSENT)
    form = DissentForm(request.POST, team=row.case.team, members=services.members_of(row.case.team))

    def record() -> Any:
        data = form.cleaned_data
        dissent = services.DissentDetails(data["person"], data["reason"])
        return services.record_dissent(decision=row, dissent=dissent, by=request.user)

    made, status = attempt(request, form, record)
    if made:
        messages.success(request, "The dissent is recorded.")
        return redirect("mdt:decision", pk)
    return _show(request, row, dissenting=form, status=status)


def _action(request: HttpRequest, pk: int) -> Action:
    request.user.must(Permission.SEE_CASES)
    rows = Action.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("decision"), pk=pk)


@require_POST
def action_done(request: HttpRequest, pk: int) -> HttpResponse:
    """An action is done."""
    action = services.complete_action(action=_action(request, pk), by=request.user)
    messages.success(request, "The action is done.")
    return redirect("mdt:decision", action.decision_id)


@require_POST
def action_not_needed(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody need do an action any more."""
    action = _action(request, pk)
    form = NotNeededForm(request.POST, action=action)

    def drop() -> Action:
        return services.drop_action(action=action, **form.cleaned_data, by=request.user)

    dropped, status = attempt(request, form, drop)
    if dropped:
        messages.success(request, "The action is closed as not needed any more.")
        return redirect("mdt:decision", action.decision_id)
    return _show(request, decision_for(request, action.decision_id), dropping=form, status=status)


@require_POST
def action_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """An action is to be done after all."""
    action = services.reopen_action(action=_action(request, pk), by=request.user)
    messages.success(request, "The action is open again.")
    return redirect("mdt:decision", action.decision_id)
