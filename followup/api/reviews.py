"""Reviews for hospital systems: read, planned and recorded by the services that the pages use."""

from typing import Any

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
from config.api.fields import day, text
from followup import services
from followup.api import named
from followup.models import Review, ReviewFinding, ReviewKind, ScheduleEnd
from followup.services.reviewing.reviews import FINDING_NOTE, NOTE, REASON
from followup.workflow import ReviewStatus

PATIENT = "episode__case__patient_id"
ENDS = [each for each in ScheduleEnd.choices if each[0] in {*services.BY_HAND, *services.ENDS_WHEN_MISSED}]
FOLLOWS_UP = "follows up cases"


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


class ReviewChangeBody(Body):
    """What is planned: which look at the patient, when, and by whom."""

    kind = serializers.ChoiceField(ReviewKind.choices)
    also = serializers.ListField(
        child=serializers.ChoiceField(ReviewKind.choices),
        max_length=len(ReviewKind),
        required=False,
        default=list,
        help_text="Imaging to have by then",
    )
    due_on = serializers.DateField()
    responsible = named.person_field(FOLLOWS_UP)
    note = text(NOTE)


class ReviewBody(ReviewChangeBody):
    """A review of the current episode of a case."""

    case = named.case_field()


class ReviewRecordBody(Body):
    """What the review found, and what follows it."""

    done_on = serializers.DateField()
    finding = serializers.ChoiceField(ReviewFinding.choices)
    finding_note = text(FINDING_NOTE, "Needed where the finding is `other`")
    next_on = day()
    new_episode = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Whether a recurrence or a metastasis starts its episode, which re-opens the case",
    )


class ReviewMissedBody(Body):
    """What was done about a review that did not happen, and what follows: a new date, or how follow-up ends."""

    what_was_done = Text(max_length=REASON)
    new_on = day()
    end = serializers.ChoiceField(ENDS, required=False, allow_null=True, default=None)
    last_seen_on = day()


class ReviewCancelBody(Body):
    """Why it is not needed any more; of the last one, what comes in its place too."""

    reason = Text(max_length=REASON)
    new_on = day()
    end = serializers.ChoiceField(ENDS, required=False, allow_null=True, default=None)


class ReviewFilters(ListFilters):
    """How a list of reviews may be narrowed."""

    status = filters.ChoiceFilter(choices=ReviewStatus.choices)
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    due_from = filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_until = filters.DateFilter(field_name="due_on", lookup_expr="lte")


PLANS = (Permission.PLAN_REVIEW,)


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

    @makes("Plan a review", ReviewBody, by=PLANS)
    def create(self, told: dict[str, Any]) -> Review:
        by = self.request.user
        episode = named.episode_of(told.pop("case"), by)
        return services.schedule_review(episode=episode, by=by, **_planned(told, episode.case.team_id))

    @act("Change what is planned, or plan a missed review again", ReviewChangeBody, by=PLANS)
    def change(self, review: Review, told: dict[str, Any]) -> None:
        version = told.pop("version")
        details = services.ReviewDetails(**_planned(told, review.episode.case.team_id))
        services.change_review(review=review, version=version, details=details, by=self.request.user)

    @act("Record what a review found", ReviewRecordBody, by=PLANS)
    def record(self, review: Review, told: dict[str, Any]) -> None:
        services.record_review(review=review, by=self.request.user, **told)

    @act("Record that a review was missed, and what follows", ReviewMissedBody, by=PLANS)
    def miss(self, review: Review, told: dict[str, Any]) -> None:
        told["end"] = told["end"] or ""
        services.mark_review_missed(review=review, by=self.request.user, **told)

    @act("Cancel a review", ReviewCancelBody, by=PLANS)
    def cancel(self, review: Review, told: dict[str, Any]) -> None:
        told["end"] = told["end"] or ""
        services.cancel_review(review=review, by=self.request.user, **told)


def _planned(told: dict[str, Any], team: int) -> dict[str, Any]:
    person = named.person_of(team, told["responsible"], Permission.PLAN_REVIEW, "responsible", FOLLOWS_UP)
    return told | {"responsible": person}
