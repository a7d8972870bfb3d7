"""Pages on which a plan is typed: a new one, a draft, the next version of one whose content is fixed."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from audit.reads import saw
from audit.workflow import StaleVersion
from cases.models import Case
from treatments import answering, presenting, services
from treatments.answering import Typed
from treatments.forms import Editor
from treatments.models import Plan
from treatments.services import PlanContent
from treatments.services.checking import must_live
from treatments.views.acting import put_forward
from treatments.views.showing import (
    find_case,
    find_plan,
    people,
    plan_page,
    shown,
    surgeons,
    typed_page,
    typing_page,
)
from treatments.workflow import PlanStatus

Save = Callable[[PlanContent], Plan]


@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest, reference: str) -> HttpResponse:
    """A new plan for the current episode of a case."""
    case = find_case(request, reference)
    request.user.must(Permission.PROPOSE_PLAN, case.team)
    episode = case.current_episode
    if episode is None:
        raise services.PlanRefused("This case has no episode yet, so no plan can be made for it.")
    episode.case = case
    must_live(episode)
    if request.method == "GET":
        return typing_page(request, case, Editor.of_content(None, None, surgeons(case.team)))

    def save(content: PlanContent) -> Plan:
        return services.draft_plan(episode=episode, content=content, by=request.user)

    return _posted(request, case, save)


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan with its findings; a draft is typed here."""
    found = find_plan(request, pk)
    if request.method == "GET":
        return plan_page(request, shown(found))
    case = found.episode.case
    request.user.must(Permission.PROPOSE_PLAN, case.team)

    def save(content: PlanContent) -> Plan:
        version = _version(request)
        return services.change_plan(plan=found, version=version, content=content, by=request.user)

    return _posted(request, case, save, plan=found)


@require_http_methods(["GET", "POST"])
def plan_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version of a plan whose content is fixed."""
    old = find_plan(request, pk)
    case = old.episode.case
    request.user.must(Permission.PROPOSE_PLAN, case.team)
    must_live(old.episode)
    following = getattr(old, "replaced_by", None)
    if following is not None:
        return redirect("treatments:plan", following.pk)
    if request.method == "GET":
        editor = Editor.of_content(services.read_content(old), None, surgeons(case.team))
        return typing_page(request, case, editor, replaces=old)

    def save(content: PlanContent) -> Plan:
        return services.replace_plan(plan=old, content=content, by=request.user)

    return _posted(request, case, save, replaces=old)


def _version(request: HttpRequest) -> int:
    """The version that the edit was made on; a form that names none was made on none."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _posted(
    request: HttpRequest,
    case: Case,
    save: Save,
    *,
    plan: Plan | None = None,
    replaces: Plan | None = None,
) -> HttpResponse:
    """A button of the form: one that changes its lines, or one that saves, checks and may propose."""
    typed = answering.typed_answers(request.POST)
    button = request.POST.get("do", "save")
    if button not in ("save", "propose"):
        editor = Editor.of_request(request.POST, surgeons(case.team), bound=False)
        places = editor.press(button, request.POST.get("add_modality", ""))
        typed = answering.moved(typed, places)
        return typing_page(request, case, editor, plan=plan, replaces=replaces, typed=typed)
    editor = Editor.of_request(request.POST, surgeons(case.team), bound=True)
    if editor.is_valid():
        try:
            saved = save(editor.content())
        except ValidationError as error:
            editor.refuse(error.message_dict)
        except StaleVersion:
            return _stale(request, case, editor, plan, typed)
        else:
            return _saved(request, saved, typed, editor, proposing=button == "propose")
    return typing_page(request, case, editor, plan=plan, replaces=replaces, typed=typed, status=400)


def _stale(request: HttpRequest, case: Case, editor: Editor, plan: Plan | None, typed: Typed) -> HttpResponse:
    """Someone saved the draft meanwhile: both versions, and what was typed kept."""
    current = find_plan(request, plan.pk if plan else 0)
    event = presenting.last_change(current)
    conflict = {
        "items": presenting.differences(services.read_content(current), editor.content()),
        "by": event.by.full_name if event and event.by else "A colleague",
        "at": event.at if event else current.created_at,
    }
    editor.take_version(current.version)
    return typing_page(request, case, editor, plan=current, typed=typed, conflict=conflict, status=409)


def _saved(
    request: HttpRequest, plan: Plan, typed: Typed, editor: Editor, *, proposing: bool
) -> HttpResponse:
    """The plan is saved and checked; the answers typed beside it follow, each to its finding, and then its proposal."""
    found = shown(find_plan(request, plan.pk))
    forms = answering.answer_forms(found.answers, people(plan.episode.case.team_id), typed, bound=True)
    keys, answers, valid = answering.given(forms, found.answers, request.user)
    if answers and valid:
        try:
            rows = services.answer_findings(plan=plan, answers=answers, version=plan.version, by=request.user)
            plan = rows[0].plan
        except StaleVersion:
            return _stale(request, plan.episode.case, editor, plan, typed)
        except ValidationError as error:
            for message in answering.refuse(forms, keys, error):
                messages.warning(request, message)
            valid = False
    if not valid:
        messages.warning(request, "The plan is saved. An answer is not complete, and was not saved yet.")
        return plan_page(request, found, forms=forms, status=400)
    for rule, _ in sorted((key for key in typed if key not in forms and any(typed[key].values())), key=str):
        messages.info(request, f"The finding {rule} is gone, so the answer typed for it was not kept.")
    messages.success(request, f"{plan} is saved and checked.")
    if not proposing:
        return redirect("treatments:plan", plan.pk)
    try:
        return _propose(request, plan)
    except StaleVersion:
        return _stale(request, plan.episode.case, editor, plan, typed)


def _propose(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Put the plan before the MDT as it was saved; where that takes the place of another, that step's page asks first.

    Whatever a colleague saved since is not proposed unseen.
    """
    if plan.episode.plans.filter(status=PlanStatus.PROPOSED).exclude(pk=plan.pk).exists():
        return redirect("treatments:propose", plan.pk)
    return put_forward(request, plan, plan.version)


@require_POST
def preview(request: HttpRequest, reference: str) -> HttpResponse:
    """The findings on a plan as it is typed, for swapping in beside the fields; nothing is saved."""
    case = find_case(request, reference)
    request.user.must(Permission.PROPOSE_PLAN, case.team)
    editor = Editor.of_request(request.POST, surgeons(case.team), bound=False)
    typed = answering.typed_answers(request.POST)
    may_answer = request.user.may(Permission.ANSWER_FINDING, case.team)
    known = request.POST.get("plan", "")
    plans = Plan.objects.visible_to(request.user).filter(episode__case=case)
    plans = plans.select_related("episode")
    plan = plans.filter(pk=int(known)).first() if known.isdecimal() and len(known) < 18 else None
    episode = plan.episode if plan else case.current_episode
    responses = services.responses_of(plan) if plan else []
    page, _ = typed_page(editor, case, episode, request.user, responses, typed, answering=may_answer)
    saw(request, [case.patient_id], poll=True)
    return render(request, "treatments/preview.jinja", {"page": page, "case": case})
