"""What the pages of a plan have in common: finding it, checking what is shown, and rendering it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.models import Membership, Team, User
from accounts.permissions import SIX_ROLES, Permission
from audit.reads import saw
from cases.clinical import vocabulary
from cases.models import Case, Episode
from cases.presenting import who
from treatments import in_force, presenting, services
from treatments.answering import Typed, answer_forms
from treatments.forms import Editor
from treatments.models import Check, Hold, Plan, Response
from treatments.rechecked import today_of
from treatments.services import Judgement, Standing, Subject
from treatments.services.checking import OPEN
from treatments.services.holds import HOLD_PERMISSION
from treatments.workflow import PlanStatus

STATE_COLOURS = {
    PlanStatus.DRAFT: "grey",
    PlanStatus.PROPOSED: "blue",
    PlanStatus.AGREED: "green",
    PlanStatus.IN_PROGRESS: "green",
    PlanStatus.COMPLETED: "grey",
    PlanStatus.SUPERSEDED: "grey",
    PlanStatus.DECLINED: "orange",
    PlanStatus.NOT_DELIVERED: "orange",
}


@dataclass
class Shown:
    """A saved plan with what is found on it, before any form is made."""

    plan: Plan
    check: Check | None
    responses: list[Response]
    judgement: Judgement | None
    answers: list[Standing]
    refused: list[str]

    @property
    def is_open(self) -> bool:
        return self.plan.status in OPEN

    @property
    def is_stale(self) -> bool:
        """Whether what was checked is no longer what is recorded."""
        if not self.is_open or self.judgement is None:
            return False
        return self.check is None or not self.judgement.same_as(self.check)


def find_case(request: HttpRequest, reference: str) -> Case:
    cases = Case.objects.visible_to(_user(request)).select_related(
        "patient", "team__organisation", "key_worker", "current_episode"
    )
    return get_object_or_404(cases, reference=reference)


def find_plan(request: HttpRequest, pk: int) -> Plan:
    plans = (
        Plan.objects.visible_to(_user(request))
        .select_related(
            "episode__case__patient",
            "episode__case__team__organisation",
            "episode__case__key_worker",
            "named_surgeon",
            "proposed_by",
            "replaces",
            "replaced_by",
        )
        .prefetch_related("treatments__delivery")
    )
    return get_object_or_404(plans, pk=pk)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def surgeons(team: Team) -> list[User]:
    """Who may be named as the operating specialist."""
    members = Membership.objects.surgeons_for(team).select_related("user")
    return list(presenting.people_of(members).values())


def people(team_id: int) -> dict[str, User]:
    """Who of the team may have given a reason."""
    return presenting.people_of(Membership.objects.in_team(team_id).with_role(*SIX_ROLES))


def shown(plan: Plan) -> Shown:
    """A plan with its findings: an open one as checked now, any other as its newest check froze it."""
    check = services.newest_check(plan)
    responses = services.responses_of(plan)
    judgement, refused = None, []
    if plan.status not in OPEN:
        judgement = Judgement(check.case_facts, check.plan_content, check.result) if check else None
    else:
        try:
            judgement = services.judge_plan(plan, trials=services.trials_for(plan.episode))
        except ValidationError as error:
            refused = error.messages
    answers = services.standing(judgement, responses, judgement.reasons) if judgement else []
    return Shown(plan, check, responses, judgement, answers, refused)


def plan_page(
    request: HttpRequest,
    found: Shown,
    editor: Editor | None = None,
    *,
    typed: Typed | None = None,
    forms: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a saved plan."""
    plan, case = found.plan, found.plan.episode.case
    user = _user(request)
    may_edit = plan.status == PlanStatus.DRAFT and user.may(Permission.PROPOSE_PLAN, case.team)
    may_answer = found.is_open and user.may(Permission.ANSWER_FINDING, case.team)
    if forms is None:
        takes_answers = may_answer and (may_edit or not found.is_stale)
        forms = answer_forms(found.answers, people(case.team_id), typed) if takes_answers else {}
    if may_edit and editor is None:
        editor = Editor.of_content(
            services.read_content(plan), plan.version, surgeons(plan.episode.case.team)
        )
    page = _page(found, forms)
    saw(request, [case.patient_id])
    context = {
        "who": _who(case, found.judgement, plan),
        "case": case,
        "plan": plan,
        "found": found,
        "page": page,
        "editor": editor if may_edit else None,
        "may_edit": may_edit,
        "may_answer": may_answer,
        "may_hold": user.may(HOLD_PERMISSION[Hold.Kind.PATIENT_NOT_TOLD], case.team),
        "steps": steps_of(plan, user),
        "may_check": found.is_open and user.may(Permission.CHECK_PLAN, case.team),
        "answer_forms": list(forms.values()),
        "form": erring(forms.values()),
        "known": plan,
        "lines": [presenting.treatment_words(line) for line in services.content_of(plan)["treatments"]],
        "changed": services.what_changed(found.judgement, found.check)
        if found.is_stale and found.judgement and found.check
        else "",
        "holds": [hold for hold in plan.holds.select_related("placed_by") if hold.lifted_at is None],
        "was": presenting.no_longer_fires(found.answers, found.responses),
        "modalities": vocabulary.MODALITIES,
        "preview_href": reverse("treatments:preview", args=[case.reference]),
        "deliveries": presenting.delivery_rows(plan, user),
        "replacement": getattr(plan, "replaced_by", None),
        "rechecked": None if found.is_open else today_of(plan),
    }
    return render(request, "treatments/plan.jinja", context, status=status)


