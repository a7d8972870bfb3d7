"""Letters for hospital systems: read, finished, and fetched as the file that was issued."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

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
)
from config.api.fields import of_row, text
from mdt import letters as services
from mdt.letters.issuing import MOST_ADDED, MOST_REASON, MOST_RECIPIENTS
from mdt.models import Letter, LetterUse
from mdt.views.papers import pdf_response
from mdt.workflow import LetterKind, LetterStatus

PATIENT = "case__patient_id"
PDF = "application/pdf"


class LetterRow(Row):
    """A letter about a decision."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="case.reference")
    patient = PatientRow(source="case.patient")
    decision = serializers.IntegerField(source="decision_id")
    kind = serializers.ChoiceField(LetterKind.choices)
    status = serializers.ChoiceField(LetterStatus.choices)
    due_on = serializers.DateField()
    issued_at = serializers.DateTimeField(allow_null=True)


class LetterDetail(LetterRow):
    """The whole of a letter, as it reads."""

    recipients = serializers.CharField(allow_blank=True, help_text="One to a line")
    text = serializers.CharField()
    status_reason = serializers.CharField(allow_blank=True)
    checked_by = Person(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    issued_by = Person(allow_null=True)
    pdf_sha256 = serializers.CharField(allow_blank=True, help_text="Of the file that was issued")


class LetterBody(Body):
    """What is added to this one letter, and whom it is for."""

    added_text = text(MOST_ADDED)
    recipients = Text(max_length=MOST_RECIPIENTS, help_text="One to a line")


class LetterReasonBody(Body):
    """Why it does not go, or goes after all."""

    reason = Text(max_length=MOST_REASON)


class LetterFilters(ListFilters):
    """How a list of letters may be narrowed."""

    case = filters.CharFilter(field_name="case__reference", max_length=20)
    decision = of_row("decision_id")
    kind = filters.ChoiceFilter(choices=LetterKind.choices)
    status = filters.ChoiceFilter(choices=LetterStatus.choices)


class Pdf(JSONRenderer):
    """The file is answered as it is; a refusal is JSON, whatever was asked for."""

    media_type = PDF
    format = "pdf"


MAKES = (Permission.MAKE_LETTER,)
CHECKS = (Permission.CHECK_LETTER,)


@extend_schema_view(
    list=extend_schema(summary="List letters, newest first"),
    retrieve=extend_schema(summary="Read one letter", responses=LetterDetail),
)
class Letters(PatientReads, ReadMany, ReadOne, Endpoint):
    """Letters of the account's teams; for a referring clinician, the issued ones that are for them."""

    queryset = Letter.objects.none()
    serializer_class = LetterRow
    whole = LetterDetail
    area = "decisions"
    filterset_class = LetterFilters
    lookup_value_regex = NUMBER
    opened_by_default = (Permission.SEE_CASES, Permission.SEE_OWN_OUTCOMES)
    may_conflict = ("pdf",)

    def get_queryset(self) -> QuerySet[Letter]:
        user = self.request.user
        rows = Letter.objects.visible_to(user)
        if user.referring_as():
            theirs = Letter.objects.to_referrer(user).values("pk")
            rows = Letter.objects.filter(Q(pk__in=rows.order_by().values("pk")) | Q(pk__in=theirs.order_by()))
        if self.action == "list":
            return rows.values(PATIENT, *LetterRow.columns())
        return rows.select_related("case__patient", "decision", "checked_by", "issued_by")

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.case.patient_id]

    @extend_schema(summary="Fetch an issued letter's file", responses={(200, PDF): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=[Pdf, JSONRenderer])
    def pdf(self, request: Request, **kwargs: str) -> HttpResponse:
        """That it was fetched is noted. A member of the team needs the right to download letters, as on its page."""
        row, by = self.get_object(), self.request.user
        team = row.case.team_id
        if team in by.team_ids() and not by.is_machine:
            by.must(Permission.MAKE_LETTER, team)
        file = services.use_letter(letter=row, how=LetterUse.How.FETCHED, by=by)
        return pdf_response(file, f"{row.case.reference}-letter-{row.pk}", is_download=True)

    @act("Change what is added to a letter, and whom it is for", LetterBody, by=MAKES)
    def change(self, letter: Letter, told: dict[str, Any]) -> None:
        services.change_letter(letter=letter, by=self.request.user, **told)

    @act("Write a letter again from the record", by=MAKES)
    def rewrite(self, letter: Letter, told: dict[str, Any]) -> None:
        services.rewrite_letter(letter=letter, by=self.request.user, **told)

    @act("Check a letter, and let it go", by=CHECKS)
    def check(self, letter: Letter, told: dict[str, Any]) -> None:
        services.check_letter(letter=letter, by=self.request.user, **told)

    @act("Issue a letter: its file is fixed", by=MAKES)
    def issue(self, letter: Letter, told: dict[str, Any]) -> None:
        services.issue_letter(letter=letter, by=self.request.user, **told)

    @act("Stop a letter that is not to go", LetterReasonBody, by=MAKES)
    def stop(self, letter: Letter, told: dict[str, Any]) -> None:
        services.stop_letter(letter=letter, by=self.request.user, **told)

    @act("Let a letter go that was stopped", LetterReasonBody, by=MAKES)
    def resume(self, letter: Letter, told: dict[str, Any]) -> None:
        services.resume_letter(letter=letter, by=self.request.user, **told)
