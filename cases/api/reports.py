"""Pathology and imaging reports for hospital systems: read, entered, and asked for."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission
from cases import services
from cases.api.of_case import OfCaseBody, OfEpisode, OfEpisodeFilters, OfEpisodeRow, episode_of
from cases.clinical import vocabulary as words
from cases.models import Episode, ImagingReport, PathologyReport, ReportRequest
from cases.models.report import Modality, NotGradedReason, PathologyKind, ReportKind, ReportRequestQuerySet
from config.api import Person, Text, makes
from config.api.fields import YES_OR_NO, Code, an_id, code, day, number, text, whole, yes_no

ASKED = "Id of the request that it answers"
NOT_OF_THE_REPORT = ("request", "operation", "operated_on")


class ReportRow(OfEpisodeRow):
    """What both kinds of report have."""

    reported_on = serializers.DateField()
    reported_by = Person(allow_null=True)
    author_name = serializers.CharField(allow_blank=True, help_text="Where the author has no account")
    is_specialist_reading = serializers.BooleanField()
    source = serializers.CharField(allow_blank=True, help_text="Where it was imported from")
    recorded_at = serializers.DateTimeField(source="created_at")


class PathologyRow(ReportRow):
    """A pathology report as a list shows it."""

    kind = serializers.ChoiceField(PathologyKind.choices)
    morphology = serializers.CharField(allow_blank=True)
    grade = serializers.CharField(allow_blank=True, help_text="As entered, where the scores are not given")


class PathologyDetail(PathologyRow):
    """The whole of a pathology report; what follows from counts and scores is part of it."""

    differentiation_score = serializers.IntegerField(allow_null=True)
    mitoses_counted = serializers.IntegerField(allow_null=True)
    fields_counted = serializers.FloatField(allow_null=True)
    field_diameter_mm = serializers.FloatField(allow_null=True)
    field_area_mm2 = serializers.FloatField(allow_null=True)
    mitoses_per_mm2 = serializers.FloatField(allow_null=True)
    mitoses_per_10_hpf = serializers.FloatField(allow_null=True)
    mitoses_per_5_mm2 = serializers.FloatField(allow_null=True)
    mitoses_score = serializers.IntegerField(allow_null=True)
    necrosis_percent = serializers.IntegerField(allow_null=True)
    necrosis_score = serializers.IntegerField(allow_null=True)
    not_graded_reason = serializers.CharField(allow_blank=True)
    mitotic_rate = serializers.CharField(allow_blank=True)
    size_mm = serializers.IntegerField(allow_null=True)
    t_category = serializers.CharField(allow_blank=True)
    tumour_ruptured = serializers.BooleanField(allow_null=True)
    margin = serializers.CharField(allow_blank=True)
    node_status = serializers.CharField(allow_blank=True)
    tests_pending = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Numbers of JSON."""
        told = super().to_representation(instance)
        return {name: float(value) if isinstance(value, Decimal) else value for name, value in told.items()}


class ImagingRow(ReportRow):
    """An imaging report as a list shows it."""

    modality = serializers.ChoiceField(Modality.choices)
    examined_on = serializers.DateField(allow_null=True)
    size_mm = serializers.IntegerField(allow_null=True)


class ImagingDetail(ImagingRow):
    """The whole of an imaging report; what is empty says nothing, it does not say "none"."""

    depth = serializers.CharField(allow_blank=True)
    t_category = serializers.CharField(allow_blank=True)
    node_status = serializers.CharField(allow_blank=True)
    metastasis_status = serializers.CharField(allow_blank=True)
    metastatic_sites = serializers.ListField(child=serializers.CharField())
    resectability = serializers.CharField(allow_blank=True)
    close_to_critical_structure = serializers.BooleanField(allow_null=True)
    near_spine = serializers.BooleanField(allow_null=True)
    tumour_ruptured = serializers.BooleanField(allow_null=True)
    summary = serializers.CharField(allow_blank=True)


class ReportRequestRow(OfEpisodeRow):
    """A reading that was asked for; it waits until it is answered or withdrawn."""

    kind = serializers.ChoiceField(ReportKind.choices)
    question = serializers.CharField(allow_blank=True)
    asked_by = Person(allow_null=True)
    asked_at = serializers.DateTimeField()
    due_on = serializers.DateField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class ReportBody(OfCaseBody):
    """What both kinds of report may say."""

    request = an_id(ASKED, required=False, allow_null=True, default=None)
    reported_on = serializers.DateField()
    is_specialist_reading = yes_no()
    author_name = text(200, "Who reported it, if not the account that sends it")
    size_mm = whole(1, 600, "Greatest dimension")
    t_category = code(list(words.T_CATEGORIES), "Where the size does not give it")
    node_status = code(list(words.N_CATEGORIES))
    tumour_ruptured = yes_no()
    summary = text(20_000, "The report's text")


