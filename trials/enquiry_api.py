"""Enquiries for hospital systems: one is sent to any team that takes them, and read by the team that was asked."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team, User
from config.api import Body, Endpoint, OfTeam, PatientReads, Person, ReadMany, ReadOne, Row, TeamRow, Text
from trials import throttling
from trials.models import Enquiry
from trials.services.enquiries import LONGEST, EnquiryDetails, receive_enquiry
from trials.workflow import EnquiryStatus

TOO_MANY = (
    f"This account has sent {throttling.PER_SYSTEM} enquiries within the hour. Send the next one later."
)
REFERENCE = r"ENQ-[0-9A-Z]{6}"


class EnquiryRow(Row):
    """An enquiry as a list shows it."""

    reference = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(EnquiryStatus.choices)
    team = TeamRow()
    channel = serializers.ChoiceField(Enquiry.Channel.choices)
    sender = serializers.ChoiceField(Enquiry.From.choices)
    asks = serializers.ChoiceField(Enquiry.Asks.choices)
    subtype = serializers.CharField(allow_blank=True, help_text="As told")
    site = serializers.CharField(allow_blank=True, help_text="As told")
    received_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    owner = Person(allow_null=True, help_text="Who answers it")
    answered_on = serializers.DateField(allow_null=True)
    became = serializers.ChoiceField([each for each in Enquiry.Became.choices if each[0]], allow_null=True)


class EnquiryDetail(EnquiryRow):
    """The whole of an enquiry; `facts` is what was understood, as the `case` of the guidance check."""

    name = serializers.CharField()
    hospital = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    done = serializers.CharField(allow_blank=True, help_text="As told")
    question = serializers.CharField()
    facts = serializers.DictField()
    answer = serializers.CharField(allow_blank=True)
    status_reason = serializers.CharField(allow_blank=True)
    referral_id = serializers.IntegerField(allow_null=True)


class EnquiryReceipt(Row):
    """That it arrived: its reference, and by when it is answered."""

    reference = serializers.CharField()
    status = serializers.ChoiceField(EnquiryStatus.choices)
    team = TeamRow()
    due_on = serializers.DateField()


def _told(name: str, *, required: bool = False, words: str = "") -> Any:
    rest = {} if required else {"required": False, "allow_blank": True, "default": ""}
    return Text(max_length=LONGEST[name][1], help_text=words, **rest)


class EnquiryBody(Body):
    """Who asks, how to reach them, and what they want to know. E-mail or telephone has to be given."""

    team = Text(max_length=5, help_text="Code of the team, as in its case references")
    sender = serializers.ChoiceField(Enquiry.From.choices)
    name = _told("name", required=True)
    hospital = _told("hospital")
    country = _told("country")
    email = _told("email")
    phone = _told("phone")
    subtype = _told("subtype", words="Type of sarcoma, in words")
    site = _told("site", words="Where it is, in words")
    done = _told("done", words="What was done so far, in words")
    asks = serializers.ChoiceField(Enquiry.Asks.choices)
    question = _told("question", required=True)
    consent = serializers.BooleanField(help_text="Who asks agreed that this is kept, to answer them: true")
    case = serializers.DictField(
        required=False, default=dict, help_text="What is known already, as the `case` of the guidance check"
    )


class EnquiryFilters(OfTeam):
    """How a list of enquiries may be narrowed."""

    status = filters.ChoiceFilter(choices=EnquiryStatus.choices)
    due_until = filters.DateFilter(field_name="due_on", lookup_expr="lte")


@extend_schema_view(
    list=extend_schema(summary="List enquiries, newest first"),
    retrieve=extend_schema(summary="Read one enquiry", responses=EnquiryDetail),
)
class Enquiries(PatientReads, ReadMany, ReadOne, Endpoint):
    """Enquiries to the account's teams. One can be sent to any team that takes them."""

    queryset = Enquiry.objects.none()
    serializer_class = EnquiryRow
    whole = EnquiryDetail
    area = "enquiries"
    filterset_class = EnquiryFilters
    lookup_field = "reference"
    lookup_value_regex = REFERENCE

    def get_queryset(self) -> QuerySet[Enquiry]:
        rows = Enquiry.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values("referral__patient_id", *EnquiryRow.columns())
        return rows.select_related("team", "owner", "referral")

    def patient_ids(self, row: Any) -> list[int]:
        """Of one that became a referral, whose it is."""
        if isinstance(row, dict):
            patient = row["referral__patient_id"]
        else:
            patient = row.referral.patient_id if row.referral else None
        return [patient] if patient else []

    @extend_schema(
        operation_id="enquiries_create",
        summary="Ask a team",
        request=EnquiryBody,
        responses={201: EnquiryReceipt},
    )
    def create(self, request: Request) -> Response:
        if request.user.is_machine and throttling.is_too_many_by(request.user):
            raise Throttled(wait=throttling.WINDOW_SECONDS, detail=TOO_MANY)
        body = EnquiryBody(data=request.data)
        body.is_valid(raise_exception=True)
        enquiry = _received(dict(body.validated_data), request.user)
        headers = {}
        if enquiry.team_id in request.user.team_ids():
            headers["Location"] = reverse("api:enquiry-detail", args=[enquiry.reference])
        return Response(EnquiryReceipt(enquiry).data, status=status.HTTP_201_CREATED, headers=headers)


def _received(told: dict[str, Any], by: User) -> Enquiry:
    team = Team.objects.filter(reference_prefix=told.pop("team")).first()
    if team is None:
        raise ValidationError({"team": ["No team has this code. It is what its case references begin with."]})
    consent, case = told.pop("consent"), told.pop("case")
    return receive_enquiry(team=team, details=EnquiryDetails(**told), consent=consent, case=case, by=by)
