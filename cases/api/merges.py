"""Records that may be one person, for hospital systems: found, merged, taken apart again, and told apart for good."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import Permission
from audit import reads
from cases import duplicates as finding
from cases import services
from cases.models import Patient, PatientMerge
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
from config.api.fields import an_id

MERGES = (Permission.MERGE_PATIENTS,)


class SuspectRow(Row):
    """One of two records that may be one person."""

    id = serializers.IntegerField(source="pk")
    nhs_number = serializers.CharField(allow_blank=True)
    family_name = serializers.CharField(allow_blank=True)
    given_name = serializers.CharField(allow_blank=True)
    birth_on = serializers.DateField(allow_null=True)
    hospital_numbers = serializers.ListField(child=serializers.CharField())


class PairRow(Row):
    """Two records, and why they may be one person."""

    one = SuspectRow()
    other = SuspectRow()
    reasons = serializers.ListField(child=serializers.CharField())


class PairsFound(Row):
    """The newest record's pairs first; `is_all` is false where there are more."""

    results = PairRow(many=True)
    is_all = serializers.BooleanField()


class ToldApartRow(Row):
    """Two records that look alike and are two people."""

    one = serializers.IntegerField(source="one_id")
    other = serializers.IntegerField(source="other_id")
    reason = serializers.CharField()
    by = Person()
    at = serializers.DateTimeField()


class ComparedAgainRow(Row):
    """Two records of which it is open again whether they are one person."""

    one = serializers.IntegerField()
    other = serializers.IntegerField()


class MergeRow(Row):
    """One record that points to another; a merge that was undone says by whom, when and why."""

    id = serializers.IntegerField()
    kept = serializers.IntegerField(source="kept_id", help_text="Id of the patient whose record was kept")
    merged = serializers.IntegerField(source="merged_id", help_text="Id of the one that points to it")
    reason = serializers.CharField()
    merged_by = Person()
    merged_at = serializers.DateTimeField()
    undone_by = Person(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_reason = serializers.CharField(allow_blank=True)


class PairBody(Body):
    """Two patients, by their ids."""

    one = an_id("Id of a patient")
    other = an_id("Id of another")


class ApartBody(PairBody):
    """Why the two are two people."""

    reason = Text(max_length=500)


class MergeBody(Body):
    """Which record is kept, which points to it from now on, and why."""

    keep = an_id("Id of the patient whose record is kept")
    merge = an_id("Id of the patient whose record points to it")
    reason = Text(max_length=500)
    numbers_checked = serializers.BooleanField(
        default=False, help_text="Both NHS numbers were looked up, where the two records have different ones"
    )
    death_checked = serializers.BooleanField(
        default=False,
        help_text="The death is certain, where one of the two records alone is of somebody dead",
    )


class UndoBody(Body):
    """Why the merge is undone."""

    reason = Text(max_length=500)


class Duplicates(Endpoint):
    """Pairs of records of the account's teams that may be one person."""

    queryset = Patient.objects.none()
    serializer_class = PairsFound
    pagination_class = None
    area = "patients"
    opened_by_default = MERGES
    may_conflict = ("take_back",)

    @extend_schema(
        operation_id="duplicates_list",
        summary="List records that may be one person",
        responses=forced_singular_serializer(PairsFound),
    )
    def list(self, request: Request) -> Response:
        found = finding.pairs(request.user)
        self._saw({person.pk for pair in found for person in (pair.one, pair.other)})
        rows = [PairRow().to_representation(pair) for pair in found]
        return Response({"results": rows, "is_all": len(found) < finding.MOST})

    @extend_schema(
        operation_id="duplicates_tell_apart",
        summary="Record that two records are two people",
        request=ApartBody,
        responses=ToldApartRow,
    )
    @action(detail=False, methods=["post"], url_path="tell-apart")
    def tell_apart(self, request: Request) -> Response:
        told = self.body(ApartBody)
        one, other = _two(request.user, told, "one", "other")
        row = services.tell_apart(one=one, other=other, reason=told["reason"], by=request.user)
        row.refresh_from_db()
        self._saw({one.pk, other.pk})
        return Response(ToldApartRow().to_representation(row))

    @extend_schema(
        operation_id="duplicates_take_back",
        summary="Take back that two records are two people",
        request=PairBody,
        responses=ComparedAgainRow,
    )
    @action(detail=False, methods=["post"], url_path="take-back")
    def take_back(self, request: Request) -> Response:
        told = self.body(PairBody)
        one, other = _two(request.user, told, "one", "other")
        services.take_back_apart(one=one, other=other, by=request.user)
        self._saw({one.pk, other.pk})
        return Response(told)

    def _saw(self, patients: set[int]) -> None:
        reads.saw(self.request._request, patients)


@extend_schema_view(
    list=extend_schema(summary="List merges, newest first"),
    retrieve=extend_schema(summary="Read one merge"),
)
class Merges(PatientReads, ReadMany, ReadOne, Endpoint):
    """Records of one person that became one, of patients whom the account sees."""

    queryset = PatientMerge.objects.none()
    serializer_class = MergeRow
    area = "patients"
    opened_by_default = MERGES
    filterset_class = ListFilters
    lookup_value_regex = NUMBER
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[Any]:
        rows = PatientMerge.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(*MergeRow.columns())
        return rows.select_related("merged_by", "undone_by")

    def patient_ids(self, row: Any) -> list[int]:
        return [row["kept_id"], row["merged_id"]] if isinstance(row, dict) else [row.kept_id, row.merged_id]

    @makes("Merge two records of one person", MergeBody, by=MERGES)
    def create(self, told: dict[str, Any]) -> PatientMerge:
        kept, merged = _two(self.request.user, told, "keep", "merge")
        return services.merge_patients(**told | {"keep": kept, "merge": merged}, by=self.request.user)

    @act("Undo a merge", UndoBody, by=MERGES, versioned=False)
    def undo(self, row: PatientMerge, told: dict[str, Any]) -> None:
        services.undo_merge(merge=row, by=self.request.user, **told)


def _two(by: User, told: dict[str, Any], *names: str) -> tuple[Patient, Patient]:
    """The records that a body names, of patients whom the account sees and that were merged into no other."""
    rows = Patient.objects.visible_to(by).not_merged().in_bulk([told[name] for name in names])
    missing = [name for name in names if told[name] not in rows]
    if missing:
        words = "No patient of your teams has this id, or their record was merged into another."
        raise ValidationError({name: [words] for name in missing})
    one, other = (rows[told[name]] for name in names)
    return one, other
