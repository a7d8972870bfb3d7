"""What may fit whom, for hospital systems: matches, a case with every open trial, and answers to open questions."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import Permission, Role
from cases.api import PatientRow
from cases.models import Case
from config.api import (
    NUMBER,
    REFERENCE,
    Body,
    Endpoint,
    ListFilters,
    Pages,
    PatientReads,
    Person,
    ReadMany,
    ReadOne,
    Row,
    Text,
    act,
    makes,
)
from config.api.fields import OPTIONAL, an_id, of_row
from trials.criteria.judging import Judged, Outcome
from trials.criteria.tree import QUESTIONS
from trials.models import Answer, Match, MatchResult, ScreeningAnswer, Trial
from trials.models.match import MatchQuerySet
from trials.referral_api import TrialName
from trials.services import matching, screening
from trials.services.screening import LONGEST_NOTE
from trials.standing import standing, with_standing

PATIENT = "episode__case__patient_id"
EPISODE = ("case_id", "number", "facts", "fact_sources", "case__reference", "case__patient_id")
LONGEST_QUESTION = 80


class ReasonRow(Row):
    """A criterion that excludes, with what the record says to it."""

    says = serializers.CharField()
    saw = serializers.CharField(allow_blank=True)
    on = serializers.DateField(allow_null=True)


class OpenPoint(Row):
    """A fact that is lacking, or a question that nobody answered."""

    says = serializers.CharField(help_text="In words")
    owed_by = serializers.ChoiceField(Role.choices, allow_null=True, help_text="The role that owes it")
    question = serializers.CharField(
        allow_null=True, help_text="Under which it is answered; null: a fact, recorded in the case"
    )
    fact = serializers.CharField(allow_null=True)
    is_alternative = serializers.BooleanField(help_text="One of several ways to meet the same criterion")


class Judgement(Row):
    """What the record says to the criteria, now. Never "eligible": that is the trial team's word."""

    result = serializers.ChoiceField(
        MatchResult.choices, allow_null=True, help_text="Null: nobody has structured the criteria"
    )
    met = serializers.IntegerField(help_text="Criteria that are met")
    unknown = serializers.IntegerField(help_text="Facts and answers that would settle it")
    open_points = OpenPoint(many=True)
    reasons = ReasonRow(many=True, help_text="Why it is excluded")


class MatchRow(Row):
    """A trial that is open and may fit the current episode of a case."""

    id = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    patient = PatientRow(source="episode.case.patient")
    trial = TrialName()
    found_at = serializers.DateTimeField(help_text="When matching found it so")
    criteria_number = serializers.IntegerField(help_text="The version of the criteria")
    now = Judgement(source="judged")


class TrialOfCase(Row):
    """An open trial with what the record says to it."""

    trial = TrialName()
    ask_first = serializers.ListField(
        source="standing",
        child=serializers.CharField(),
        help_text="Why the register's entry is to be doubted",
    )
    now = Judgement(source="judged")


class CaseTrialsRow(Row):
    """A case with every open trial, what is worth asking first."""

    case = serializers.CharField(source="reference")
    episode = serializers.IntegerField(source="current_episode.number", allow_null=True)
    patient = PatientRow()
    is_matched = serializers.BooleanField(help_text="False of a closed case, or after a death: no trial then")
    trials = TrialOfCase(many=True)


