"""Shapes that several resources of the MDT room show: a place on a list, and an interval of attendance."""

from typing import Any

from rest_framework import serializers

from accounts.permissions import Competence, Role
from cases.api import EpisodeRow, PatientRow
from config.api import Person, Row
from mdt.models import Attendance, Listing
from mdt.workflow import ListingStatus, ProposalReason, Track


class ListingRow(Row):
    """An episode on a meeting's list, with the question for the MDT."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    meeting = serializers.IntegerField(source="meeting_id")
    position = serializers.IntegerField()
    track = serializers.ChoiceField(Track.choices)
    status = serializers.ChoiceField(ListingStatus.choices)
    case = serializers.CharField(source="episode.case.reference")
    episode = EpisodeRow()
    patient = PatientRow(source="episode.case.patient")
    question = serializers.CharField()
    responsible = Person(allow_null=True)
    urgency = serializers.CharField(
        allow_blank=True, help_text="urgent or routine; empty where it was listed before this was asked"
    )
    guest = serializers.CharField(allow_blank=True)
    minutes = serializers.IntegerField(
        allow_null=True, help_text="Where the case needs other than the team's minutes"
    )
    off_reason = serializers.CharField(allow_blank=True, help_text="Code of why it was put off")
    plan = serializers.IntegerField(source="plan_id", allow_null=True)


class ListingWithDecisions(ListingRow):
    """With the ids of what was decided there."""

    decisions = serializers.ListField(child=serializers.IntegerField(), source="decision_ids")

    def to_representation(self, instance: Listing) -> dict[str, Any]:
        instance.decision_ids = [decision.pk for decision in instance.decisions.all()]
        return super().to_representation(instance)


class DiscussionRow(Row):
    """A time in which the case was discussed."""

    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class RecusalRow(Row):
    """Someone who stepped aside from the case."""

    person = Person()
    interest = serializers.CharField()


class PreparationRow(Row):
    """That the case is prepared for a role."""

    role = serializers.ChoiceField(Role.choices)
    by = Person()
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)


class ListingDetail(ListingWithDecisions):
    """The whole of a place on a list: why and how it came there, who prepared it, when it was discussed."""

    status_reason = serializers.CharField(allow_blank=True)
    source = serializers.ChoiceField(
        ProposalReason.choices, allow_null=True, help_text="Why it was proposed; null: it was put on by hand"
    )
    listed_by = Person()
    gaps_accepted_reason = serializers.CharField(
        allow_blank=True, help_text="Why it is listed with facts missing"
    )
    late_reason = serializers.CharField(allow_blank=True, help_text="Why it was added after the cut-off")
    late_approved_by = Person(allow_null=True)
    standard_confirmed_by = Person(allow_null=True)
    standard_confirmed_at = serializers.DateTimeField(allow_null=True)
    pulled_back_by = Person(allow_null=True)
    pulled_back_reason = serializers.CharField(allow_blank=True)
    discussions = DiscussionRow(many=True)
    recusals = RecusalRow(many=True)
    preparations = PreparationRow(many=True)


class AttendanceRow(Row):
    """One interval in which a person was at the meeting."""

    id = serializers.IntegerField()
    person = Person()
    role = serializers.ChoiceField(Role.choices)
    competences = serializers.ListField(child=serializers.ChoiceField(Competence.choices))
    mode = serializers.ChoiceField(Attendance.Mode.choices)
    deputises_for = Person(allow_null=True)
    arrived_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)
