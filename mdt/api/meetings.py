"""Meetings for hospital systems: planned, moved through their states, and signed by their chair."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.models import Team
from accounts.permissions import Permission
from config.api import (
    NUMBER,
    Body,
    Endpoint,
    OfTeam,
    PatientReads,
    Person,
    ReadMany,
    ReadOne,
    Row,
    TeamRow,
    Text,
    Whole,
    act,
    makes,
)
from config.api.fields import OPTIONAL, an_id, text
from mdt import services
from mdt.api.bodies import member, one_of
from mdt.api.rows import AttendanceRow, ListingRow, ListingWithDecisions
from mdt.models import Attendance, Decision, Listing, Meeting, MeetingSignature
from mdt.workflow import MeetingStatus


class MeetingRow(Row):
    """A meeting as a list shows it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    team = TeamRow()
    starts_at = serializers.DateTimeField()
    place = serializers.CharField(allow_blank=True)
    is_extra = serializers.BooleanField()
    cut_off_at = serializers.DateTimeField(allow_null=True)
    status = serializers.ChoiceField(MeetingStatus.choices)
    chair = Person(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class SignatureRow(Row):
    """That the chair signed the decisions which stood then."""

    by = Person(source="signed_by")
    at = serializers.DateTimeField()
    decisions = serializers.ListField(child=serializers.IntegerField())


class MeetingDetail(MeetingRow):
    """A meeting with its list, who was there, and the chair's signatures."""

    listings = ListingWithDecisions(many=True)
    attendances = AttendanceRow(many=True)
    signatures = SignatureRow(many=True)


class MeetingBody(Body):
    """A meeting for the team's calendar."""

    team = Text(max_length=5, help_text="Code of the team, as in its case references")
    starts_at = serializers.DateTimeField()
    place = text(200)
    chair = an_id("Id of the member who chairs it", **OPTIONAL)


class MeetingTimeBody(Body):
    """When and where instead; the cut-off moves along."""

    starts_at = serializers.DateTimeField()
    place = Text(max_length=200, allow_blank=True)


class MeetingChairBody(Body):
    """Who chairs it."""

    chair = an_id("Id of a member of the team")


class MeetingSignBody(Body):
    """What is signed."""

    decisions = serializers.ListField(
        child=an_id("A decision's id"),
        max_length=200,
        help_text="Those of the meeting that were read and stand",
    )


class ArrangeBody(Body):
    """The order as it was read."""

    seen = serializers.ListField(
        child=an_id("A listing's id"), max_length=200, help_text="Those on the list, by their place"
    )


class SeenListing(Body):
    """A case as it was read."""

    listing = an_id("A listing's id")
    version = Whole(min_value=1, max_value=2**31 - 1)


class StandardsBody(Body):
    """Which confirmed cases are recorded; one that was changed meanwhile is left."""

    seen = SeenListing(many=True)


class MeetingFilters(OfTeam):
    """How a list of meetings may be narrowed."""

    changes_with = ("attendances", "listings", "listings__recusals", "set_aside")
    status = filters.ChoiceFilter(choices=MeetingStatus.choices)
    starts_from = filters.DateFilter(field_name="starts_at", lookup_expr="date__gte")
    starts_until = filters.DateFilter(field_name="starts_at", lookup_expr="date__lte")


RUNS = (Permission.RUN_MEETING,)
LISTS = (Permission.LIST_CASES,)


@extend_schema_view(
    list=extend_schema(summary="List meetings, newest first"),
    retrieve=extend_schema(summary="Read one meeting with its list", responses=MeetingDetail),
)
class Meetings(PatientReads, ReadMany, ReadOne, Endpoint):
    """Meetings of the account's teams."""

    queryset = Meeting.objects.none()
    serializer_class = MeetingRow
    whole = MeetingDetail
    area = "meetings"
    filterset_class = MeetingFilters
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[Meeting]:
        user = self.request.user
        meetings = Meeting.objects.visible_to(user)
        if self.action == "list":
            return meetings.values(*MeetingRow.columns())
        listings = (
            Listing.objects.visible_to(user)
            .select_related("episode__case__patient", "responsible")
            .only(*ListingRow.columns())
            .prefetch_related(Prefetch("decisions", Decision.objects.only("id", "listing").order_by("id")))
            .order_by("position", "id")
        )
        return meetings.select_related("team", "chair").prefetch_related(
            Prefetch("listings", listings),
            Prefetch("attendances", Attendance.objects.select_related("person", "deputises_for")),
            Prefetch("signatures", MeetingSignature.objects.select_related("signed_by")),
        )

    def patient_ids(self, row: Any) -> list[int]:
        if self.action == "list":
            return []
        return [listing.episode.case.patient_id for listing in row.listings.all()]

    @makes("Plan a meeting", MeetingBody, by=LISTS)
    def create(self, told: dict[str, Any]) -> Meeting:
        by = self.request.user
        team = Team.objects.filter(pk__in=by.team_ids(), reference_prefix=told.pop("team")).first()
        if team is None:
            raise ValidationError({"team": ["No team of yours has this code."]})
        chair = member(team.pk, told.pop("chair"), "chair")
        return services.plan_meeting(team=team, chair=chair, by=by, **told)

    @act("Change when and where a meeting is", MeetingTimeBody, by=RUNS)
    def change(self, meeting: Meeting, told: dict[str, Any]) -> None:
        services.change_meeting(meeting=meeting, by=self.request.user, **told)

    @act("Name who chairs a meeting", MeetingChairBody, by=RUNS)
    def chair(self, meeting: Meeting, told: dict[str, Any]) -> None:
        chair = one_of(meeting.team_id, told.pop("chair"), "chair")
        services.set_chair(meeting=meeting, chair=chair, by=self.request.user, **told)

    @act("Close a meeting's list", by=RUNS)
    def close(self, meeting: Meeting, told: dict[str, Any]) -> None:
        self._move(meeting, told, MeetingStatus.CLOSED_FOR_LISTING)

    @act("Open a meeting's list again", by=RUNS)
    def reopen(self, meeting: Meeting, told: dict[str, Any]) -> None:
        self._move(meeting, told, MeetingStatus.PLANNED)

    @act("Open a meeting's session", by=RUNS)
    def open(self, meeting: Meeting, told: dict[str, Any]) -> None:
        self._move(meeting, told, MeetingStatus.IN_SESSION)

    @act("End a meeting's session", by=RUNS)
    def end(self, meeting: Meeting, told: dict[str, Any]) -> None:
        self._move(meeting, told, MeetingStatus.OUTCOMES_TO_FINISH)

    @act("Finish a meeting", by=RUNS)
    def finish(self, meeting: Meeting, told: dict[str, Any]) -> None:
        self._move(meeting, told, MeetingStatus.FINISHED)

    @act("Cancel a meeting", by=RUNS)
    def cancel(self, meeting: Meeting, told: dict[str, Any]) -> None:
        self._move(meeting, told, MeetingStatus.CANCELLED)

    def _move(self, meeting: Meeting, told: dict[str, Any], to: MeetingStatus) -> None:
        services.move_meeting(meeting=meeting, version=told["version"], to=to, by=self.request.user)

    @act("Sign a meeting's outcomes as its chair", MeetingSignBody, by=(Permission.SEE_CASES,))
    def sign(self, meeting: Meeting, told: dict[str, Any]) -> None:
        services.sign_outcomes(
            meeting=meeting, version=told["version"], seen=told["decisions"], by=self.request.user
        )

    @act("Put a meeting's list into the proposed order", ArrangeBody, by=LISTS, versioned=False)
    def arrange(self, meeting: Meeting, told: dict[str, Any]) -> None:
        services.arrange_list(meeting=meeting, seen=told["seen"], by=self.request.user)

    @act(
        "Record the cases whose standard of care is confirmed",
        StandardsBody,
        by=(Permission.RUN_MEETING, Permission.RECORD_DECISION),
        versioned=False,
    )
    def record_standards(self, meeting: Meeting, told: dict[str, Any]) -> None:
        seen = {each["listing"]: each["version"] for each in told["seen"]}
        services.record_standards(meeting=meeting, seen=seen, by=self.request.user)
