"""What is done with a saved plan: one small page or button for each step."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from audit.reads import saw
from audit.workflow import StaleVersion
from cases.presenting import who
from treatments import answering, presenting, services
from treatments.forms import CompleteForm, GivenForm, HoldForm, NotDeliveredForm, ReasonForm, StartForm
from treatments.models import Hold, Plan, Treatment
from treatments.services import Delivered, Omitted
from treatments.services.holds import HOLD_PERMISSION
from treatments.views.showing import erring, find_plan, people, plan_page, shown
from treatments.workflow import PLAN, PlanStatus


@require_POST
def check_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the plan on what is recorded now."""
    plan = find_plan(request, pk)
    try:
        services.make_check(plan=plan, by=request.user)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
    else:
        messages.success(request, "The plan is checked on what is recorded now.")
    return redirect("treatments:plan", pk)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer findings: all that were typed, in one save."""
    plan = find_plan(request, pk)
    request.user.must(Permission.ANSWER_FINDING, plan.episode.case.team)
    found = shown(plan)
    typed = answering.typed_answers(request.POST)
    members = people(plan.episode.case.team_id)
    answer_forms = answering.answer_forms(found.answers, members, typed, bound=True)
    keys, answers, valid = answering.given(answer_forms, found.answers, request.user)
    if valid and not answers:
        messages.info(request, "No answer was typed, so nothing was saved.")
        return redirect("treatments:plan", pk)
    if valid:
        try:
            services.answer_findings(plan=plan, answers=answers, by=request.user)
        except ValidationError as error:
            for message in answering.refuse(answer_forms, keys, error):
                messages.error(request, message)
        else:
            words = "The answer is saved." if len(answers) == 1 else f"{len(answers)} answers are saved."
            messages.success(request, words)
            return redirect("treatments:plan", pk)
    return plan_page(request, found, forms=answer_forms, status=400)


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft before the MDT, after saying what that does."""
    plan = find_plan(request, pk)
    request.user.must(Permission.PROPOSE_PLAN, plan.episode.case.team)
    PLAN.check(plan.status, PlanStatus.PROPOSED)
    if request.method == "POST":
        try:
            return put_forward(request, plan, _version(request))
        except StaleVersion:
            return _changed_meanwhile(request, plan)
    earlier = plan.episode.plans.filter(status=PlanStatus.PROPOSED).first()
    return _step(request, plan, "propose", earlier=earlier)


def put_forward(request: HttpRequest, plan: Plan, version: int | None) -> HttpResponse:
    """The plan's page, which says that it is proposed now or what is still to be chosen. Raises StaleVersion."""
    try:
        services.propose_plan(plan=plan, version=version, by=request.user)
    except ValidationError as refused:
        for message in refused.messages:
            messages.warning(request, message)
    else:
        messages.success(request, f"{plan} is proposed. Its content is fixed from now on.")
    return redirect("treatments:plan", plan.pk)


@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a draft aside."""
    plan = find_plan(request, pk)
    request.user.must(Permission.PROPOSE_PLAN, plan.episode.case.team)
    if plan.status != PlanStatus.DRAFT:
        words = plan.get_status_display().lower()
        raise services.PlanRefused(f"This plan is {words}: only a draft can be set aside.")
    if request.method == "POST":
        try:
            services.discard_draft(plan=plan, version=_version(request), by=request.user)
        except StaleVersion:
            return _changed_meanwhile(request, plan)
        messages.success(request, f"{plan} is set aside.")
        return redirect("treatments:plan", pk)
    return _step(request, plan, "discard")


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that treatment began."""

    def save(plan: Plan, values: dict[str, Any], lines: list[GivenForm]) -> None:
        began = values.get("treatment")
        services.start_plan(
            plan=plan, version=values["version"], on=values["on"], treatment=began, by=request.user
        )

    return _deliver(request, pk, PlanStatus.IN_PROGRESS, StartForm, save, "start")


@require_http_methods(["GET", "POST"])
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the plan is finished, and what was given."""

    def save(plan: Plan, values: dict[str, Any], lines: list[GivenForm]) -> None:
        services.complete_plan(
            plan=plan,
            version=values["version"],
            on=values["on"],
            given=_given(lines),
            omitted=_omitted(lines),
            by=request.user,
        )

    return _deliver(request, pk, PlanStatus.COMPLETED, CompleteForm, save, "complete", asks_given=True)


@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the patient declined."""

    def save(plan: Plan, values: dict[str, Any], lines: list[GivenForm]) -> None:
        services.decline_plan(plan=plan, version=values["version"], reason=values["reason"], by=request.user)

    return _deliver(request, pk, PlanStatus.DECLINED, ReasonForm, save, "decline")


