"""What becomes of each treatment of an agreed plan: one small page for each step, and the list of what is to come."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Team
from accounts.permissions import Permission
from audit.forms import VersionedForm
from audit.reads import saw
from audit.workflow import StaleVersion
from cases.presenting import who
from treatments import delivery_forms as forms
from treatments import presenting, services
from treatments.coming import Sought, coming, row_of
from treatments.models import TO_DELIVER, Delivery, Plan, Treatment
from treatments.services import DeliveryDetails
from treatments.services.delivering import ONE_DAY
from treatments.views.showing import find_plan
from treatments.workflow import DELIVERY

ROWS = 25
FORMS: dict[str, type[VersionedForm]] = {
    "schedule": forms.ScheduleForm,
    "begun": forms.BegunForm,
    "given": forms.AsAgreedForm,
    "stopped": forms.StoppedForm,
    "changed": forms.ChangedForm,
    "not-given": forms.NotGivenForm,
    "result": forms.ResultForm,
}
STEPS = {step.name: step for step in presenting.STEPS}
Save = Callable[[Treatment, VersionedForm, HttpRequest], Delivery]


@require_http_methods(["GET", "POST"])
def deliver(request: HttpRequest, pk: int, place: int, step: str) -> HttpResponse:
    """The form of one step of one treatment: shown, or sent and carried out."""
    if step not in FORMS:
        raise Http404
    plan = find_plan(request, pk)
    request.user.must(Permission.DELIVER_PLAN, plan.episode.case.team)
    treatment, row = _found(plan, place)
    _must_be_open(plan, row, step)
    data = request.POST if request.method == "POST" else None
    form = _form(step, treatment, row, data)
    if data is None or not form.is_valid():
        return _page(request, plan, treatment, step, form, status=200 if data is None else 400)
    try:
        saved = SAVES.get(step, _record(step))(treatment, form, request)
    except ValidationError as error:
        for name, texts in error.message_dict.items():
            form.add_error(name if name in form.fields else None, texts)
        return _page(request, plan, treatment, step, form, status=400)
    except StaleVersion as stale:
        return _stale(request, plan, treatment, step, form, stale)
    messages.success(request, f"Recorded: {saved.get_status_display().lower()}.")
    return redirect("treatments:plan", pk)


def _found(plan: Plan, place: int) -> tuple[Treatment, Delivery]:
    lines = list(plan.treatments.select_related("delivery__treatment"))
    if not 1 <= place <= len(lines):
        raise Http404
    line = lines[place - 1]
    return line, presenting.delivery_of(line) or Delivery(treatment=line, plan=plan, version=0)


def _must_be_open(plan: Plan, row: Delivery, step: str) -> None:
    if step == "result":
        if not services.takes_result(row):
            raise services.PlanRefused("Only an operation that was done has a margin and complications.")
        return
    if plan.status not in TO_DELIVER:
        words = plan.get_status_display().lower()
        raise services.PlanRefused(
            f"This plan is {words}: only the treatments of an agreed plan are delivered."
        )
    DELIVERY.check(row.status, STEPS[step].to)


def _form(step: str, treatment: Treatment, row: Delivery, data: Any) -> VersionedForm:
    initial = {
        "version": row.version,
        "on": row.scheduled_on,
        "started_on": row.started_on or row.scheduled_on,
        "margin": row.margin,
        "complications": row.complications,
        "note": row.note if step == "schedule" else "",
        "modality": treatment.modality,
        "procedure": treatment.procedure,
        "drugs": ", ".join(treatment.drugs),
    }
    form = FORMS[step](data, initial=initial)
    if isinstance(form, forms.Spent):
        if treatment.modality in ONE_DAY:
            form.of_operation()
        if treatment.modality != "surgery":
            form.not_of_operation()
    return form


def _schedule(treatment: Treatment, form: VersionedForm, request: HttpRequest) -> Delivery:
    values = form.cleaned_data
    return services.schedule_treatment(
        treatment=treatment, on=values["on"], note=values["note"], version=_version(form), by=request.user
    )


def _result(treatment: Treatment, form: VersionedForm, request: HttpRequest) -> Delivery:
    values = form.cleaned_data
    return services.record_result(
        delivery=treatment.delivery,
        margin=values["margin"],
        complications=values["complications"],
        version=_version(form),
        by=request.user,
    )


SAVES: dict[str, Save] = {"schedule": _schedule, "result": _result}


def _record(step: str) -> Save:
    def save(treatment: Treatment, form: VersionedForm, request: HttpRequest) -> Delivery:
        names = ("started_on", "ended_on", "margin", "complications", "reason_code", "note")
        told = {name: form.cleaned_data[name] for name in names if form.cleaned_data.get(name)}
        if isinstance(form, forms.ChangedForm):
            agreed = {name: getattr(treatment, name) for name in ("modality", "timing", "technique", "kind")}
            told["instead"] = form.instead(agreed)
        details = DeliveryDetails(STEPS[step].to, **told)
        return services.record_delivery(
            treatment=treatment, details=details, version=_version(form), by=request.user
        )

    return save


def _version(form: VersionedForm) -> int:
    version: int | None = form.cleaned_data["version"]
    return version or 0


def _stale(
    request: HttpRequest,
    plan: Plan,
    treatment: Treatment,
    step: str,
    form: VersionedForm,
    stale: StaleVersion,
) -> HttpResponse:
    """A colleague recorded something of it meanwhile: what is recorded stands beside what was typed."""
    theirs = {name: getattr(stale.current, name, None) for name in form.fields if name != "version"}
    form.refuse(stale.current, theirs)
    return _page(request, plan, treatment, step, form, status=409, theirs=stale.current)


def _page(
    request: HttpRequest,
    plan: Plan,
    treatment: Treatment,
    step: str,
    form: VersionedForm,
    *,
    status: int = 200,
    theirs: Any = None,
) -> HttpResponse:
    case = plan.episode.case
    saw(request, [case.patient_id])
    context = {
        "who": who(case) | {"heading": False},
        "case": case,
        "plan": plan,
        "step": step,
        "words": presenting.row_words(treatment),
        "form": form,
        "now": theirs,
        "begun": step in ("begun", "given", "changed"),
        "holds": list(plan.holds.filter(lifted_at__isnull=True)),
    }
    return render(request, "treatments/deliver.jinja", context, status=status)


@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Treatments of agreed plans that have still to be given, the one that is due first on top."""
    request.user.must(Permission.SEE_CASES)
    mine = Team.objects.filter(pk__in=request.user.team_ids()).order_by("name")
    teams = {team.reference_prefix: team.name for team in mine}
    form = forms.ToComeFilter(request.GET, teams=teams)
    form.is_valid()
    sought = Sought(**form.sought())
    page = Paginator(coming(request.user, sought), ROWS).get_page(request.GET.get("page"))
    rows = [row_of(each, request.user) for each in page.object_list]
    saw(request, [row["case"].patient_id for row in rows])
    query = request.GET.copy()
    query.pop("page", None)
    context = {"form": form, "page": page, "rows": rows, "query": query.urlencode(), "sought": sought}
    return render(request, "treatments/deliveries.jinja", context)
