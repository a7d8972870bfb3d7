"""Referrals for hospital systems: read by all who see them, sent and moved by the services."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership, Organisation, Team, User
from accounts.permissions import Permission
from cases import services
from cases.api.cases import PatientRow
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
    Row,
    TeamRow,
    Text,
    Whole,
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
    """The version that was read, and who will be the key worker."""

    version = Whole(min_value=1, max_value=2_147_483_647)
    key_worker = Whole(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        allow_null=True,
        default=None,
        help_text="A person's id",
    )


class ReturnBody(Body):
    """The version that was read, and what is missing."""

    version = Whole(min_value=1, max_value=2_147_483_647)
    reason = Text(max_length=2000)


class DeclineBody(ReturnBody):
    """The version that was read, why not, and where the patient should go instead."""

    go_instead_to = Text(max_length=200)


class ReferralFilters(OfTeam):
    """How a list of referrals may be narrowed."""

    status = filters.ChoiceFilter(choices=ReferralStatus.choices)
    received_from = filters.DateFilter(field_name="received_on", lookup_expr="gte")
    received_until = filters.DateFilter(field_name="received_on", lookup_expr="lte")


MOVES = (Permission.RECEIVE_REFERRAL,)


@extend_schema_view(
    list=extend_schema(summary="List referrals, newest first"),
    retrieve=extend_schema(summary="Read one referral", responses=ReferralDetail),
)
class Referrals(PatientReads, mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint):
    """Referrals to the account's teams, and those that a referrer or a colleague of theirs sent."""

    queryset = Referral.objects.none()
    serializer_class = ReferralRow
    filterset_class = ReferralFilters
    lookup_value_regex = NUMBER
    opened_by_default = (Permission.SEE_CASES, Permission.RECEIVE_REFERRAL, Permission.SEE_OWN_OUTCOMES)
    opened_by = {
        "create": (Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL),
        "accept": MOVES,
        "send_back": MOVES,
        "decline": MOVES,
    }

    def get_queryset(self) -> QuerySet[Referral]:
        referrals = Referral.objects.visible_to(self.request.user)
        if self.action == "list":
            return referrals.values("patient_id", *ReferralRow.columns())
        return referrals.select_related("patient", "team", "organisation", "case")

    def get_serializer_class(self) -> type[Row]:
        return ReferralRow if self.action == "list" else ReferralDetail

    def patient_ids(self, row: Any) -> list[int]:
        return [row["patient_id"] if isinstance(row, dict) else row.patient_id]

    @extend_schema(
        operation_id="referrals_create",
        summary="Refer a patient",
        request=ReferralBody,
        responses={201: ReferralDetail},
    )
    def create(self, request: Request) -> Response:
        told = _read(ReferralBody, request)
        referral = _received(told, request.user)
        self.saw([referral])
        address = reverse("api:referral-detail", args=[referral.pk])
        return Response(
            ReferralDetail(referral).data, status=status.HTTP_201_CREATED, headers={"Location": address}
        )

    @extend_schema(
        operation_id="referrals_accept",
        summary="Accept a referral as a case",
        request=AcceptBody,
        responses=ReferralDetail,
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        referral = self.get_object()
        told = _read(AcceptBody, request)
        services.accept_referral(
            referral=referral,
            version=told["version"],
            key_worker=_of_team(referral.team, told["key_worker"]),
            by=request.user,
        )
        return self._now(pk)

    @extend_schema(
        operation_id="referrals_return",
        summary="Return a referral for information",
        request=ReturnBody,
        responses=ReferralDetail,
    )
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        referral = self.get_object()
        services.return_referral(referral=referral, by=request.user, **_read(ReturnBody, request))
        return self._now(pk)

    @extend_schema(
        operation_id="referrals_decline",
        summary="Decline a referral",
        request=DeclineBody,
        responses=ReferralDetail,
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        referral = self.get_object()
        services.decline_referral(referral=referral, by=request.user, **_read(DeclineBody, request))
        return self._now(pk)

    def _now(self, pk: str) -> Response:
        return Response(ReferralDetail(self.get_queryset().get(pk=pk)).data)


def _read(shape: type[Body], request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    told: dict[str, Any] = body.validated_data
    return told


def _received(told: dict[str, Any], by: User) -> Referral:
    team = Team.objects.filter(reference_prefix=told.pop("team")).first()
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


def _of_team(team: Team, person: int | None) -> User | None:
    if person is None:
        return None
    member = Membership.objects.in_team(team).filter(user=person).first()
    if member is None:
        raise ValidationError({"key_worker": ["This person is not a member of the team."]})
    return member.user
