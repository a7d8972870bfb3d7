"""Cases for hospital systems: who, what is known and from where, the stage of each episode."""

from typing import Any

from django.db.models import Model, Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission
from audit.models import Event
from cases import services, stage_words
from cases.api.named import person_of
from cases.models import Case, Episode, HospitalNumber, Staging
from cases.models.case import EpisodeKind
from cases.models.patient import Sex
from cases.models.staging import Basis
from cases.workflow import CaseStatus, ClosedReason
from config.api import (
    REFERENCE,
    Body,
    Endpoint,
    OfTeam,
    OrganisationRow,
    PatientReads,
    Person,
    ReadMany,
    ReadOne,
    Row,
    TeamRow,
    Text,
    act,
)
from config.api.fields import Code, an_id, day

CHANGES = (Permission.CHANGE_CASE,)
PEOPLE = ("key_worker", "responsible_consultant")
LATER = [each for each in EpisodeKind.choices if each[0] != EpisodeKind.PRIMARY]
HELD = (*PEOPLE, "patient_knows", "patient_wants")


class PatientRow(Row):
    """A person; a registry's patient may have neither name nor NHS number."""

    id = serializers.IntegerField()
    nhs_number = serializers.CharField(allow_null=True)
    family_name = serializers.CharField(allow_blank=True)
    given_name = serializers.CharField(allow_blank=True)
    birth_on = serializers.DateField(allow_null=True)
    sex = serializers.ChoiceField(Sex.choices)
    is_dead = serializers.BooleanField()
    died_on = serializers.DateField(allow_null=True)


class HospitalNumberRow(Row):
    """A number that an organisation, or else a registry, knows the patient by."""

    organisation = OrganisationRow(allow_null=True)
    source = serializers.CharField(allow_blank=True)
    number = serializers.CharField()


class PatientDetail(PatientRow):
    """A person with the numbers that hospitals know them by."""

    hospital_numbers = HospitalNumberRow(many=True)


