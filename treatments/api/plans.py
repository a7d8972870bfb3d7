"""Plans for hospital systems: read, typed, proposed and carried out by the services that the pages use."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.models import User
from accounts.permissions import Permission
from cases.models import Case
from config.api import NUMBER, Endpoint, ListFilters, PatientReads, ReadMany, ReadOne, act, makes, with_many
from treatments import services
from treatments.api import bodies
from treatments.api.rows import PlanDetail, PlanRow, TreatmentRow
from treatments.models import Check, Delivery, Hold, Plan, Response, Treatment
from treatments.workflow import PlanStatus

PATIENT = "episode__case__patient_id"


class PlanFilters(ListFilters):
    """How a list of plans may be narrowed."""

    changes_with = ("checks", "responses", "deliveries", "holds")
    status = filters.ChoiceFilter(choices=PlanStatus.choices)
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)


PROPOSES = (Permission.PROPOSE_PLAN,)
DELIVERS = (Permission.DELIVER_PLAN,)
HOLDS = (Permission.TELL_PATIENT, Permission.ASK_OPINION)


@extend_schema_view(
    list=extend_schema(summary="List plans, newest first"),
    retrieve=extend_schema(summary="Read one plan with its newest check", responses=PlanDetail),
)
class Plans(PatientReads, ReadMany, ReadOne, Endpoint):
    """Plans of the cases of the account's teams."""

    queryset = Plan.objects.none()
    serializer_class = PlanRow
    whole = PlanDetail
    area = "plans"
    filterset_class = PlanFilters
    lookup_value_regex = NUMBER
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[Plan]:
        plans = Plan.objects.visible_to(self.request.user)
        if self.action == "list":
            return plans.values(PATIENT, *PlanRow.columns())
        newest = Check.objects.order_by("plan_id", "-id").distinct("plan_id")
        people = ("proposed_by", "named_surgeon")
        return plans.select_related("episode__case__patient", *people).prefetch_related(
            "treatments",
            "holds",
            Prefetch("deliveries", Delivery.objects.select_related("treatment")),
            Prefetch("responses", Response.objects.select_related("given_by").order_by("id")),
            Prefetch("checks", newest, to_attr="newest_checks"),
        )

    def paginate_queryset(self, queryset: QuerySet[Plan]) -> Any:
        page = super().paginate_queryset(queryset)
        with_many(page, "treatments", TreatmentRow, Treatment.objects.order_by("position"), of="plan_id")
        return page

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]

    @makes("Draft a plan, or the next version of one", bodies.PlanBody, by=PROPOSES)
    def create(self, told: dict[str, Any]) -> Plan:
        return _drafted(told, self.request.user)

    @act("Change a draft", bodies.PlanContentBody, by=PROPOSES)
    def change(self, plan: Plan, told: dict[str, Any]) -> None:
        content = bodies.content(told, plan.episode.case.team)
        services.change_plan(plan=plan, version=told["version"], content=content, by=self.request.user)

    @act("Propose a draft to the MDT", by=PROPOSES)
    def propose(self, plan: Plan, told: dict[str, Any]) -> None:
        services.propose_plan(plan=plan, by=self.request.user, **told)

    @act("Set a draft aside", by=PROPOSES)
    def discard(self, plan: Plan, told: dict[str, Any]) -> None:
        services.discard_draft(plan=plan, by=self.request.user, **told)

    @act("Check a plan again on what is recorded now", by=(Permission.CHECK_PLAN,))
    def check(self, plan: Plan, told: dict[str, Any]) -> None:
        services.make_check(plan=plan, by=self.request.user, **told)

    @act("Answer findings of the newest check", bodies.FindingAnswersBody, by=(Permission.ANSWER_FINDING,))
    def answer_findings(self, plan: Plan, told: dict[str, Any]) -> None:
        by = self.request.user
        with _under("answers."):
            answers = bodies.answers(told, plan.episode.case.team_id, by)
            services.answer_findings(plan=plan, answers=answers, version=told["version"], by=by)

    @act("Record that treatment started", bodies.PlanStartBody, by=DELIVERS)
    def start(self, plan: Plan, told: dict[str, Any]) -> None:
        services.start_plan(plan=plan, by=self.request.user, **told)

    @act("Give a treatment its date", bodies.TreatmentDateBody, by=DELIVERS)
    def schedule(self, plan: Plan, told: dict[str, Any]) -> None:
        services.schedule_treatment(
            treatment=bodies.line(plan, told["treatment"]),
            on=told["on"],
            note=told["note"],
            version=None,
            plan_version=told["version"],
            by=self.request.user,
        )

    @act("Record what became of a treatment", bodies.DeliverBody, by=DELIVERS)
    def deliver(self, plan: Plan, told: dict[str, Any]) -> None:
        line, version = bodies.line(plan, told.pop("treatment")), told.pop("version")
        details = bodies.delivered(told)
        with _under("instead.", bodies.OF_A_TREATMENT):
            services.record_delivery(
                treatment=line, details=details, version=None, plan_version=version, by=self.request.user
            )

    @act("Record the margin and the complications of an operation", bodies.OperationResultBody, by=DELIVERS)
    def add_result(self, plan: Plan, told: dict[str, Any]) -> None:
        line = bodies.line(plan, told["treatment"])
        delivery = next((row for row in plan.deliveries.all() if row.treatment_id == line.pk), None)
        if delivery is None:
            raise services.PlanRefused("Only an operation that was done has a margin and complications.")
        services.record_result(
            delivery=delivery,
            margin=told["margin"] or "",
            complications=told["complications"] or "",
            version=None,
            plan_version=told["version"],
            by=self.request.user,
        )

    @act("Record that the plan is finished", bodies.PlanCompleteBody, by=DELIVERS)
    def complete(self, plan: Plan, told: dict[str, Any]) -> None:
        given, omitted = bodies.given(told), bodies.omitted(told)
        with _by_line(given=given, omitted=omitted):
            services.complete_plan(
                plan=plan,
                version=told["version"],
                on=told["on"],
                given=given,
                omitted=omitted,
                by=self.request.user,
            )

    @act("Record that the patient declined the plan", bodies.PlanDeclineBody, by=DELIVERS)
    def decline(self, plan: Plan, told: dict[str, Any]) -> None:
        services.decline_plan(plan=plan, by=self.request.user, **told)

    @act("Record that the plan was not carried out, or not to its end", bodies.NotDeliveredBody, by=DELIVERS)
    def not_delivered(self, plan: Plan, told: dict[str, Any]) -> None:
        given = bodies.given(told)
        with _by_line(given=given):
            services.plan_not_delivered(plan=plan, by=self.request.user, **told | {"given": given})

    @act("Hold a plan until the patient has been told", bodies.HoldBody, by=(Permission.TELL_PATIENT,))
    def hold(self, plan: Plan, told: dict[str, Any]) -> None:
        kind = Hold.Kind.PATIENT_NOT_TOLD
        services.place_hold(plan=plan, kind=kind, by=self.request.user, **told)

    @act("Lift a hold", bodies.LiftBody, by=HOLDS)
    def lift(self, plan: Plan, told: dict[str, Any]) -> None:
        kind = Hold.Kind(told["kind"])
        services.lift_hold(plan=plan, kind=kind, version=told["version"], by=self.request.user)


