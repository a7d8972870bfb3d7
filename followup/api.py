"""Reviews for hospital systems: what is planned, and what was found."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from cases.api import PatientRow
from config.api import NUMBER, Endpoint, ListFilters, PatientReads, Person, ReadMany, ReadOne, Row
from followup.models import Review, ReviewFinding, ReviewKind
from followup.workflow import ReviewStatus

PATIENT = "episode__case__patient_id"


class ReviewRow(Row):
    """A planned look at the patient."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    patient = PatientRow(source="episode.case.patient")
    kind = serializers.ChoiceField(ReviewKind.choices)
    also = serializers.ListField(
        child=serializers.ChoiceField(ReviewKind.choices), help_text="Imaging to have by then"
    )
    schedule_id = serializers.IntegerField(allow_null=True, help_text="That it follows; null: set by hand")
    due_on = serializers.DateField()
    responsible = Person()
    note = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(ReviewStatus.choices)
    done_on = serializers.DateField(allow_null=True)
    finding = serializers.ChoiceField(ReviewFinding.choices, allow_null=True)


class ReviewDetail(ReviewRow):
    """A review with what was found, or why it was missed or cancelled."""

    finding_note = serializers.CharField(allow_blank=True)
    status_reason = serializers.CharField(allow_blank=True)
    created_by = Person()
    created_at = serializers.DateTimeField()


class ReviewFilters(ListFilters):
    """How a list of reviews may be narrowed."""

    status = filters.ChoiceFilter(choices=ReviewStatus.choices)
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    due_from = filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_until = filters.DateFilter(field_name="due_on", lookup_expr="lte")


@extend_schema_view(
    list=extend_schema(summary="List reviews, newest first"),
    retrieve=extend_schema(summary="Read one review", responses=ReviewDetail),
)
class Reviews(PatientReads, ReadMany, ReadOne, Endpoint):
    """Reviews of the cases of the account's teams."""

    queryset = Review.objects.none()
    serializer_class = ReviewRow
    whole = ReviewDetail
    area = "reviews"
    filterset_class = ReviewFilters
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[Review]:
        reviews = Review.objects.visible_to(self.request.user)
        if self.action == "list":
            return reviews.values(PATIENT, *ReviewRow.columns())
        return reviews.select_related("episode__case__patient", "responsible", "created_by")

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]