class EpisodeRow(Row):
    """One disease event of a case."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(EpisodeKind.choices)
    started_on = serializers.DateField()


class StagingRow(Row):
    """A stage with its edition, what it was based on and worked out from, and how.

    Where `overridden_by` names a clinician, the values are theirs: `reason` says why, `computed` what the tables gave.
    """

    basis = serializers.ChoiceField(Basis.choices, allow_null=True, help_text="Null in older records")
    prefix = serializers.CharField(allow_blank=True, help_text="c, p, yc, yp, r or a")
    edition = serializers.CharField()
    family = serializers.CharField(allow_blank=True)
    status = serializers.CharField()
    t = serializers.CharField(allow_blank=True)
    n = serializers.CharField(allow_blank=True)
    m = serializers.CharField(allow_blank=True)
    group = serializers.CharField(allow_blank=True)
    computed_at = serializers.DateTimeField()
    inputs = serializers.DictField()
    explanation = serializers.ListField(child=serializers.DictField())
    overridden_by = Person(allow_null=True)
    overridden_at = serializers.DateTimeField(allow_null=True)
    overridden = serializers.DictField(allow_null=True, help_text="What was decided otherwise, by key")
    computed = serializers.DictField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class WarningRow(Row):
    """What type and site together leave open: a question with its reason; nothing is refused for it."""

    code = serializers.CharField()
    text = serializers.CharField()


class EpisodeDetail(EpisodeRow):
    """An episode with its facts (the `case` of the guidance check), where each comes from, and its stages.

    `stagings` are those that hold, one for each basis (pre-treatment beside integrated); `staging` is today's.
    """

    facts = serializers.DictField()
    fact_sources = serializers.DictField()
    staging = StagingRow(source="newest", allow_null=True)
    stagings = StagingRow(source="in_order", many=True)
    warnings = WarningRow(many=True)

    def to_representation(self, instance: Episode) -> dict[str, Any]:
        instance.in_order = stage_words.in_order(instance.standing)
        instance.newest = instance.in_order[-1] if instance.in_order else None
        instance.warnings = stage_words.warnings(instance.facts)
        return super().to_representation(instance)


class CaseRow(Row):
    """A case as a list shows it."""

    reference = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(CaseStatus.choices)
    closed_reason = serializers.ChoiceField(ClosedReason.choices, allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    opened_on = serializers.DateField()
    team = TeamRow()
    patient = PatientRow()
    key_worker = Person(allow_null=True)
    current_episode = EpisodeRow(allow_null=True)


class CaseDetail(CaseRow):
    """The whole of a case: who, what is known and from where, the stage of each episode."""

    patient = PatientDetail()
    responsible_consultant = Person(allow_null=True)
    patient_knows = serializers.CharField(allow_blank=True)
    patient_wants = serializers.CharField(allow_blank=True)
    has_symptoms = serializers.BooleanField()
    source = serializers.CharField(allow_blank=True)
    source_id = serializers.CharField(allow_blank=True)
    current_episode = EpisodeDetail(source="current", allow_null=True)
    earlier_episodes = EpisodeDetail(source="earlier", many=True)

    def to_representation(self, instance: Case) -> dict[str, Any]:
        episodes = instance.episodes.all()
        instance.current = next((row for row in episodes if row.pk == instance.current_episode_id), None)
        instance.earlier = [row for row in episodes if row.pk != instance.current_episode_id]
        return super().to_representation(instance)


class CaseChangeBody(Body):
    """Who looks after the patient, and what they know and want; what is left out stays as it is."""

    key_worker = an_id("Id of a person of the team", required=False, allow_null=True)
    responsible_consultant = an_id("Id of a person of the team", required=False, allow_null=True)
    patient_knows = Text(max_length=2000, required=False, allow_blank=True)
    patient_wants = Text(max_length=2000, required=False, allow_blank=True)


class CloseBody(Body):
    """Why the case is closed."""

    reason = Code(ClosedReason.choices)
    on = day("Null: today")


class EpisodeBody(Body):
    """A new disease event of the same tumour."""

    kind = Code(LATER)
    started_on = serializers.DateField()


class CaseFilters(OfTeam):
    """How a list of cases may be narrowed."""

    changes_with = ("patient",)
    status = filters.ChoiceFilter(choices=CaseStatus.choices)
    opened_from = filters.DateFilter(field_name="opened_on", lookup_expr="gte")
    opened_until = filters.DateFilter(field_name="opened_on", lookup_expr="lte")

    def told_of(self, model: type[Model], events: QuerySet[Event]) -> QuerySet[Any]:
        """A case has changed with anything that belongs to it."""
        return events.filter(case_id__isnull=False).values("case_id")


@extend_schema_view(
    list=extend_schema(summary="List cases, newest first"),
    retrieve=extend_schema(summary="Read one case", responses=CaseDetail),
)
class Cases(PatientReads, ReadMany, ReadOne, Endpoint):
    """Cases of the account's teams."""

    queryset = Case.objects.none()
    serializer_class = CaseRow
    whole = CaseDetail
    area = "cases"
    filterset_class = CaseFilters
    lookup_field = "reference"
    lookup_value_regex = REFERENCE

    def get_queryset(self) -> QuerySet[Case]:
        cases = Case.objects.in_teams_of(self.request.user)
        if self.action == "list":
            return cases.values("id", "patient_id", *CaseRow.columns())
        return _whole(cases)

    def patient_ids(self, row: Any) -> list[int]:
        return [row["patient_id"] if isinstance(row, dict) else row.patient_id]

    @act("Change who looks after a patient, and what they know and want", CaseChangeBody, by=CHANGES)
    def change(self, case: Case, told: dict[str, Any]) -> None:
        version = told.pop("version")
        for name in told.keys() & set(PEOPLE):
            told[name] = person_of(case.team, told[name], name)
        held = {name: getattr(case, name) for name in HELD}
        details = services.CaseDetails(**held | told)
        services.change_case(case=case, version=version, details=details, by=self.request.user)

    @act("Close a case", CloseBody, by=CHANGES)
    def close(self, case: Case, told: dict[str, Any]) -> None:
        self.request.user.must(Permission.CHANGE_CASE, case.team_id)
        services.close_case(case=case, by=self.request.user, **told)

    @act("Start a new episode of a case", EpisodeBody, by=(Permission.RECORD_FACTS,))
    def start_episode(self, case: Case, told: dict[str, Any]) -> None:
        services.start_episode(case=case, by=self.request.user, **told)


def _whole(cases: QuerySet[Case]) -> QuerySet[Case]:
    standing = Staging.objects.standing().select_related("overridden_by")
    episodes = Episode.objects.order_by("number").prefetch_related(
        Prefetch("stagings", standing, to_attr="standing")
    )
    return cases.select_related("patient", "team", "key_worker", "responsible_consultant").prefetch_related(
        Prefetch("patient__hospital_numbers", HospitalNumber.objects.select_related("organisation")),
        Prefetch("episodes", episodes),
    )
