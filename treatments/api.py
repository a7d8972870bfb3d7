"""Plans for hospital systems, the guidance check of any plan, and the rules behind it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answer

from accounts.permissions import Permission
from accounts.scopes import CHECK
from cases.api import PatientRow
from cases.clinical.vocabulary import INTENTS, KINDS, MODALITIES, PROCEDURES, TECHNIQUES, TIMINGS
from config.api import NUMBER, Endpoint, ListFilters, PatientReads, Person, ReadMany, ReadOne, Row
from config.api.schema import Described
from treatments.guidance import schema
from treatments.guidance.check import check_body, version
from treatments.guidance.contract import ContractError
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import DOCUMENTS, SEVERITIES, VERDICTS
from treatments.models import (
    Check,
    Complication,
    Delivery,
    Hold,
    Margin,
    NotDelivered,
    Plan,
    ReasonCode,
    Response,
)
from treatments.workflow import DeliveryStatus, PlanStatus

TECHNIQUE_NAMES = [name for table in TECHNIQUES.values() for name in table]


class TreatmentRow(Row):
    """One line of a plan, in the words of the guidance check."""

    modality = serializers.ChoiceField(list(MODALITIES))
    procedure = serializers.ChoiceField(list(PROCEDURES), allow_null=True)
    timing = serializers.ChoiceField(list(TIMINGS), allow_null=True)
    technique = serializers.ChoiceField(TECHNIQUE_NAMES, allow_null=True)
    kind = serializers.ChoiceField(list(KINDS), allow_null=True)
    drugs = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField(allow_blank=True)


class PlanRow(Row):
    """A plan as a list shows it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    number = serializers.IntegerField()
    patient = PatientRow(source="episode.case.patient")
    status = serializers.ChoiceField(PlanStatus.choices)
    intent = serializers.ChoiceField(list(INTENTS))
    treatments = TreatmentRow(many=True)
    proposed_by = Person()
    proposed_at = serializers.DateTimeField(allow_null=True)
    agreed_at = serializers.DateTimeField(allow_null=True)


class CheckRow(Row):
    """A check of the plan as it stood then; `result` is the answer of the guidance check."""

    id = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    guidance_version = serializers.CharField()
    verdict = serializers.ChoiceField(list(VERDICTS))
    result = serializers.DictField()


class ResponseRow(Row):
    """A reason or an acknowledgement given to a finding; `treatment` is a place in the plan, from 0."""

    check_made = serializers.IntegerField(source="check_made_id")
    rule = serializers.CharField()
    treatment = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(Response.Kind.choices)
    reason_code = serializers.ChoiceField(ReasonCode.choices, allow_null=True)
    text = serializers.CharField()
    local_rule = serializers.CharField(
        allow_blank=True, help_text="Where it is a standing reason of the team: `LOCAL-3 v2`"
    )
    given_by = Person()
    at = serializers.DateTimeField()


class HoldRow(Row):
    """Why the plan may not start, or might not until it was lifted."""

    kind = serializers.ChoiceField(Hold.Kind.choices)
    note = serializers.CharField(allow_blank=True)
    placed_at = serializers.DateTimeField()
    lifted_at = serializers.DateTimeField(allow_null=True)


class DeliveryRow(Row):
    """What became of one treatment; `treatment` is its place in the plan, from 0."""

    treatment = serializers.IntegerField(source="treatment.position")
    status = serializers.ChoiceField(DeliveryStatus.choices)
    scheduled_on = serializers.DateField(allow_null=True)
    started_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    margin = serializers.ChoiceField(Margin.choices, allow_null=True)
    complications = serializers.ChoiceField(
        Complication.choices, allow_null=True, help_text="The worst, by Clavien and Dindo"
    )
    instead = serializers.DictField(
        help_text="What was given in its place, in the words of the guidance check"
    )
    reason_code = serializers.ChoiceField(NotDelivered.choices, allow_null=True)
    note = serializers.CharField(allow_blank=True)


class PlanDetail(PlanRow):
    """The whole of a plan, with its newest check and the answers given to findings."""

    status_reason = serializers.CharField(allow_blank=True)
    not_delivered_reason = serializers.ChoiceField(NotDelivered.choices, allow_null=True)
    trial = serializers.CharField(allow_blank=True)
    palliative_care_referral = serializers.BooleanField(allow_null=True)
    named_surgeon = Person(allow_null=True)
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    check_made = CheckRow(source="newest", allow_null=True)
    responses = ResponseRow(many=True)
    holds = HoldRow(many=True)
    deliveries = DeliveryRow(many=True)

    def to_representation(self, instance: Plan) -> dict[str, Any]:
        instance.newest = next(iter(instance.newest_checks), None)
        return super().to_representation(instance)


class PlanFilters(ListFilters):
    """How a list of plans may be narrowed."""

    status = filters.ChoiceFilter(choices=PlanStatus.choices)
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)


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

    def get_queryset(self) -> QuerySet[Plan]:
        plans = Plan.objects.visible_to(self.request.user).select_related(
            "episode__case__patient", "proposed_by"
        )
        if self.action == "list":
            return plans.defer("episode__facts", "episode__fact_sources").prefetch_related("treatments")
        newest = Check.objects.order_by("plan_id", "-id").distinct("plan_id")
        return plans.select_related("named_surgeon").prefetch_related(
            "treatments",
            "holds",
            Prefetch("deliveries", Delivery.objects.select_related("treatment")),
            Prefetch("responses", Response.objects.select_related("given_by").order_by("id")),
            Prefetch("checks", newest, to_attr="newest_checks"),
        )

    def patient_ids(self, row: Plan) -> list[int]:
        return [row.episode.case.patient_id]


class CheckQuestion(Described):
    """A case and a plan, in the contract of the guidance check."""

    schema = schema.QUESTION


class CheckAnswer(Described):
    """What the guidance says of the plan on that case."""

    schema = schema.ANSWER


class GuidanceCheck(Endpoint):
    """Checks any plan on any case that is described in the request; nothing is stored."""

    opened_by_default = (Permission.CHECK_PLAN,)
    area = CHECK
    pagination_class = None

    @extend_schema(
        operation_id="guidance_check",
        summary="Check a plan against the guidance",
        request=CheckQuestion,
        responses=CheckAnswer,
    )
    def check(self, request: Request) -> Answer:
        try:
            return Answer(check_body(request.data))
        except ContractError as error:
            raise ValidationError(error.errors) from error


class RuleRow(Row):
    """One rule of the guidance; where it is not `built`, no check looks at it yet."""

    id = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.ChoiceField(list(SEVERITIES))
    document = serializers.ChoiceField(list(DOCUMENTS))
    section = serializers.CharField()
    fires_when = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    built = serializers.BooleanField()


class RuleList(serializers.Serializer[Any]):
    """Every rule with the version of the guidance, and the name of each document."""

    guidance_version = serializers.CharField()
    documents = serializers.DictField(child=serializers.CharField())
    rules = RuleRow(many=True)


class GuidanceRules(Endpoint):
    """The rules of the guidance check, with their sources."""

    opened_by_default = (Permission.CHECK_PLAN, Permission.SEE_CASES)
    area = CHECK
    pagination_class = None

    @extend_schema(
        operation_id="guidance_rules", summary="List the rules of the guidance", responses=RuleList
    )
    def rules(self, request: Request) -> Answer:
        shape = RuleRow()
        return Answer(
            {
                "guidance_version": version(),
                "documents": dict(DOCUMENTS),
                "rules": [shape.to_representation(rule) for rule in RULES],
            }
        )
