"""Referrals for hospital systems: read by all who see them, sent and moved by the services."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.models import Organisation, Team, User
from accounts.permissions import Permission
from cases import services
from cases.api.cases import PatientRow
from cases.api.named import person_of
from cases.models import Referral
from cases.models.patient import Sex
from cases.models.referral import Urgency
from cases.workflow import ReferralStatus
from config.api import (
    NUMBER,
    Body,
    Endpoint,
    OfTeam,
    OrganisationRow,
    PatientReads,
    ReadMany,
    ReadOne,
    Row,
    TeamRow,
    Text,
    Whole,
    act,
    makes,
)


class ReferralRow(Row):
    """A referral as a list shows it; `case` is the reference of the case that it was accepted as."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(ReferralStatus.choices)
    team = TeamRow()
    organisation = OrganisationRow()
    referrer_name = serializers.CharField()
    specialty = serializers.CharField(allow_blank=True)
    received_on = serializers.DateField()
    urgency = serializers.ChoiceField(Urgency.choices)
    patient = PatientRow()
    case = serializers.CharField(source="case.reference", allow_null=True)


class ReferralDetail(ReferralRow):
    """The whole of a referral; `status_reason` says why it was returned or declined."""

    reason = serializers.CharField()
    question = serializers.CharField(allow_blank=True)
    patient_knows = serializers.CharField(allow_blank=True)
    topography = serializers.CharField(allow_blank=True)
    status_reason = serializers.CharField(allow_blank=True)
    go_instead_to = serializers.CharField(allow_blank=True)


class PatientBody(Body):
    """Who the patient is; an NHS number that is known already attaches to that patient."""

    nhs_number = Text(max_length=20, required=False, allow_blank=True, default="")
    family_name = Text(max_length=100)
    given_name = Text(max_length=100, required=False, allow_blank=True, default="")
    title = Text(max_length=20, required=False, allow_blank=True, default="")
    birth_on = serializers.DateField(required=False, allow_null=True, default=None)
    sex = serializers.ChoiceField(Sex.choices, required=False, default=Sex.NOT_KNOWN)
    hospital_number = Text(
        max_length=60, required=False, allow_blank=True, default="", help_text="The referring hospital's"
    )


class ReferralBody(Body):
    """A request to take a patient on."""

    team = Text(max_length=5, help_text="Code of the team, as in its case references")
    organisation = Text(max_length=10, help_text="ODS code of the referring hospital")
    patient = PatientBody()
    received_on = serializers.DateField()
    reason = Text(max_length=4000)
    referrer_name = Text(
        max_length=200, required=False, allow_blank=True, default="", help_text="Left out by a referrer"
    )
    specialty = Text(max_length=80, required=False, allow_blank=True, default="")
    urgency = serializers.ChoiceField(
        Urgency.choices, required=False, default=Urgency.URGENT_SUSPECTED_CANCER
    )
    question = Text(max_length=2000, required=False, allow_blank=True, default="")
    patient_knows = Text(max_length=2000, required=False, allow_blank=True, default="")
    topography = Text(max_length=5, required=False, allow_blank=True, default="", help_text="Suspected site")


class AcceptBody(Body):
    """Who will be the key worker."""

    key_worker = Whole(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        allow_null=True,
        default=None,
        help_text="A person's id",
    )


class ReturnBody(Body):
    """What is missing."""

    reason = Text(max_length=2000)


class DeclineBody(ReturnBody):
    """Why not, and where the patient should go instead."""

    go_instead_to = Text(max_length=200)


class ResubmitBody(Body):
    """What was missing; what is left out stays as it is."""

    reason = Text(max_length=4000, required=False)
    question = Text(max_length=2000, required=False, allow_blank=True)
    patient_knows = Text(max_length=2000, required=False, allow_blank=True)


class ReferralFilters(OfTeam):
    """How a list of referrals may be narrowed."""

    status = filters.ChoiceFilter(choices=ReferralStatus.choices)
    received_from = filters.DateFilter(field_name="received_on", lookup_expr="gte")
    received_until = filters.DateFilter(field_name="received_on", lookup_expr="lte")


MOVES = (Permission.RECEIVE_REFERRAL,)
REFERS = (Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL)


@extend_schema_view(
    list=extend_schema(summary="List referrals, newest first"),
    retrieve=extend_schema(summary="Read one referral", responses=ReferralDetail),
)
class Referrals(PatientReads, ReadMany, ReadOne, Endpoint):
    """Referrals to the account's teams, and those that a referrer or a colleague of theirs sent."""

    queryset = Referral.objects.none()
    serializer_class = ReferralRow
    whole = ReferralDetail
    area = "referrals"
    filterset_class = ReferralFilters
    lookup_value_regex = NUMBER
    opened_by_default = (Permission.SEE_CASES, Permission.RECEIVE_REFERRAL, Permission.SEE_OWN_OUTCOMES)

    def get_queryset(self) -> QuerySet[Referral]:
        referrals = Referral.objects.visible_to(self.request.user)
        if self.action == "list":
            return referrals.values("patient_id", *ReferralRow.columns())
        return referrals.select_related("patient", "team", "organisation", "case")

    def patient_ids(self, row: Any) -> list[int]:
        return [row["patient_id"] if isinstance(row, dict) else row.patient_id]

    @makes("Refer a patient", ReferralBody, by=REFERS)
    def create(self, told: dict[str, Any]) -> Referral:
        return _received(told, self.request.user)

    @act("Accept a referral as a case", AcceptBody, by=MOVES)
    def accept(self, referral: Referral, told: dict[str, Any]) -> None:
        key_worker = person_of(referral.team, told.pop("key_worker"), "key_worker")
        services.accept_referral(referral=referral, key_worker=key_worker, by=self.request.user, **told)

    @act("Return a referral for information", ReturnBody, by=MOVES, name="return")
    def send_back(self, referral: Referral, told: dict[str, Any]) -> None:
        services.return_referral(referral=referral, by=self.request.user, **told)

    @act("Decline a referral", DeclineBody, by=MOVES)
    def decline(self, referral: Referral, told: dict[str, Any]) -> None:
        services.decline_referral(referral=referral, by=self.request.user, **told)

    @act("Send a returned referral again", ResubmitBody, by=REFERS)
    def resubmit(self, referral: Referral, told: dict[str, Any]) -> None:
        held = {name: getattr(referral, name) for name in ("reason", "question", "patient_knows")}
        version = told.pop("version")
        details = services.ReferralDetails(received_on=referral.received_on, **held | told)
        services.resubmit_referral(referral=referral, version=version, details=details, by=self.request.user)


def _received(told: dict[str, Any], by: User) -> Referral:
    team = Team.objects.select_related("organisation").filter(reference_prefix=told.pop("team")).first()
    organisation = Organisation.objects.filter(code=told.pop("organisation")).first()
    patient = told.pop("patient")
    unknown = {}
    if team is None:
        unknown["team"] = ["No team has this code. It is what its case references begin with."]
    if organisation is None:
        unknown["organisation"] = ["No organisation has this ODS code."]
    if team is None or organisation is None:
        raise ValidationError(unknown)
    try:
        return services.receive_referral(
            team=team,
            organisation=organisation,
            patient=services.PatientDetails(**patient, hospital=organisation),
            details=services.ReferralDetails(**told),
            by=by,
        )
    except ValidationError as error:
        raise ValidationError(
            {
                f"patient.{name}" if name in patient else name: texts
                for name, texts in error.message_dict.items()
            }
        ) from error
