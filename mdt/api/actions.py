"""Actions after decisions for hospital systems: set, done, not needed any more, open again."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission
from cases.api import PatientRow
from config.api import (
    NUMBER,
    Body,
    Endpoint,
    ListFilters,
    PatientReads,
    Person,
    ReadMany,
    ReadOne,
    Row,
    Text,
    act,
    makes,
)
from config.api.fields import YES_OR_NO, an_id, of_row
from mdt import services
from mdt.api.bodies import one_of
from mdt.api.deciding import ActionBody
from mdt.models import Action, Decision

PATIENT = "decision__case__patient_id"


class ActionRow(Row):
    """Something to be done, by someone, by a date."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="decision.case.reference")
    patient = PatientRow(source="decision.case.patient")
    decision = serializers.IntegerField(source="decision_id")
    text = serializers.CharField()
    owner = Person()
    due_on = serializers.DateField()
    done_at = serializers.DateTimeField(allow_null=True)
    done_by = Person(allow_null=True)
    not_needed_reason = serializers.CharField(
        allow_blank=True, help_text="Why it was closed without being done"
    )


class NewActionBody(ActionBody):
    """Something to be done after a decision."""

    decision = an_id("A decision's id")


class NotNeededBody(Body):
    """Why nobody need do it any more."""

    reason = Text(max_length=300)


class ActionFilters(ListFilters):
    """How a list of actions may be narrowed."""

    case = filters.CharFilter(field_name="decision__case__reference", max_length=20)
    decision = of_row("decision_id")
    owner = of_row("owner_id")
    is_open = filters.ChoiceFilter(choices=YES_OR_NO, method="still_open")
    due_until = filters.DateFilter(field_name="due_on", lookup_expr="lte")

    def still_open(self, rows: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        return rows.filter(done_at__isnull=value == "true")


SEES = (Permission.SEE_CASES,)


@extend_schema_view(
    list=extend_schema(summary="List actions, newest first"),
    retrieve=extend_schema(summary="Read one action"),
)
class Actions(PatientReads, ReadMany, ReadOne, Endpoint):
    """Actions after decisions on cases of the account's teams; their owner closes them, or who records decisions."""

    queryset = Action.objects.none()
    serializer_class = ActionRow
    area = "decisions"
    filterset_class = ActionFilters
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[Action]:
        rows = Action.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *ActionRow.columns())
        return rows.select_related("decision__case__patient", "owner", "done_by")

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.decision.case.patient_id]

    @makes("Give somebody something to do", NewActionBody, by=(Permission.RECORD_DECISION,))
    def create(self, told: dict[str, Any]) -> Action:
        by = self.request.user
        mine = Decision.objects.visible_to(by).filter(case__team__in=by.team_ids())
        decision = mine.select_related("case__team").filter(pk=told["decision"]).first()
        if decision is None:
            raise ValidationError({"decision": ["No decision of your teams has this id."]})
        owner = one_of(decision.case.team_id, told["owner"], "owner")
        action = services.ActionDetails(told["text"], owner, told["due_on"])
        return services.set_action(decision=decision, action=action, by=by)

    @act("Record that an action is done", by=SEES)
    def done(self, action: Action, told: dict[str, Any]) -> None:
        services.complete_action(action=action, by=self.request.user, **told)

    @act("Close an action that nobody need do any more", NotNeededBody, by=SEES)
    def not_needed(self, action: Action, told: dict[str, Any]) -> None:
        services.drop_action(action=action, by=self.request.user, **told)

    @act("Open an action again", by=SEES)
    def reopen(self, action: Action, told: dict[str, Any]) -> None:
        services.reopen_action(action=action, by=self.request.user, **told)
