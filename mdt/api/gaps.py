"""Missing facts for hospital systems: who owes which, by when; given to somebody, and asked for."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission, Role
from cases.api import PatientRow
from config.api import NUMBER, Body, Endpoint, ListFilters, PatientReads, Person, ReadMany, ReadOne, Row, act
from config.api.fields import YES_OR_NO, an_id, of_row
from mdt import services
from mdt.api.bodies import member
from mdt.minimum import BY_CODE
from mdt.models import Gap
from mdt.models.gap import GapQuerySet
from mdt.workflow import GapClosed


class GapRow(Row):
    """A fact that is missing before a meeting; it closes by itself when the fact arrives."""

    id = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    patient = PatientRow(source="episode.case.patient")
    kind = serializers.ChoiceField(list(BY_CODE))
    label = serializers.CharField()
    role = serializers.ChoiceField(Role.choices, help_text="Who owes it")
    owner = Person(allow_null=True, help_text="Null: everybody of the role")
    meeting = serializers.IntegerField(source="meeting_id", allow_null=True, help_text="Before whose cut-off")
    due_on = serializers.DateField(allow_null=True)
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_because = serializers.ChoiceField(GapClosed.choices, allow_null=True)
    reminded_at = serializers.DateTimeField(allow_null=True)


class OwnerBody(Body):
    """Who owes it from now on."""

    owner = an_id("Id of a member of that role; null: everybody of the role", allow_null=True)


class GapFilters(ListFilters):
    """How a list of missing facts may be narrowed."""

    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    meeting = of_row("meeting_id")
    role = filters.ChoiceFilter(choices=Role.choices)
    owner = of_row("owner_id")
    is_open = filters.ChoiceFilter(choices=YES_OR_NO, method="still_open")
    due_until = filters.DateFilter(field_name="due_on", lookup_expr="lte")

    def still_open(self, rows: GapQuerySet, name: str, value: str) -> GapQuerySet:
        return rows.open() if value == "true" else rows.filter(closed_at__isnull=False)


LISTS = (Permission.LIST_CASES,)


@extend_schema_view(
    list=extend_schema(summary="List missing facts, newest first"),
    retrieve=extend_schema(summary="Read one missing fact"),
)
class Gaps(PatientReads, ReadMany, ReadOne, Endpoint):
    """What the cases of the account's teams lack before their meetings."""

    queryset = Gap.objects.none()
    serializer_class = GapRow
    area = "meetings"
    filterset_class = GapFilters
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[Gap]:
        rows = Gap.objects.visible_to(self.request.user).select_related("episode__case__patient", "owner")
        return rows.defer("episode__facts", "episode__fact_sources")

    def patient_ids(self, row: Gap) -> list[int]:
        return [row.episode.case.patient_id]

    @act("Name who owes a missing fact", OwnerBody, by=LISTS, versioned=False)
    def give(self, gap: Gap, told: dict[str, Any]) -> None:
        owner = member(gap.episode.case.team_id, told["owner"], "owner")
        services.give_gap(gap=gap, owner=owner, by=self.request.user)

    @act("Ask who owes a missing fact for it, once a day", by=LISTS, versioned=False)
    def remind(self, gap: Gap, told: dict[str, Any]) -> None:
        services.remind_gap(gap=gap, by=self.request.user)
