"""Meetings and decisions for hospital systems; a referring clinician reads the outcome of own patients."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Competence, Permission, Role
from cases.api import EpisodeRow, PatientRow
from config.api import (
    NUMBER,
    Endpoint,
    ListFilters,
    OfTeam,
    PatientReads,
    Person,
    ReadMany,
    ReadOne,
    Row,
    TeamRow,
)
from mdt.checklist import WORDS
from mdt.models import Attendance, Decision, Listing, Meeting, RatificationRefusal
from mdt.outcome_codes import Relation, codings
from mdt.workflow import DecisionKind, ListingStatus, MeetingStatus, Outcome, Track
from treatments.api import TreatmentRow
from treatments.guidance.vocabulary import INTENTS, VERDICTS
from trials.models import MatchResult


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


class ListingRow(Row):
    """An episode on a meeting's list, with the question for the MDT."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
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
    decisions = serializers.ListField(child=serializers.IntegerField(), source="decision_ids")

    def to_representation(self, instance: Listing) -> dict[str, Any]:
        instance.decision_ids = [decision.pk for decision in instance.decisions.all()]
        return super().to_representation(instance)


class AttendanceRow(Row):
    """One interval in which a person was at the meeting."""

    person = Person()
    role = serializers.ChoiceField(Role.choices)
    competences = serializers.ListField(child=serializers.ChoiceField(Competence.choices))
    mode = serializers.ChoiceField(Attendance.Mode.choices)
    deputises_for = Person(allow_null=True)
    arrived_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)


class MeetingDetail(MeetingRow):
    """A meeting with its list and who was there."""

    listings = ListingRow(many=True)
    attendances = AttendanceRow(many=True)


class MeetingFilters(OfTeam):
    """How a list of meetings may be narrowed."""

    status = filters.ChoiceFilter(choices=MeetingStatus.choices)
    starts_from = filters.DateFilter(field_name="starts_at", lookup_expr="date__gte")
    starts_until = filters.DateFilter(field_name="starts_at", lookup_expr="date__lte")


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
            .defer("episode__facts", "episode__fact_sources")
            .prefetch_related(Prefetch("decisions", Decision.objects.only("id", "listing").order_by("id")))
            .order_by("position", "id")
        )
        return meetings.select_related("team", "chair").prefetch_related(
            Prefetch("listings", listings),
            Prefetch("attendances", Attendance.objects.select_related("person", "deputises_for")),
        )

    def patient_ids(self, row: Any) -> list[int]:
        if self.action == "list":
            return []
        return [listing.episode.case.patient_id for listing in row.listings.all()]


class CodingRow(Row):
    """A code for an outcome: our own first, then the published ones that come near it."""

    system = serializers.URLField()
    version = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    display = serializers.CharField()
    relation = serializers.ChoiceField(
        [each.value for each in Relation],
        help_text="What the code is to the outcome, in the words of FHIR R4's ConceptMap",
    )


class RefusedRow(Row):
    """That a provisional decision was not ratified, so that the case is discussed again."""

    on = serializers.DateField()

    def to_representation(self, instance: RatificationRefusal) -> dict[str, Any]:
        instance.on = timezone.localdate(instance.at)
        return super().to_representation(instance)


class RefusedDetail(RefusedRow):
    """With who refused, and why."""

    by = Person(source="refused_by")
    reason = serializers.CharField()


class DecisionRow(Row):
    """What was decided. What a referring clinician reads of own patients ends with `treatments`."""

    id = serializers.IntegerField()
    case = serializers.CharField(source="case.reference")
    patient = PatientRow(source="case.patient")
    recorded_at = serializers.DateTimeField()
    kind = serializers.ChoiceField(DecisionKind.choices)
    outcome = serializers.ChoiceField(Outcome.choices)
    outcome_coding = CodingRow(many=True)
    rationale = serializers.CharField(allow_blank=True)
    is_quorate = serializers.BooleanField()
    responsible = Person(allow_null=True)
    tells_patient = Person(allow_null=True)
    tell_by_on = serializers.DateField(allow_null=True)
    refused = RefusedRow(source="refusal_told", allow_null=True)
    treatments = TreatmentRow(source="planned", many=True)

    def to_representation(self, instance: Decision) -> dict[str, Any]:
        instance.refusal_told = getattr(instance, "refusal", None)
        instance.planned = instance.plan.treatments.all() if instance.plan else []
        instance.outcome_coding = codings(instance.outcome)
        return super().to_representation(instance)


