"""Referrals to trials for hospital systems: read, made and moved by the services that the pages use."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import Permission
from cases.api import PatientRow
from cases.models import Case
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
    act,
    makes,
)
from config.api.fields import OPTIONAL, YES_OR_NO, an_id, of_row, text
from trials.models import EndReason, Trial, TrialReferral, TrialReferralQuerySet, TrialReferralStep, TrialSite
from trials.services import referring
from trials.services.referring import LONGEST_NOTE, WITH_REASON
from trials.workflow import TrialReferralStatus

PATIENT = "episode__case__patient_id"
S = TrialReferralStatus
ENDINGS = [each for each in S.choices if each[0] in WITH_REASON]


class TrialName(Row):
    """A trial of the register."""

    id = serializers.IntegerField()
    short_name = serializers.CharField()
    nct = serializers.CharField(allow_blank=True, help_text="ClinicalTrials.gov")


class SiteName(Row):
    """Where it went."""

    id = serializers.IntegerField()
    facility = serializers.CharField()


class TrialReferralRow(Row):
    """A patient who was put forward for a trial."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    patient = PatientRow(source="episode.case.patient")
    trial = TrialName()
    site = SiteName(allow_null=True)
    status = serializers.ChoiceField(S.choices)
    reason = serializers.ChoiceField(
        EndReason.choices, allow_null=True, help_text="Why it ended without enrolment"
    )
    referred_on = serializers.DateField()
    step_due_on = serializers.DateField(allow_null=True, help_text="Null: it ended")
    owner = Person(help_text="Who chases it")


class StepRow(Row):
    """A step, as it was recorded."""

    status = serializers.ChoiceField(S.choices)
    on = serializers.DateField()
    reason = serializers.ChoiceField(EndReason.choices, allow_null=True)
    note = serializers.CharField(allow_blank=True)
    by = Person(allow_null=True, help_text="Null: the service itself, after a death")
    at = serializers.DateTimeField()


class TrialReferralDetail(TrialReferralRow):
    """The whole of a referral, with its steps."""

    note = serializers.CharField(allow_blank=True)
    created_by = Person()
    created_at = serializers.DateTimeField()
    steps = StepRow(many=True)


class TrialReferralBody(Body):
    """Whom to put forward for which trial, and who chases it."""

    case = Text(max_length=20, help_text="Its reference; the current episode is referred")
    trial = an_id("Its id in the register")
    on = serializers.DateField()
    owner = an_id("A person's id, who refers patients in the case's team")
    site = an_id("Id of a site of the trial", **OPTIONAL)
    note = text(LONGEST_NOTE)


class StepBody(Body):
    """The day of the step."""

    on = serializers.DateField()
    note = text(LONGEST_NOTE)


class EndBody(StepBody):
    """How it ended without enrolment, and why."""

    status = serializers.ChoiceField(ENDINGS)
    reason = serializers.ChoiceField(EndReason.choices)


class ChaseBody(Body):
    """Who chases it from now on, and the site."""

    owner = an_id("A person's id, who refers patients in the case's team")
    site = an_id("Id of a site of the trial; null: not decided", allow_null=True)


class TrialReferralFilters(ListFilters):
    """How a list of referrals to trials may be narrowed."""

    status = filters.ChoiceFilter(choices=S.choices)
    trial = of_row("trial_id")
    case = filters.CharFilter(field_name="episode__case__reference", max_length=20)
    team = filters.CharFilter(
        field_name="episode__case__team__reference_prefix",
        max_length=5,
        help_text="Code of the team, as in its references",
    )
    referred_from = filters.DateFilter(field_name="referred_on", lookup_expr="gte")
    referred_until = filters.DateFilter(field_name="referred_on", lookup_expr="lte")
    is_overdue = filters.ChoiceFilter(
        choices=YES_OR_NO, method="overdue", help_text="Whether its next step is late"
    )

    def overdue(self, rows: TrialReferralQuerySet, name: str, value: str) -> TrialReferralQuerySet:
        late = rows.overdue(timezone.localdate())
        return late if value == "true" else rows.exclude(pk__in=late.order_by().values("pk"))


MOVES = (Permission.REFER_TO_TRIAL,)


@extend_schema_view(
    list=extend_schema(summary="List referrals to trials, newest first"),
    retrieve=extend_schema(summary="Read one referral to a trial", responses=TrialReferralDetail),
)
class TrialReferrals(PatientReads, ReadMany, ReadOne, Endpoint):
    """Patients of the account's teams who were put forward for a trial."""

    queryset = TrialReferral.objects.none()
    serializer_class = TrialReferralRow
    whole = TrialReferralDetail
    area = "trials"
    filterset_class = TrialReferralFilters
    lookup_value_regex = NUMBER
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[TrialReferral]:
        rows = TrialReferral.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *TrialReferralRow.columns())
        steps = TrialReferralStep.objects.select_related("by").order_by("id")
        people = ("owner", "created_by", "trial", "site")
        return rows.select_related("episode__case__patient", *people).prefetch_related(
            Prefetch("steps", steps)
        )

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]

    @makes("Put a patient forward for a trial", TrialReferralBody, by=MOVES)
    def create(self, told: dict[str, Any]) -> TrialReferral:
        return _referred(told, self.request.user)

    @act("Record that screening began", StepBody, by=MOVES)
    def screen(self, row: TrialReferral, told: dict[str, Any]) -> None:
        referring.move(referral=row, status=S.SCREENING, by=self.request.user, **told)

    @act("Record that the patient was enrolled", StepBody, by=MOVES)
    def enrol(self, row: TrialReferral, told: dict[str, Any]) -> None:
        referring.move(referral=row, status=S.ENROLLED, by=self.request.user, **told)

    @act("Record how it ended without enrolment", EndBody, by=MOVES)
    def end(self, row: TrialReferral, told: dict[str, Any]) -> None:
        referring.move(referral=row, by=self.request.user, **told)

    @act("Change who chases it, or the site", ChaseBody, by=MOVES)
    def hand_over(self, row: TrialReferral, told: dict[str, Any]) -> None:
        referring.hand_over(
            referral=row,
            version=told["version"],
            owner=_chaser(row.episode.case.team_id, told["owner"]),
            site=_site(row.trial, told["site"]),
            by=self.request.user,
        )


def _referred(told: dict[str, Any], by: User) -> TrialReferral:
    trial = Trial.objects.visible_to(by).filter(pk=told["trial"]).first()
    case = Case.objects.in_teams_of(by).filter(reference=told["case"]).first()
    episode = case and case.current_episode
    if trial is None or episode is None:
        unknown = {}
        if trial is None:
            unknown["trial"] = ["No trial of the register has this id."]
        if episode is None:
            unknown["case"] = ["No case of your teams with a current episode has this reference."]
        raise ValidationError(unknown)
    return referring.refer(
        episode=episode,
        trial=trial,
        on=told["on"],
        owner=_chaser(episode.case.team_id, told["owner"]),
        site=_site(trial, told["site"]),
        note=told["note"],
        by=by,
    )


def _chaser(team: int, pk: int) -> User:
    """One of the team: nobody is told who has which id elsewhere."""
    person = next((each for each in referring.who_may_chase(team) if each.pk == pk), None)
    if person is None:
        raise ValidationError({"owner": ["Nobody who refers patients to trials in the team has this id."]})
    return person


def _site(trial: Trial, pk: int | None) -> TrialSite | None:
    if pk is None:
        return None
    site = trial.sites.filter(pk=pk).first()
    if site is None:
        raise ValidationError({"site": ["No site of this trial has this id."]})
    return site