class PathologyBody(ReportBody):
    """One specimen. Scores follow from counts, and the grade from three scores; both may be given."""

    kind = Code(PathologyKind.choices)
    morphology = text(6, "ICD-O-3: 8890/3")
    differentiation_score = whole(1, 3)
    mitoses_counted = whole(0, 10_000)
    fields_counted = number(5, 1)
    field_diameter_mm = number(4, 3)
    field_area_mm2 = number(5, 4)
    mitoses_per_mm2 = number(6, 2)
    mitoses_per_10_hpf = number(6, 1, "Per 1.7 mm²")
    mitoses_per_5_mm2 = number(6, 1, "GIST")
    mitoses_score = whole(1, 3)
    necrosis_percent = whole(0, 100)
    necrosis_score = whole(0, 2)
    grade = code(list(words.GRADES), "Where the three scores are not given")
    not_graded_reason = code(NotGradedReason.choices, "Why FNCLCC is not applied")
    mitotic_rate = code(list(words.MITOTIC_RATES), "GIST")
    margin = code(list(words.MARGINS))
    operation = code(list(words.OPERATIONS), "That the specimen is from, where none is recorded yet")
    operated_on = day("With `operation`")
    tests_pending = text(200)


class ImagingBody(ReportBody):
    """One examination."""

    modality = Code(Modality.choices)
    examined_on = day()
    depth = code(list(words.DEPTHS))
    metastasis_status = code(list(words.M_CATEGORIES))
    metastatic_sites = serializers.ListField(
        child=Code(list(words.METASTATIC_SITES)),
        required=False,
        default=list,
        max_length=len(words.METASTATIC_SITES),
    )
    resectability = code(list(words.RESECTABILITY))
    close_to_critical_structure = yes_no()
    near_spine = yes_no()


class ReportRequestBody(OfCaseBody):
    """Which reading is wanted, and what it should answer."""

    kind = Code(ReportKind.choices)
    question = Text(max_length=2000)
    due_on = day("By when it is wanted")


class ReportRequestFilters(OfEpisodeFilters):
    """How a list of requests may be narrowed."""

    kind = filters.ChoiceFilter(choices=ReportKind.choices)
    is_waiting = filters.ChoiceFilter(choices=YES_OR_NO, method="waiting")

    def waiting(self, rows: ReportRequestQuerySet, name: str, value: str) -> ReportRequestQuerySet:
        those = rows.waiting()
        return those if value == "true" else rows.exclude(pk__in=those.order_by().values("pk"))


@extend_schema_view(
    list=extend_schema(summary="List pathology reports, newest first"),
    retrieve=extend_schema(summary="Read one pathology report", responses=PathologyDetail),
)
class PathologyReports(OfEpisode):
    """What pathologists found, one report for each specimen."""

    queryset = PathologyReport.objects.none()
    serializer_class = PathologyRow
    whole = PathologyDetail
    related = ("reported_by",)

    @makes("Enter a pathology report", PathologyBody, by=(Permission.REPORT_PATHOLOGY,))
    def create(self, told: dict[str, Any]) -> PathologyReport:
        episode = episode_of(self.request.user, told, Permission.REPORT_PATHOLOGY)
        operation, operated_on = told["operation"], told["operated_on"]
        given = {"modality": "surgery", "procedure": operation, "started_on": operated_on}
        return services.report_specimen(
            episode=episode,
            report=_report(told),
            operation=given if operation or operated_on else {},
            request=_asked(episode, told["request"]),
            by=self.request.user,
        )


@extend_schema_view(
    list=extend_schema(summary="List imaging reports, newest first"),
    retrieve=extend_schema(summary="Read one imaging report", responses=ImagingDetail),
)
class ImagingReports(OfEpisode):
    """What radiologists saw, one report for each examination."""

    queryset = ImagingReport.objects.none()
    serializer_class = ImagingRow
    whole = ImagingDetail
    related = ("reported_by",)

    @makes("Enter an imaging report", ImagingBody, by=(Permission.REPORT_IMAGING,))
    def create(self, told: dict[str, Any]) -> ImagingReport:
        episode = episode_of(self.request.user, told, Permission.REPORT_IMAGING)
        asked = _asked(episode, told["request"])
        return services.report_imaging(
            episode=episode, report=_report(told), request=asked, by=self.request.user
        )


@extend_schema_view(
    list=extend_schema(summary="List the reports that were asked for, newest first"),
    retrieve=extend_schema(summary="Read one request for a report"),
)
class ReportRequests(OfEpisode):
    """Readings that pathologists and radiologists of the account's teams are asked for."""

    queryset = ReportRequest.objects.none()
    serializer_class = ReportRequestRow
    filterset_class = ReportRequestFilters
    related = ("asked_by",)

    @makes("Ask for a report", ReportRequestBody, by=(Permission.LIST_CASES,))
    def create(self, told: dict[str, Any]) -> ReportRequest:
        episode = episode_of(self.request.user, told, Permission.LIST_CASES)
        return services.ask_for_report(episode=episode, by=self.request.user, **told)


def _report(told: dict[str, Any]) -> dict[str, Any]:
    """What the service takes: empty answers are left out."""
    return {
        name: value
        for name, value in told.items()
        if name not in NOT_OF_THE_REPORT and value not in (None, "", [])
    }


def _asked(episode: Episode, pk: int | None) -> ReportRequest | None:
    if pk is None:
        return None
    request: ReportRequest | None = episode.report_requests.filter(pk=pk).first()
    if request is None:
        raise ValidationError({"request": ["No request of this case's current episode has this id."]})
    return request
