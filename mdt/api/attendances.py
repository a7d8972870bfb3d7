"""Who was at a meeting, for hospital systems: recorded as they come and go."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission, Role
from audit.workflow import StaleVersion
from config.api import NUMBER, Body, Endpoint, ListFilters, ReadMany, ReadOne, act, makes
from config.api.fields import OPTIONAL, an_id, of_row
from mdt import services
from mdt.api.bodies import meeting_of, member, one_of
from mdt.api.rows import AttendanceRow
from mdt.models import Attendance, Meeting
from mdt.workflow import NotNow

MODES = Attendance.Mode.choices


class AttendanceOfMeeting(AttendanceRow):
    """An interval, with its meeting."""

    meeting = serializers.IntegerField(source="meeting_id")


class ArrivalBody(Body):
    """Who came, in which role, how, and when if it was not just now."""

    meeting = an_id("A meeting's id")
    person = an_id("Id of a member of the team")
    mode = serializers.ChoiceField(MODES, required=False, default=Attendance.Mode.IN_PERSON)
    role = serializers.ChoiceField(
        Role.choices, required=False, allow_blank=True, default="", help_text="Where they hold several"
    )
    deputises_for = an_id("Id of the absent member", **OPTIONAL)
    at = serializers.DateTimeField(**OPTIONAL, help_text="Null: now")
    until = serializers.DateTimeField(**OPTIONAL, help_text="Where they have left already")


class LeavingBody(Body):
    """When somebody left."""

    at = serializers.DateTimeField(**OPTIONAL, help_text="Null: now")


class AttendanceModeBody(LeavingBody):
    """How they are there from then on."""

    mode = serializers.ChoiceField(MODES)


class CorrectionBody(Body):
    """The interval as it was read, and as it was."""

    seen_arrived_at = serializers.DateTimeField()
    seen_left_at = serializers.DateTimeField(allow_null=True)
    arrived_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)


class AttendanceFilters(ListFilters):
    """How a list of attendances may be narrowed."""

    meeting = of_row("meeting_id")
    person = of_row("person_id")
    role = filters.ChoiceFilter(choices=Role.choices)


RECORDS = (Permission.RUN_MEETING, Permission.ATTEND)


@extend_schema_view(
    list=extend_schema(summary="List who was at meetings, newest first"),
    retrieve=extend_schema(summary="Read one interval of attendance"),
)
class Attendances(ReadMany, ReadOne, Endpoint):
    """Who was at meetings of the account's teams."""

    queryset = Attendance.objects.none()
    serializer_class = AttendanceOfMeeting
    area = "meetings"
    filterset_class = AttendanceFilters
    lookup_value_regex = NUMBER
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[Attendance]:
        rows = Attendance.objects.filter(meeting__in=Meeting.objects.visible_to(self.request.user))
        if self.action == "list":
            return rows.values(*AttendanceOfMeeting.columns())
        return rows.select_related("meeting", "person", "deputises_for")

    @makes("Record that a member came", ArrivalBody, by=RECORDS)
    def create(self, told: dict[str, Any]) -> Attendance:
        by = self.request.user
        meeting = meeting_of(by, told.pop("meeting"))
        person = one_of(meeting.team_id, told.pop("person"), "person")
        absent = member(meeting.team_id, told.pop("deputises_for"), "deputises_for")
        return services.record_attendance(meeting=meeting, person=person, deputises_for=absent, by=by, **told)

    @act("Record that somebody left", LeavingBody, by=RECORDS, versioned=False)
    def leave(self, row: Attendance, told: dict[str, Any]) -> None:
        services.record_leaving(attendance=row, by=self.request.user, **told)

    @act(
        "Record that somebody is there in another way; that is an interval of its own",
        AttendanceModeBody,
        by=RECORDS,
        versioned=False,
    )
    def mode(self, row: Attendance, told: dict[str, Any]) -> None:
        services.change_mode(attendance=row, by=self.request.user, **told)

    @act(
        "Correct an interval that was recorded wrongly",
        CorrectionBody,
        by=(Permission.RUN_MEETING,),
        versioned=False,
    )
    def correct(self, row: Attendance, told: dict[str, Any]) -> None:
        try:
            services.correct_attendance(attendance=row, by=self.request.user, **told)
        except StaleVersion as error:
            raise NotNow("Somebody corrected it meanwhile. Read it again, then repeat it.") from error