class TrialConsidered(Row):
    """A trial of the register that was considered, as it stood then."""

    trial = serializers.IntegerField(help_text="Its id in the register")
    name = serializers.CharField()
    number = serializers.CharField()
    result = serializers.ChoiceField(
        [each for each in MatchResult.choices if each[0] != MatchResult.EXCLUDED]
    )


class DecisionDetail(DecisionRow):
    """The whole of a decision; what follows `treatments` is left out for a referring clinician.

    Of a refusal to ratify they read the day alone.
    """

    refused = RefusedDetail(source="refusal_told", allow_null=True)
    meeting = serializers.IntegerField(source="listing.meeting_id", allow_null=True, required=False)
    episode = serializers.IntegerField(source="episode.number", required=False)
    options_considered = serializers.CharField(allow_blank=True, required=False)
    intent = serializers.ChoiceField(list(INTENTS), allow_null=True, required=False)
    covered = serializers.ListField(
        child=serializers.ChoiceField(list(WORDS)),
        required=False,
        help_text="What the discussion covered; empty where nobody filled it in",
    )
    no_decision_reason = serializers.CharField(allow_blank=True, required=False)
    trial_considered = serializers.CharField(required=False)
    trial_note = serializers.CharField(allow_blank=True, required=False)
    trials_considered = TrialConsidered(many=True, required=False)
    plan = serializers.IntegerField(source="plan_id", allow_null=True, required=False)
    verdict = serializers.ChoiceField(
        list(VERDICTS), source="check_made.verdict", allow_null=True, required=False
    )
    present = serializers.ListField(child=serializers.DictField(), required=False)
    recused = serializers.ListField(child=serializers.DictField(), required=False)
    quorum_rule = serializers.DictField(required=False)
    to_ratify_by = Person(allow_null=True, required=False)
    ratify_by_on = serializers.DateField(allow_null=True, required=False)
    ratifies = serializers.IntegerField(source="ratifies_id", allow_null=True, required=False)
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True, required=False)
    recorded_by = Person(required=False)


class DecisionFilters(ListFilters):
    """How a list of decisions may be narrowed."""

    case = filters.CharFilter(field_name="case__reference", max_length=20)
    kind = filters.ChoiceFilter(choices=DecisionKind.choices)
    outcome = filters.ChoiceFilter(choices=Outcome.choices)
    recorded_from = filters.DateFilter(field_name="recorded_at", lookup_expr="date__gte")
    recorded_until = filters.DateFilter(field_name="recorded_at", lookup_expr="date__lte")


@extend_schema_view(
    list=extend_schema(summary="List decisions, newest first"),
    retrieve=extend_schema(summary="Read one decision", responses=DecisionDetail),
)
class Decisions(PatientReads, ReadMany, ReadOne, Endpoint):
    """Decisions on the cases of the account's teams; for a referring clinician, the standing ones on own patients."""

    queryset = Decision.objects.none()
    serializer_class = DecisionRow
    area = "decisions"
    filterset_class = DecisionFilters
    lookup_value_regex = NUMBER
    opened_by_default = (Permission.SEE_CASES, Permission.SEE_OWN_OUTCOMES)

    def get_queryset(self) -> QuerySet[Decision]:
        user = self.request.user
        self.own_teams = set(user.team_ids())
        decisions = (
            Decision.objects.visible_to(user)
            .filter(Q(case__team__in=self.own_teams) | Q(replaced_by__isnull=True))
            .select_related("case__patient", "plan", "responsible", "tells_patient", "refusal__refused_by")
            .prefetch_related("plan__treatments")
        )
        if self.action == "list":
            return decisions
        return decisions.select_related("listing", "episode", "check_made", "to_ratify_by", "recorded_by")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The whole decision only for one of an own team's case."""
        row = args[0] if args else None
        whole = isinstance(row, Decision) and row.case.team_id in self.own_teams
        return (DecisionDetail if whole else DecisionRow)(*args, **kwargs)

    def patient_ids(self, row: Decision) -> list[int]:
        return [row.case.patient_id]