HOLDS = HOLD_PERMISSION[Hold.Kind.PATIENT_NOT_TOLD]
S = PlanStatus
# What may be done next in each state: words, view, permission; the first is what is usually done.
STEPS: dict[PlanStatus, tuple[tuple[str, str, Permission], ...]] = {
    S.DRAFT: (
        ("Propose it to the MDT", "propose", Permission.PROPOSE_PLAN),
        ("Set it aside", "discard", Permission.PROPOSE_PLAN),
    ),
    S.PROPOSED: (
        ("Replace it with a new version", "replace", Permission.PROPOSE_PLAN),
        ("Declined by the patient", "decline", Permission.DELIVER_PLAN),
        ("Hold: patient not told", "hold", HOLDS),
    ),
    S.AGREED: (
        ("Treatment started", "start", Permission.DELIVER_PLAN),
        ("Replace it with a new version", "replace", Permission.PROPOSE_PLAN),
        ("Declined by the patient", "decline", Permission.DELIVER_PLAN),
        ("Not delivered", "not_delivered", Permission.DELIVER_PLAN),
        ("Hold: patient not told", "hold", HOLDS),
    ),
    S.IN_PROGRESS: (
        ("Treatment completed", "complete", Permission.DELIVER_PLAN),
        ("Replace it with a new version", "replace", Permission.PROPOSE_PLAN),
        ("Not delivered to its end", "not_delivered", Permission.DELIVER_PLAN),
    ),
}


def steps_of(plan: Plan, user: User) -> list[dict[str, Any]]:
    """Links to what the person may do with the plan in its state."""
    offered = [
        step for step in STEPS.get(PlanStatus(plan.status), ()) if user.may(step[2], plan.episode.case.team)
    ]
    if getattr(plan, "replaced_by", None) is not None:
        offered = [step for step in offered if step[1] != "replace"]
    return [
        {
            "text": text,
            "href": reverse(f"treatments:{view}", args=[plan.pk]),
            "first": place == 0 and plan.status != S.PROPOSED,
        }
        for place, (text, view, _) in enumerate(offered)
    ]


def _page(found: Shown, forms: Any) -> presenting.Page:
    plan = found.plan
    lines = list(plan.treatments.all())
    if found.judgement is None:
        return presenting.unchecked_page(lines, found.refused or ["The plan was never checked."])
    obstacles = (
        services.obstacles_of(plan, found.judgement, found.check, (), answers=found.answers)
        if found.is_open
        else []
    )
    reference = plan.episode.case.reference
    return presenting.page_of(found.judgement, found.answers, lines, obstacles, reference, forms)


def typed_page(
    editor: Editor,
    case: Case,
    episode: Episode | None,
    by: User,
    responses: list[Response],
    typed: Typed,
    *,
    answering: bool,
) -> tuple[presenting.Page, dict[Any, Any]]:
    """What is found on a plan as it is being typed; nothing is saved."""
    bound = Editor(editor.values, editor.lines, surgeons=editor.surgeons, bound=True)
    lines = [_TypedLine(line) for line in editor.lines]
    if not bound.is_valid():
        return presenting.unchecked_page(lines, presenting.said_of(bound.forms)), {}
    content = bound.content()
    offers = case.team.organisation.offers_limb_perfusion
    facts = episode.facts if episode else {}
    local = in_force.of_team(case.team_id)
    try:
        trials = services.trials_for(episode) if episode else ()
        plan_content = services.contract_of(content, offers_limb_perfusion=offers)
        judgement = services.judge(facts, plan_content, local, trials)
    except ValidationError as error:
        return presenting.unchecked_page(lines, error.messages), {}
    answers = services.standing(judgement, responses, judgement.reasons)
    surgeon = content.named_surgeon.pk if content.named_surgeon else None
    subject = Subject(lines, surgeon, by.full_name, case.team_id)
    obstacles = services.obstacles_in(subject, answers, ())
    forms = answer_forms(answers, people(case.team_id), typed) if answering else {}
    return presenting.page_of(judgement, answers, lines, obstacles, case.reference, forms), forms


def erring(forms: Iterable[Form]) -> Form | None:
    """A form with errors, for the title of the page."""
    return next((form for form in forms if form.is_bound and form.errors), None)


class _TypedLine:
    """A treatment as it is being typed, for asking whom it needs."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.modality: str = values["modality"]
        self.procedure: str | None = values["procedure"] or None
        self.technique: str | None = values["technique"] or None


def typing_page(
    request: HttpRequest,
    case: Case,
    editor: Editor,
    *,
    plan: Plan | None = None,
    replaces: Plan | None = None,
    typed: Typed | None = None,
    conflict: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a plan as it is being typed: a new one, a new version, or a draft whose buttons were pressed."""
    user = _user(request)
    known = plan or replaces
    responses = services.responses_of(known) if known else []
    episode = known.episode if known else case.current_episode
    may_answer = user.may(Permission.ANSWER_FINDING, case.team)
    page, forms = typed_page(editor, case, episode, user, responses, typed or {}, answering=may_answer)
    saw(request, [case.patient_id])
    context = {
        "who": who(case) | {"heading": False},
        "case": case,
        "plan": plan,
        "known": known,
        "replaces": replaces,
        "page": page,
        "editor": editor,
        "conflict": conflict,
        "answer_forms": list(forms.values()),
        "form": erring(editor.forms),
        "modalities": vocabulary.MODALITIES,
        "preview_href": reverse("treatments:preview", args=[case.reference]),
    }
    return render(request, "treatments/plan_form.jinja", context, status=status)


def _who(case: Case, judgement: Judgement | None, plan: Plan) -> dict[str, Any]:
    bar = who(case)
    stage = [{"key": "Stage", "value": presenting.stage_words(judgement.result)}] if judgement else []
    return bar | {
        "more": stage,
        "heading": False,
        "state": f"Plan {plan.get_status_display().lower()}",
        "state_colour": STATE_COLOURS[PlanStatus(plan.status)],
    }
