"""The trial register for hospital systems: what is held of each trial, whom to ask, and the criteria in force."""

from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.permissions import Permission
from config.api import NUMBER, Endpoint, ListFilters, Person, ReadMany, ReadOne, Row, act
from config.api.fields import YES_OR_NO
from trials.models import CriteriaVersion, Trial
from trials.models.trial import Phase, SiteStatus, TrialQuerySet
from trials.services.register import verify_trial
from trials.workflow import TrialStatus


class TrialRow(Row):
    """A trial as a list shows it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    short_name = serializers.CharField()
    title = serializers.CharField()
    nct = serializers.CharField(allow_blank=True, help_text="ClinicalTrials.gov")
    eudract = serializers.CharField(allow_blank=True, help_text="EudraCT")
    ctis = serializers.CharField(allow_blank=True, help_text="EU CT number")
    isrctn = serializers.CharField(allow_blank=True, help_text="ISRCTN")
    iras = serializers.CharField(allow_blank=True, help_text="IRAS")
    phases = serializers.ListField(child=serializers.ChoiceField(Phase.choices))
    status = serializers.ChoiceField(TrialStatus.choices)
    status_on = serializers.DateField(allow_null=True)
    is_open = serializers.BooleanField(help_text="Whether a patient may be put forward")
    sponsor = serializers.CharField(allow_blank=True)
    verified_on = serializers.DateField(allow_null=True)
    is_stale = serializers.BooleanField(
        help_text="Nobody verified it lately: ask before anybody relies on it"
    )


class SiteRow(Row):
    """Where it runs, and the person to ask there."""

    facility = serializers.CharField()
    organisation = serializers.CharField(
        source="organisation.code", allow_null=True, help_text="ODS code, where it is known here"
    )
    city = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(SiteStatus.choices)
    contact_name = serializers.CharField(allow_blank=True)
    contact_role = serializers.CharField(allow_blank=True)
    contact_phone = serializers.CharField(allow_blank=True)
    contact_email = serializers.CharField(allow_blank=True)


class ArmRow(Row):
    """An arm with its drugs, by their generic names."""

    name = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    drugs = serializers.ListField(child=serializers.CharField())


class CriteriaRow(Row):
    """The criteria in force; `tree` is described in the reference of trial criteria."""

    number = serializers.IntegerField()
    tree = serializers.DictField()
    made_by = Person(allow_null=True)
    made_at = serializers.DateTimeField()


class TrialDetail(TrialRow):
    """The whole of what is held of a trial."""

    official_title = serializers.CharField(allow_blank=True)
    other_numbers = serializers.ListField(child=serializers.CharField())
    why_stopped = serializers.CharField(allow_blank=True)
    starts = serializers.CharField(allow_blank=True, help_text="A day or a month: 2026-07")
    ends = serializers.CharField(allow_blank=True, help_text="A day or a month: 2028-01")
    conditions = serializers.ListField(child=serializers.CharField())
    summary = serializers.CharField(allow_blank=True)
    eligibility = serializers.CharField(allow_blank=True, help_text="As published")
    sex = serializers.CharField(allow_blank=True, help_text="As published")
    minimum_age = serializers.CharField(allow_blank=True, help_text="As published")
    maximum_age = serializers.CharField(allow_blank=True, help_text="As published")
    source = serializers.CharField(allow_blank=True)
    verified_by = Person(allow_null=True)
    owner = Person(allow_null=True, help_text="Who keeps the entry true")
    arms = ArmRow(many=True)
    sites = SiteRow(many=True)
    criteria = CriteriaRow(
        allow_null=True, help_text="Null: nobody has structured them, and nobody is matched"
    )

    def to_representation(self, instance: Trial) -> dict[str, Any]:
        instance.criteria = next(iter(instance.in_force), None)
        return super().to_representation(instance)


class TrialFilters(ListFilters):
    """How the register may be narrowed."""

    status = filters.ChoiceFilter(choices=TrialStatus.choices)
    nct = filters.CharFilter(lookup_expr="iexact", max_length=11, help_text="Its ClinicalTrials.gov number")
    is_open = filters.ChoiceFilter(
        choices=YES_OR_NO, method="opened", help_text="Whether a patient may be put forward"
    )
    is_stale = filters.ChoiceFilter(
        choices=YES_OR_NO, method="stale", help_text="Whether nobody verified it lately"
    )

    def opened(self, trials: TrialQuerySet, name: str, value: str) -> TrialQuerySet:
        return _as_said(trials, trials.open(), value)

    def stale(self, trials: TrialQuerySet, name: str, value: str) -> TrialQuerySet:
        today: date = timezone.localdate()
        return _as_said(trials, trials.stale(today), value)


def _as_said(trials: TrialQuerySet, those: TrialQuerySet, value: str) -> TrialQuerySet:
    return those if value == "true" else trials.exclude(pk__in=those.order_by().values("pk"))


@extend_schema_view(
    list=extend_schema(summary="List the trials of the register, newest first"),
    retrieve=extend_schema(summary="Read one trial with its sites, arms and criteria", responses=TrialDetail),
)
class Trials(ReadMany, ReadOne, Endpoint):
    """The register is one for the installation; who may fit a trial is not part of it."""

    queryset = Trial.objects.none()
    serializer_class = TrialRow
    whole = TrialDetail
    area = "trials"
    filterset_class = TrialFilters
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[Trial]:
        trials = Trial.objects.visible_to(self.request.user)
        if self.action == "list":
            return trials.defer("summary", "eligibility")
        newest = CriteriaVersion.objects.select_related("made_by").order_by("trial_id", "-number")
        return trials.select_related("verified_by", "owner").prefetch_related(
            "arms",
            "sites__organisation",
            Prefetch("criteria_versions", newest.distinct("trial_id"), to_attr="in_force"),
        )

    @act("Verify an entry of the register: looked at today, and true", by=(Permission.KEEP_TRIALS,))
    def verify(self, trial: Trial, told: dict[str, Any]) -> None:
        verify_trial(trial=trial, by=self.request.user, **told)
