"""Documents, links to images and the timeline of cases, for hospital systems."""

from base64 import b64decode
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.http import FileResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.permissions import Permission
from cases import services
from cases.api.of_case import OfCaseBody, case_of
from cases.models import CaseEvent, Document, ImageLink
from cases.models.case import CaseEventQuerySet, CaseEventType
from cases.models.document import ContentType, DocumentKind, OfCaseQuerySet
from cases.serving import attachment
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
from config.api.fields import YES_OR_NO, Code, day

PATIENT = "case__patient_id"
FILES = {(200, kind): OpenApiTypes.BINARY for kind in ContentType.values}
KEEPS = (Permission.UPLOAD_DOCUMENT,)


class AnyFile(JSONRenderer):
    """The file is answered as it is; a refusal is JSON, whatever was asked for."""

    media_type = "*/*"
    format = "file"


class RemovableRow(Row):
    """What is kept with a case; where `removed_at` is set it was taken off it, and is shown to nobody."""

    id = serializers.IntegerField()
    case = serializers.CharField(source="case.reference")
    removed_at = serializers.DateTimeField(allow_null=True)
    removed_by = Person(allow_null=True)
    removed_reason = serializers.CharField(allow_blank=True)


class DocumentRow(RemovableRow):
    """A file of a case: what it is, its size and checksum. Its own address, with `file/`, gives it."""

    episode = serializers.IntegerField(source="episode.number", allow_null=True)
    kind = serializers.ChoiceField(DocumentKind.choices)
    title = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    uploaded_by = Person()
    uploaded_at = serializers.DateTimeField()


class ImageLinkRow(RemovableRow):
    """A study of the image archive, by its DICOM study UID or its accession number."""

    study = serializers.CharField()
    shows = serializers.CharField()
    studied_on = serializers.DateField(allow_null=True)
    added_by = Person()
    added_at = serializers.DateTimeField()


class CaseEventRow(Row):
    """A typed, dated entry of a case's timeline."""

    id = serializers.IntegerField()
    case = serializers.CharField(source="case.reference")
    type = serializers.ChoiceField(CaseEventType.choices)
    on = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    organisation = serializers.CharField(source="organisation.code", allow_null=True, help_text="ODS code")
    by = Person(allow_null=True, help_text="Null: the service itself")
    recorded_at = serializers.DateTimeField(source="created_at")


@extend_schema_field(OpenApiTypes.BYTE)
class Base64(Text):
    """A file's bytes in base64 (RFC 4648, section 4)."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return ContentFile(b64decode(text, validate=True))
        except ValueError as error:
            raise serializers.ValidationError("This must be a file in base64.") from error


class DocumentBody(OfCaseBody):
    """A file and what it is. The whole request may have 2 MiB; a larger file is added on the case's page."""

    kind = Code(DocumentKind.choices)
    title = Text(max_length=200)
    file = Base64(trim_whitespace=False, help_text="In base64: PDF, JPEG, PNG, DOCX or text")


class RemoveBody(Body):
    """Why it is taken off the case."""

    reason = Text(max_length=300)


class ImageLinkBody(OfCaseBody):
    """A study of the image archive."""

    study = Text(max_length=64, help_text="DICOM study UID or accession number")
    shows = Text(max_length=200)
    studied_on = day()


class OfCaseFilters(ListFilters):
    """How a list of what belongs to cases may be narrowed."""

    case = filters.CharFilter(field_name="case__reference", max_length=20, help_text="Its reference")
    team = filters.CharFilter(
        field_name="case__team__reference_prefix",
        max_length=5,
        help_text="Code of the team, as in its references",
    )


class RemovableFilters(OfCaseFilters):
    """How a list of what can be removed may be narrowed."""

    is_removed = filters.ChoiceFilter(choices=YES_OR_NO, method="removed")

    def removed(self, rows: OfCaseQuerySet, name: str, value: str) -> OfCaseQuerySet:
        return rows.filter(removed_at__isnull=value == "false")


class CaseEventFilters(OfCaseFilters):
    """How timelines may be narrowed."""

    type = filters.ChoiceFilter(choices=CaseEventType.choices)
    on_from = filters.DateFilter(field_name="on", lookup_expr="gte")
    on_until = filters.DateFilter(field_name="on", lookup_expr="lte")

    def changed(self, rows: CaseEventQuerySet, name: str, since: Any) -> CaseEventQuerySet:
        """An entry is written once."""
        return rows.filter(created_at__gte=since)


class OfCase(PatientReads, ReadMany, ReadOne, Endpoint):
    """What belongs to cases of the account's teams."""

    area = "cases"
    filterset_class: Any = RemovableFilters
    lookup_value_regex = NUMBER
    related: tuple[str, ...] = ("removed_by",)

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.queryset.model.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *self.serializer_class.columns())
        return rows.select_related("case", *self.related)

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.case.patient_id]


@extend_schema_view(
    list=extend_schema(summary="List documents, newest first"),
    retrieve=extend_schema(summary="Read what one document is"),
)
class Documents(OfCase):
    """Files of cases."""

    queryset = Document.objects.none()
    serializer_class = DocumentRow
    related = ("removed_by", "uploaded_by", "episode")

    @makes("Add a document to a case", DocumentBody, by=KEEPS)
    def create(self, told: dict[str, Any]) -> Document:
        case = case_of(self.request.user, told["case"], *KEEPS)
        details = services.DocumentDetails(told["kind"], told["title"])
        return services.add_document(case=case, file=told["file"], details=details, by=self.request.user)

    @extend_schema(summary="Fetch a document's file", responses=FILES)
    @action(detail=True, methods=["get"], renderer_classes=[AnyFile, JSONRenderer])
    def file(self, request: Request, **kwargs: str) -> FileResponse:
        """Always as an attachment; what was removed is not there."""
        return attachment(self.get_object())

    @act("Take a document off its case", RemoveBody, by=KEEPS, versioned=False)
    def remove(self, row: Document, told: dict[str, Any]) -> None:
        services.remove_document(document=row, by=self.request.user, **told)


@extend_schema_view(
    list=extend_schema(summary="List links to images, newest first"),
    retrieve=extend_schema(summary="Read one link to images"),
)
class ImageLinks(OfCase):
    """Studies of the hospital's image archive that belong to cases."""

    queryset = ImageLink.objects.none()
    serializer_class = ImageLinkRow
    related = ("removed_by", "added_by")

    @makes("Link images to a case", ImageLinkBody, by=KEEPS)
    def create(self, told: dict[str, Any]) -> ImageLink:
        case = case_of(self.request.user, told.pop("case"), *KEEPS)
        return services.link_image(case=case, by=self.request.user, **told)

    @act("Take a link to images off its case", RemoveBody, by=KEEPS, versioned=False)
    def remove(self, row: ImageLink, told: dict[str, Any]) -> None:
        services.unlink_image(link=row, by=self.request.user, **told)


@extend_schema_view(
    list=extend_schema(summary="List what happened in cases, newest first"),
    retrieve=extend_schema(summary="Read one entry of a timeline"),
)
class CaseEvents(OfCase):
    """The timeline of cases: typed, dated, written with the change that it tells of."""

    queryset = CaseEvent.objects.none()
    serializer_class = CaseEventRow
    filterset_class = CaseEventFilters
    related = ("by", "organisation")