@require_http_methods(["GET", "POST"])
def not_delivered(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the plan was not carried out, or not to its end."""

    def save(plan: Plan, values: dict[str, Any], lines: list[GivenForm]) -> None:
        services.plan_not_delivered(
            plan=plan,
            version=values["version"],
            reason_code=values["reason_code"],
            reason=values["reason"],
            given=_given(lines),
            by=request.user,
        )

    return _deliver(
        request, pk, PlanStatus.NOT_DELIVERED, NotDeliveredForm, save, "not_delivered", asks_given=True
    )


@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the plan from starting until the patient has been told."""
    plan = find_plan(request, pk)
    kind = Hold.Kind.PATIENT_NOT_TOLD
    request.user.must(HOLD_PERMISSION[kind], plan.episode.case.team)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.place_hold(plan=plan, kind=kind, note=form.cleaned_data["note"], by=request.user)
        messages.success(request, f"{plan} is on hold until the patient has been told.")
        return redirect("treatments:plan", pk)
    return _step(request, plan, "hold", form=form, status=400 if form.is_bound else 200)


@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """The reason for a hold is gone."""
    plan = find_plan(request, pk)
    kind = request.POST.get("kind", "")
    if kind not in Hold.Kind.values:
        raise Http404
    hold = services.lift_hold(plan=plan, kind=Hold.Kind(kind), by=request.user)
    messages.success(request, "The hold is lifted." if hold else "No such hold stands on this plan.")
    return redirect("treatments:plan", pk)


def _deliver(
    request: HttpRequest,
    pk: int,
    to: PlanStatus,
    kind: type[forms.Form],
    save: Callable[[Plan, dict[str, Any], list[GivenForm]], None],
    step: str,
    *,
    asks_given: bool = False,
) -> HttpResponse:
    """The form of one step: shown, or sent and carried out."""
    plan = find_plan(request, pk)
    request.user.must(Permission.DELIVER_PLAN, plan.episode.case.team)
    PLAN.check(plan.status, to)
    data = request.POST if request.method == "POST" else None
    extra = {"lines": _to_begin(plan)} if kind is StartForm else {}
    form = kind(data, initial={"version": plan.version}, **extra)
    lines = _given_forms(plan, data, asks_why=to == PlanStatus.COMPLETED) if asks_given else []
    if data is None:
        return _step(request, plan, step, form=form, lines=lines)
    if all([each.is_valid() for each in (form, *lines)]):
        values = form.cleaned_data | {"version": form.cleaned_data["version"] or 0}
        try:
            save(plan, values, lines)
        except ValidationError as error:
            _refuse(form, lines, error)
        except StaleVersion:
            return _changed_meanwhile(request, plan)
        else:
            messages.success(request, f"Recorded: {plan} is {to.label.lower()}.")
            return redirect("treatments:plan", pk)
    return _step(request, plan, step, form=form, lines=lines, status=400)


def _open_lines(plan: Plan) -> Iterator[tuple[int, Treatment]]:
    """The treatments of which nobody has recorded yet what became of them, with their places."""
    for place, line in enumerate(plan.treatments.all()):
        row = presenting.delivery_of(line)
        if row is None or row.status not in services.ENDED:
            yield place, line


def _to_begin(plan: Plan) -> dict[int, str]:
    return {place: presenting.row_words(line) for place, line in _open_lines(plan)}


def _given_forms(plan: Plan, data: Any, *, asks_why: bool) -> list[GivenForm]:
    forms = []
    for place, line in _open_lines(plan):
        row = presenting.delivery_of(line)
        initial = {"started_on": row.started_on} if row else {}
        words = presenting.row_words(line)
        forms.append(
            GivenForm(data, prefix=f"g-{place}", label=words, place=place, asks_why=asks_why, initial=initial)
        )
    return forms


def _given(lines: list[GivenForm]) -> list[Delivered]:
    return [
        Delivered(line.place, line.cleaned_data["started_on"], line.cleaned_data["ended_on"])
        for line in lines
        if line.cleaned_data["given"]
    ]


def _omitted(lines: list[GivenForm]) -> list[Omitted]:
    return [
        Omitted(line.place, line.cleaned_data["reason_code"], line.cleaned_data["note"])
        for line in lines
        if line.cleaned_data["reason_code"]
    ]


def _refuse(form: forms.Form, lines: list[GivenForm], error: ValidationError) -> None:
    """A service's errors, each to its field: `on`, or `given.0.started_on`."""
    for path, texts in error.message_dict.items():
        room, _, rest = path.partition(".")
        number, _, name = rest.partition(".")
        if room == "given" and number.isdecimal():
            line = next(each for each in lines if each.place == int(number))
            line.add_error(name if name in line.fields else None, texts)
        else:
            form.add_error(path if path in form.fields else None, texts)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _changed_meanwhile(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Someone did something else with the plan: it is shown as it is now, and nothing was recorded."""
    now = find_plan(request, plan.pk)
    event = presenting.last_change(now)
    name = event.by.full_name if event and event.by else "A colleague"
    messages.error(
        request, f"{name} changed this plan meanwhile, so nothing was recorded. Look at it and try again."
    )
    return plan_page(request, shown(now), status=409)


def _step(
    request: HttpRequest,
    plan: Plan,
    step: str,
    *,
    form: forms.Form | None = None,
    lines: list[GivenForm] | None = None,
    earlier: Plan | None = None,
    status: int = 200,
) -> HttpResponse:
    case = plan.episode.case
    saw(request, [case.patient_id])
    holds = plan.holds.filter(lifted_at__isnull=True) if step == "start" else []
    context = {
        "who": who(case) | {"heading": False},
        "case": case,
        "plan": plan,
        "step": step,
        "step_form": form,
        "lines": lines or [],
        "earlier": earlier,
        "holds": list(holds),
        "words": [presenting.treatment_words(line) for line in services.content_of(plan)["treatments"]],
        "form": erring([each for each in (form, *(lines or [])) if each is not None]),
    }
    return render(request, "treatments/step.jinja", context, status=status)