class ScreeningAnswerRow(Row):
    """What a person answered; the newest by its date counts, of those that nobody took back."""

    id = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    patient = PatientRow(source="episode.case.patient")
    trial = TrialName(allow_null=True, help_text="Null: a question that any trial can ask")
    question = serializers.CharField()
    answer = serializers.ChoiceField(Answer.choices)
    on = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    recorded_by = Person()
    recorded_at = serializers.DateTimeField()
    withdrawn_by = Person(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class ScreeningAnswerBody(Body):
    """An answer to an open point that has a `question`."""

    case = Text(max_length=20, help_text="Its reference; the answer is about the current episode")
    trial = an_id(
        f"Its id in the register; left out of what any trial can ask: {', '.join(QUESTIONS)}", **OPTIONAL
    )
    question = Text(max_length=LONGEST_QUESTION)
    answer = serializers.ChoiceField(Answer.choices)
    on = serializers.DateField()
    note = Text(
        max_length=LONGEST_NOTE, required=False, allow_blank=True, default="", help_text="How it is known"
    )
    corrects = serializers.BooleanField(
        required=False, default=False, help_text="None of what was answered before counts any more"
    )


SHOWN = (
    *("unknown", "met", "found_at", "criteria_number"),
    *(f"episode__{each}" for each in EPISODE),
    *(f"episode__case__patient__{each}" for each in PatientRow.columns()),
    *(f"trial__{each}" for each in TrialName.columns()),
)


class MatchFilters(ListFilters):
    """How a list of matches may be narrowed."""

    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    trial = of_row("trial_id")
    team = filters.CharFilter(
        field_name="episode__case__team__reference_prefix",
        max_length=5,
        help_text="Code of the team, as in its references",
    )

    def changed(self, queryset: MatchQuerySet, name: str, since: Any) -> MatchQuerySet:
        """A match is what was worked out, and has no events of its own."""
        return queryset.filter(found_at__gte=since)


class AnswerFilters(ListFilters):
    """How a list of answers may be narrowed."""

    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    trial = of_row("trial_id")


class ByWorth(Pages):
    """What is worth asking first: little that is lacking, much that is met."""

    ordering = "place"


@extend_schema_view(
    list=extend_schema(summary="List which open trials may fit whom, what is worth asking first"),
    retrieve=extend_schema(summary="Read one match", responses=MatchRow),
)
class Matches(PatientReads, ReadMany, ReadOne, Endpoint):
    """Open trials that may fit the cases of the account's teams, explained on what is recorded now."""

    queryset = Match.objects.none()
    serializer_class = MatchRow
    area = "trials"
    filterset_class = MatchFilters
    pagination_class = ByWorth
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[Match]:
        rows = Match.objects.visible_to(self.request.user).still().with_criteria().with_place()
        return rows.select_related("episode__case__patient", "trial").only(*SHOWN)

    def saw(self, rows: Iterable[Any]) -> None:
        rows = list(rows)
        super().saw(rows)
        outcomes = matching.explain_pairs(rows)
        for row in rows:
            row.judged = _Judged(outcomes.get(row.pk))

    def patient_ids(self, row: Match) -> list[int]:
        return [row.episode.case.patient_id]


@extend_schema_view(
    retrieve=extend_schema(
        summary="Read what the record of a case says to every open trial", responses=CaseTrialsRow
    )
)
class CaseTrials(PatientReads, ReadOne, Endpoint):
    """A case of the account's teams with every open trial: what may fit, and why others do not."""

    queryset = Case.objects.none()
    serializer_class = CaseTrialsRow
    area = "trials"
    lookup_field = "reference"
    lookup_value_regex = REFERENCE

    def get_queryset(self) -> QuerySet[Case]:
        rows = Case.objects.in_teams_of(self.request.user)
        return rows.select_related("patient", "current_episode")

    def get_object(self) -> Any:
        case = super().get_object()
        case.is_matched = matching.is_matched(case)
        case.trials = _trials_of(case, self.request.user) if case.is_matched else []
        return case

    def patient_ids(self, row: Case) -> list[int]:
        return [row.patient_id]


@extend_schema_view(
    list=extend_schema(summary="List answers to what trials ask, newest first"),
    retrieve=extend_schema(summary="Read one answer", responses=ScreeningAnswerRow),
)
class ScreeningAnswers(PatientReads, ReadMany, ReadOne, Endpoint):
    """Answers of people to what trials ask and the record does not say."""

    queryset = ScreeningAnswer.objects.none()
    serializer_class = ScreeningAnswerRow
    area = "trials"
    filterset_class = AnswerFilters
    lookup_value_regex = NUMBER
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[ScreeningAnswer]:
        rows = ScreeningAnswer.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *ScreeningAnswerRow.columns())
        return rows.select_related("episode__case__patient", "trial", "recorded_by", "withdrawn_by")

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]

    @makes("Answer what a trial asks", ScreeningAnswerBody, by=(Permission.ANSWER_SCREENING,))
    def create(self, told: dict[str, Any]) -> ScreeningAnswer:
        return _answered(told, self.request.user)

    @act("Take an answer back", by=(Permission.ANSWER_SCREENING,), versioned=False)
    def withdraw(self, row: ScreeningAnswer, told: dict[str, Any]) -> None:
        screening.withdraw_answer(answer=row, by=self.request.user)


class _Judged:
    """An outcome as it is shown; of a trial without criteria, nothing."""

    def __init__(self, outcome: Outcome | None) -> None:
        self.result = outcome and outcome.result
        self.met = outcome.met if outcome else 0
        self.unknown = outcome.unknown if outcome else 0
        self.reasons = outcome.reasons if outcome else ()
        self.open_points = [_Point(each) for each in screening.open_points(outcome)] if outcome else []


class _Point:
    """A judged criterion that is not known, in words."""

    def __init__(self, judged: Judged) -> None:
        self.says, self.owed_by = screening.says(judged), judged.owed_by
        self.question, self.fact = judged.question or None, judged.fact or None
        self.is_alternative = judged.is_alternative


class _OfCase:
    """One trial beside a case."""

    def __init__(self, trial: Trial, outcome: Outcome | None) -> None:
        self.trial, self.judged, self.standing = trial, _Judged(outcome), standing(trial)


def _trials_of(case: Case, by: User) -> list[_OfCase]:
    """In the order of the case's page: what may fit, what may fit if, what is excluded, what nobody structured."""
    shown = with_standing(Trial.objects.visible_to(by)).open().defer("eligibility", "summary")
    explained = matching.explain_all(case.current_episode, shown)
    ordered = [each for rows in matching.by_result(explained).values() for each in rows]
    ordered += [each for each in explained if each.outcome is None]
    return [_OfCase(each.trial, each.outcome) for each in ordered]


def _answered(told: dict[str, Any], by: User) -> ScreeningAnswer:
    case = Case.objects.in_teams_of(by).filter(reference=told.pop("case")).first()
    if case is None or case.current_episode is None:
        words = "No case of your teams with a current episode has this reference."
        raise ValidationError({"case": [words]})
    pk = told.pop("trial")
    trial = None if pk is None else Trial.objects.visible_to(by).filter(pk=pk).first()
    if pk is not None and trial is None:
        raise ValidationError({"trial": ["No trial of the register has this id."]})
    return screening.answer_question(episode=case.current_episode, trial=trial, by=by, **told)