def _drafted(told: dict[str, Any], by: User) -> Plan:
    case = Case.objects.in_teams_of(by).filter(reference=told["case"]).first()
    if case is None or case.current_episode is None:
        words = "No case of your teams with a current episode has this reference."
        raise ValidationError({"case": [words]})
    content = bodies.content(told, case.team)
    if told["replaces"] is None:
        return services.draft_plan(episode=case.current_episode, content=content, by=by)
    old = Plan.objects.visible_to(by).filter(pk=told["replaces"], episode__case=case).first()
    if old is None:
        raise ValidationError({"replaces": ["No plan of this case has this id."]})
    return services.replace_plan(plan=old, content=content, by=by)


@contextmanager
def _under(path: str, names: Sequence[str] | None = None) -> Iterator[None]:
    """A service's errors under the part of the request that they speak of; `names`: only these."""
    try:
        yield
    except ValidationError as error:
        told = _told(error)
        raise ValidationError(
            {
                f"{path}{name}" if name != "__all__" and (names is None or name in names) else name: texts
                for name, texts in told.items()
            }
        ) from error


@contextmanager
def _by_line(**told: Sequence[services.Delivered | services.Omitted]) -> Iterator[None]:
    """Errors of the treatment in a place, at the line of the request that names it."""
    places = {each.treatment: f"{name}.{at}" for name, rows in told.items() for at, each in enumerate(rows)}
    try:
        yield
    except ValidationError as error:
        raise ValidationError({_at(path, places): texts for path, texts in _told(error).items()}) from error


def _at(path: str, places: Mapping[int, str]) -> str:
    room, _, rest = path.partition(".")
    place, _, name = rest.partition(".")
    if room != "given" or not place.isdecimal():
        return path
    if int(place) in places:
        return f"{places[int(place)]}.{name}"
    return f"treatments.{place}.{name}"


def _told(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
