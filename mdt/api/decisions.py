"""Decisions for hospital systems; a referring clinician reads the outcome of own patients."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission
from cases.api import PatientRow
from config.api import (
    NUMBER,
    Endpoint,
    ListFilters,
    PatientReads,
    Person,
    ReadMany,
    ReadOne,
    Row,
    act,
    makes,
    with_many,
)
from mdt import services
from mdt.api.bodies import member, one_of
from mdt.api.deciding import (
    DecisionBody,
    DissentBody,
    RatificationRefusalBody,
    RatifyBody,
    TellingBody,
    decided,
)
from mdt.checklist import WORDS
from mdt.models import Decision, RatificationRefusal, Telling
from mdt.outcome_codes import Relation, codings
from mdt.workflow import DecisionKind, NotNow, Outcome
from treatments.api import TreatmentRow
from treatments.guidance.vocabulary import INTENTS, VERDICTS
from treatments.models import Treatment
from trials.models import MatchResult

PATIENT = "case__patient_id"


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

    id = serializers.IntegerField()
    by = Person(source="refused_by")
    reason = serializers.CharField()


class DissentRow(Row):
    """A member's disagreement."""

    person = Person()
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class TellingRow(Row):
    """That the patient was told, and what they chose."""

    told_by = Person()
    told_on = serializers.DateField()
    how = serializers.ChoiceField(Telling.How.choices)
    benefits_discussed = serializers.BooleanField()
    side_effects_discussed = serializers.BooleanField()
    choice = serializers.ChoiceField(Telling.Choice.choices)
    decide_by_on = serializers.DateField(allow_null=True)
    questions = serializers.CharField(allow_blank=True)


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

    def to_representation(self, instance: Decision | dict[str, Any]) -> dict[str, Any]:
        if isinstance(instance, dict):
            return super().to_representation(instance | {"outcome_coding": codings(instance["outcome"])})
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
    replaced_by = serializers.IntegerField(source="later", allow_null=True, required=False)
    recorded_by = Person(required=False)
    asked = serializers.ListField(child=serializers.DictField(), required=False)
    dissents = DissentRow(many=True, required=False)
    tellings = TellingRow(many=True, required=False)

    def to_representation(self, instance: Decision) -> dict[str, Any]:
        later = getattr(instance, "replaced_by", None)
        instance.later = later and later.pk
        return super().to_representation(instance)


class DecisionFilters(ListFilters):
    """How a list of decisions may be narrowed."""

    changes_with = ("dissents", "tellings", "replaced_by", "ratified_by")
    case = filters.CharFilter(field_name="case__reference", max_length=20)
    kind = filters.ChoiceFilter(choices=DecisionKind.choices)
    outcome = filters.ChoiceFilter(choices=Outcome.choices)
    recorded_from = filters.DateFilter(field_name="recorded_at", lookup_expr="date__gte")
    recorded_until = filters.DateFilter(field_name="recorded_at", lookup_expr="date__lte")


DECIDES = (Permission.RECORD_DECISION,)


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
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[Decision]:
        user = self.request.user
        self.own_teams = set(user.team_ids())
        decisions = Decision.objects.visible_to(user)
        if user.referring_as():
            decisions = decisions.filter(Q(case__team__in=self.own_teams) | Q(replaced_by__isnull=True))
        if self.action == "list":
            told = decisions.annotate(refusal_told__on=TruncDate("refusal__at"))
            return told.values(PATIENT, "plan_id", *DecisionRow.columns())
        people = ("responsible", "tells_patient", "refusal__refused_by", "to_ratify_by", "recorded_by")
        rows = ("case__patient", "plan", "listing", "episode", "check_made", "replaced_by")
        return decisions.select_related(*rows, *people).prefetch_related(
            "plan__treatments", "dissents__person", "tellings__told_by"
        )

    def paginate_queryset(self, queryset: QuerySet[Decision]) -> Any:
        page = super().paginate_queryset(queryset)
        lines = Treatment.objects.order_by("position")
        with_many(page, "treatments", TreatmentRow, lines, of="plan_id", key="plan_id")
        return page

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The whole decision only for one of an own team's case."""
        row = args[0] if args else None
        whole = isinstance(row, Decision) and row.case.team_id in self.own_teams
        return (DecisionDetail if whole else DecisionRow)(*args, **kwargs)

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.case.patient_id]

    @makes("Record a decision, at a meeting or urgently", DecisionBody, by=DECIDES)
    def create(self, told: dict[str, Any]) -> Decision:
        return decided(told, self.request.user)

    @act(
        "Ratify a provisional decision; a new one stands in its place",
        RatifyBody,
        by=DECIDES,
        versioned=False,
    )
    def ratify(self, decision: Decision, told: dict[str, Any]) -> None:
        to_ratify_by = member(self._team(decision), told.pop("to_ratify_by"), "to_ratify_by")
        try:
            services.ratify_decision(
                decision=decision, to_ratify_by=to_ratify_by, by=self.request.user, **told
            )
        except services.DecisionRefused as error:
            raise NotNow(str(error)) from error

    @act("Refuse to ratify a provisional decision", RatificationRefusalBody, by=DECIDES, versioned=False)
    def refuse(self, decision: Decision, told: dict[str, Any]) -> None:
        self._team(decision)
        services.refuse_to_ratify(decision=decision, by=self.request.user, **told)

    @act("Record that a member disagrees", DissentBody, by=(Permission.DISSENT,), versioned=False)
    def dissent(self, decision: Decision, told: dict[str, Any]) -> None:
        person = one_of(self._team(decision), told["person"], "person")
        details = services.DissentDetails(person, told["reason"])
        services.record_dissent(decision=decision, dissent=details, by=self.request.user)

    @act(
        "Record what the patient was told and chose",
        TellingBody,
        by=(Permission.TELL_PATIENT,),
        versioned=False,
    )
    def tell(self, decision: Decision, told: dict[str, Any]) -> None:
        told_by = one_of(self._team(decision), told.pop("told_by"), "told_by")
        services.record_telling(decision=decision, told_by=told_by, by=self.request.user, **told)

    def _team(self, decision: Decision) -> int:
        """Of an own team's decision; a referring clinician reads theirs and changes nothing."""
        if decision.case.team_id not in self.own_teams:
            raise PermissionDenied("This decision is another team's.")
        return decision.case.team_id
