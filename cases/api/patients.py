"""Patients for hospital systems: found by what identifies them, read, corrected, and their death recorded."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from accounts.scopes import READ
from cases import services
from cases.api.cases import PatientDetail, PatientRow
from cases.api.named import organisation_of
from cases.clinical import nhs_number
from cases.models import Case, HospitalNumber, Patient
from cases.models.patient import Sex
from cases.models.searching import begins
from config.api import NUMBER, Body, Endpoint, ListFilters, PatientReads, ReadMany, ReadOne, Row, Text, act
from config.api.fields import Code, day, text

MOST_FOUND = 50
CHANGES = (Permission.CHANGE_CASE,)
HELD = ("nhs_number", "family_name", "given_name", "title", "birth_on", "sex")


class PatientOfList(PatientRow):
    """A person as a list shows them."""

    version = serializers.IntegerField()


class PatientWhole(PatientDetail):
    """A person with their numbers, and their cases in the account's teams."""

    version = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)
    cases = serializers.ListField(child=serializers.CharField(), help_text="References of their cases")

    def to_representation(self, instance: Patient) -> dict[str, Any]:
        told = {name: read(instance) for name, read in self.readers() if name != "cases"}
        return told | {"cases": [case.reference for case in instance.mine]}


class Found(Row):
    """Whom a search found; `is_all` is false where more would have matched."""

    results = PatientOfList(many=True)
    is_all = serializers.BooleanField()


class SearchBody(Body):
    """Who is looked for: by NHS number, a hospital number, or name and date of birth; all that is told must fit."""

    nhs_number = text(20)
    hospital_number = text(60, "With `organisation`")
    organisation = text(10, "ODS code of the hospital that the number is of")
    family_name = text(100, "Its beginning, with `birth_on`")
    birth_on = day("With `family_name`")


class PatientChangeBody(Body):
    """What is to be corrected; what is left out stays as it is."""

    nhs_number = Text(max_length=20, required=False, allow_blank=True)
    family_name = Text(max_length=100, required=False, allow_blank=True)
    given_name = Text(max_length=100, required=False, allow_blank=True)
    title = Text(max_length=20, required=False, allow_blank=True)
    birth_on = serializers.DateField(required=False, allow_null=True)
    sex = Code(Sex.choices, required=False)
    hospital_number = text(60, "One to add, with `organisation`")
    organisation = text(10, "ODS code of the hospital that the number is of")


class DeathBody(Body):
    """When the patient died, where that is known."""

    died_on = day("Null: nobody knows it")


class PatientFilters(ListFilters):
    """How a list of patients may be narrowed."""

    changes_with = ("merges", "merges_away")


@extend_schema_view(
    list=extend_schema(summary="List patients, newest first"),
    retrieve=extend_schema(summary="Read one patient", responses=PatientWhole),
)
class Patients(PatientReads, ReadMany, ReadOne, Endpoint):
    """Patients with a case or a referral of the account's teams. No address holds who somebody is: a search is sent."""

    queryset = Patient.objects.none()
    serializer_class = PatientOfList
    whole = PatientWhole
    area = "patients"
    filterset_class = PatientFilters
    lookup_value_regex = NUMBER

    def scope(self) -> str:
        """A search is sent, and changes nothing."""
        return f"{self.area}.{READ}" if self.action == "search" else super().scope()

    def get_queryset(self) -> QuerySet[Patient]:
        patients = Patient.objects.visible_to(self.request.user)
        if self.action == "list":
            return patients.values(*PatientOfList.columns())
        mine = Case.objects.in_teams_of(self.request.user).order_by("opened_on", "id")
        numbers = HospitalNumber.objects.select_related("organisation").order_by("id")
        return patients.prefetch_related(
            Prefetch("hospital_numbers", numbers), Prefetch("cases", mine, to_attr="mine")
        )

    def patient_ids(self, row: Any) -> list[int]:
        return [row["id"] if isinstance(row, dict) else row.pk]

    @extend_schema(
        operation_id="patients_search", summary="Find a patient", request=SearchBody, responses=Found
    )
    @action(detail=False, methods=["post"])
    def search(self, request: Request) -> Response:
        told = self.body(SearchBody)
        visible = Patient.objects.visible_to(request.user)
        found = list(_meant(visible, told).order_by("-id")[: MOST_FOUND + 1])
        shown = found[:MOST_FOUND]
        self.saw(shown)
        rows = [PatientOfList().to_representation(row) for row in shown]
        return Response({"results": rows, "is_all": len(found) == len(shown)})

    @act("Correct who a patient is", PatientChangeBody, by=CHANGES)
    def change(self, patient: Patient, told: dict[str, Any]) -> None:
        version, hospital = told.pop("version"), organisation_of(told.pop("organisation"), "organisation")
        held = {name: getattr(patient, name) for name in HELD} | {"nhs_number": patient.nhs_number or ""}
        details = services.PatientDetails(**held | told, hospital=hospital)
        services.change_patient(patient=patient, version=version, details=details, by=self.request.user)

    @act("Record that a patient has died", DeathBody, by=CHANGES)
    def record_death(self, patient: Patient, told: dict[str, Any]) -> None:
        services.record_death(patient=patient, by=self.request.user, **told)


def _meant(patients: QuerySet[Patient], told: dict[str, Any]) -> QuerySet[Patient]:
    """The patients of whom all holds that is told; too little to tell anybody by is refused."""
    by_number = told["hospital_number"] and told["organisation"]
    by_name = told["family_name"].strip() and told["birth_on"]
    if not (told["nhs_number"] or by_number or by_name):
        words = (
            "Send an NHS number, a hospital's number with its organisation, or a family name with birth_on."
        )
        raise ValidationError(words)
    if told["nhs_number"]:
        patients = patients.with_nhs_number(_digits(told["nhs_number"]))
    if told["hospital_number"] or told["organisation"]:
        hospital = organisation_of(told["organisation"], "organisation")
        number = told["hospital_number"].strip()
        theirs = HospitalNumber.objects.filter(number=number, organisation=hospital)
        patients = patients.filter(pk__in=theirs.values("patient"))
    if told["family_name"].strip():
        patients = patients.filter(begins("family_name", told["family_name"]))
    return patients.filter(birth_on=told["birth_on"]) if told["birth_on"] else patients


def _digits(told: str) -> str:
    try:
        return nhs_number.parse(told)
    except nhs_number.InvalidNhsNumber as error:
        raise ValidationError({"nhs_number": [error.message]}) from error
