"""Follow-up schedules for hospital systems: proposed by the service, confirmed, changed or refused by clinicians."""

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
    Whole,
    act,
    makes,
)
from config.api.fields import day, text
from followup import schedules, services
from followup.api import named
from followup.models import ReviewKind, ReviewSchedule, ScheduleEnd, ScheduleStatus
from followup.schedules import LONGEST_MONTHS, Phase
from followup.services.reviewing.schedules import NOTE

PATIENT = "episode__case__patient_id"
FOLLOWS_UP = "follows up cases"
MOST_PHASES = 6
"""As many as the page of a schedule shows."""
BY_HAND = [each for each in ScheduleEnd.choices if each[0] in services.BY_HAND]


class PhaseShape(serializers.Serializer[Any]):
    """A stretch of follow-up, in whole months since `from_on`."""

    until_months = serializers.IntegerField(allow_null=True, help_text="Null: for life")
    every_months = serializers.IntegerField()
    kinds = serializers.ListField(
        child=serializers.ChoiceField(ReviewKind.choices), help_text="The review, then its imaging"
    )
    imaging_every_months = serializers.IntegerField(required=False, allow_null=True)


class ScheduleRow(Row):
    """How often a patient is looked at after treatment."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    patient = PatientRow(source="episode.case.patient")
    plan = serializers.IntegerField(
        source="plan_id", allow_null=True, help_text="Whose treatment was finished"
    )
    pathway = serializers.CharField(help_text="Its row in the table of schedules")
    edition = serializers.CharField(help_text="Of the table from which it was proposed")
    status = serializers.ChoiceField(ScheduleStatus.choices)
    from_on = serializers.DateField(help_text="Months count from this day")
    responsible = Person(allow_null=True)
    proposed_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    ended_reason = serializers.ChoiceField(ScheduleEnd.choices, allow_null=True)
    ended_on = serializers.DateField(allow_null=True)


class ScheduleDetail(ScheduleRow):
    """A schedule with its phases."""

    phases = PhaseShape(many=True)
    note = serializers.CharField(allow_blank=True, help_text="Why it was changed, or is not wanted")
    confirmed_by = Person(allow_null=True)


def _months(**more: Any) -> Whole:
    return Whole(min_value=1, max_value=LONGEST_MONTHS, **more)


class PhaseBody(Body):
    """A stretch of follow-up, in whole months."""

    until_months = _months(required=False, allow_null=True, default=None, help_text="Null: for life")
    every_months = _months()
    kinds = serializers.ListField(
        child=serializers.ChoiceField(ReviewKind.choices),
        max_length=len(ReviewKind),
        help_text="The review, then its imaging",
    )
    imaging_every_months = _months(required=False, allow_null=True, default=None)


class ScheduleDetailsBody(Body):
    """What a clinician confirms."""

    from_on = serializers.DateField()
    phases = PhaseBody(many=True, max_length=MOST_PHASES)
    responsible = named.person_field(FOLLOWS_UP)
    note = text(NOTE, "Why it differs from what was proposed, or is changed")


class ScheduleConfirmBody(ScheduleDetailsBody):
    """What a clinician confirms, and the first review where none is planned."""

    first_on = day()


class ScheduleSetUpBody(Body):
    """Which schedule, counted from when: for a case that came to follow-up without a plan."""

    case = named.case_field()
    pathway = Text(max_length=40, help_text=f"Its key in the table of schedules, or `{schedules.OWN}`")
    from_on = serializers.DateField(help_text="End of the definitive treatment")


class ScheduleRefuseBody(Body):
    """Why it is not wanted."""

    reason = Text(max_length=NOTE)


class ScheduleEndBody(Body):
    """How follow-up ends."""

    reason = serializers.ChoiceField(BY_HAND)
    note = text(NOTE)


class ScheduleFilters(ListFilters):
    """How a list of schedules may be narrowed."""

    status = filters.ChoiceFilter(choices=ScheduleStatus.choices)
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)


CONFIRMS = (Permission.CONFIRM_SCHEDULE,)


@extend_schema_view(
    list=extend_schema(summary="List follow-up schedules, newest first"),
    retrieve=extend_schema(summary="Read one follow-up schedule", responses=ScheduleDetail),
)
class Schedules(PatientReads, ReadMany, ReadOne, Endpoint):
    """Follow-up schedules of the cases of the account's teams."""

    queryset = ReviewSchedule.objects.none()
    serializer_class = ScheduleRow
    whole = ScheduleDetail
    area = "reviews"
    filterset_class = ScheduleFilters
    lookup_value_regex = NUMBER
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[ReviewSchedule]:
        rows = ReviewSchedule.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *ScheduleRow.columns())
        return rows.select_related("episode__case__patient", "responsible", "confirmed_by")

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]

    @makes("Set up follow-up for a case without a plan", ScheduleSetUpBody, by=CONFIRMS)
    def create(self, told: dict[str, Any]) -> ReviewSchedule:
        episode = named.episode_of(told.pop("case"), self.request.user)
        return services.set_up_schedule(episode=episode, by=self.request.user, **told)

    @act("Confirm a proposed schedule", ScheduleConfirmBody, by=CONFIRMS)
    def confirm(self, schedule: ReviewSchedule, told: dict[str, Any]) -> None:
        version = told.pop("version")
        details = _details(schedule, told)
        services.confirm_schedule(schedule=schedule, version=version, details=details, by=self.request.user)

    @act("Change a confirmed schedule", ScheduleDetailsBody, by=CONFIRMS)
    def change(self, schedule: ReviewSchedule, told: dict[str, Any]) -> None:
        version = told.pop("version")
        details = _details(schedule, told)
        services.change_schedule(schedule=schedule, version=version, details=details, by=self.request.user)

    @act("Say that a proposed schedule is not wanted", ScheduleRefuseBody, by=CONFIRMS)
    def refuse(self, schedule: ReviewSchedule, told: dict[str, Any]) -> None:
        services.refuse_schedule(schedule=schedule, by=self.request.user, **told)

    @act("End follow-up", ScheduleEndBody, by=CONFIRMS)
    def end(self, schedule: ReviewSchedule, told: dict[str, Any]) -> None:
        services.end_schedule(schedule=schedule, by=self.request.user, **told)


def _details(schedule: ReviewSchedule, told: dict[str, Any]) -> services.ScheduleDetails:
    team = schedule.episode.case.team_id
    person = named.person_of(team, told["responsible"], Permission.PLAN_REVIEW, "responsible", FOLLOWS_UP)
    phases = tuple(Phase(**each | {"kinds": tuple(each["kinds"])}) for each in told["phases"])
    return services.ScheduleDetails(**told | {"responsible": person, "phases": phases})
