"""Stages for hospital systems: every record, overriding one as it was looked at, and withdrawing that."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from audit.workflow import WrongState
from cases import services
from cases.api.cases import StagingRow
from cases.api.of_case import PATIENT, OfEpisode, OfEpisodeFilters
from cases.clinical import vocabulary as words
from cases.models import Staging
from cases.models.staging import Basis
from cases.services.overriding import LONGEST_REASON
from cases.services.reading import staging_words
from config.api import Body, Row, Text, act
from config.api.fields import YES_OR_NO, code
from config.api.preconditions import version_named

OVERRIDES = (Permission.OVERRIDE_STAGE,)


class StagingWhole(StagingRow):
    """A record of a stage. It never changes: its id is its version, and another record follows it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField(source="id")
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")
    holds = serializers.BooleanField(help_text="It is the newest of its basis")
    withdraws = serializers.IntegerField(
        source="withdraws_id", allow_null=True, help_text="The override that it ends"
    )


class WouldHold(Row):
    """What an override would record; `seen` is what the override itself has to be sent with."""

    seen = serializers.CharField()
    family = serializers.CharField(allow_blank=True)
    status = serializers.CharField()
    t = serializers.CharField(allow_blank=True)
    n = serializers.CharField(allow_blank=True)
    m = serializers.CharField(allow_blank=True)
    group = serializers.CharField(allow_blank=True)
    overridden = serializers.DictField()
    computed = serializers.DictField()


class PreviewBody(Body):
    """What is decided otherwise than worked out, and why; what is left out is as it was worked out."""

    family = code(list(words.FAMILIES), "Staging table")
    t = code(list(words.T_CATEGORIES))
    n = code(list(words.N_CATEGORIES))
    m = code(list(words.M_CATEGORIES))
    group = Text(max_length=10, required=False, allow_blank=True, default="")
    reason = Text(max_length=LONGEST_REASON)


class OverrideBody(PreviewBody):
    """The same as was previewed, and what the preview said would hold."""

    seen = Text(max_length=200)


class WithdrawBody(Body):
    """Why the override no longer holds."""

    reason = Text(max_length=LONGEST_REASON)


class StagingFilters(OfEpisodeFilters):
    """How a list of stages may be narrowed."""

    basis = filters.ChoiceFilter(choices=Basis.choices)
    holds = filters.ChoiceFilter(choices=YES_OR_NO, method="holding", help_text="The newest of its basis")

    def holding(self, rows: QuerySet[Staging], name: str, value: str) -> QuerySet[Staging]:
        return rows.filter(holds=value == "true")


@extend_schema_view(
    list=extend_schema(summary="List the stages that were recorded, newest first"),
    retrieve=extend_schema(summary="Read one record of a stage"),
)
class Stagings(OfEpisode):
    """Stages as they were worked out or overridden; an act answers with the record that then holds."""

    queryset = Staging.objects.none()
    serializer_class = StagingWhole
    filterset_class = StagingFilters
    opened_by = {"preview": OVERRIDES}

    def get_queryset(self) -> QuerySet[Staging]:
        later = Q(computed_at__gt=OuterRef("computed_at"))
        later |= Q(computed_at=OuterRef("computed_at"), pk__gt=OuterRef("pk"))
        newer = Staging.objects.filter(later, episode=OuterRef("episode"), basis=OuterRef("basis"))
        rows = Staging.objects.visible_to(self.request.user).annotate(holds=~Exists(newer))
        if self.action == "list":
            return rows.values(PATIENT, *StagingWhole.columns())
        return rows.select_related("episode__case", "overridden_by")

    def now(self, row: Staging) -> Staging:
        """The record of the same basis that holds."""
        return self.get_queryset().get(episode=row.episode_id, basis=row.basis, holds=True)

    @extend_schema(summary="See what an override would record", request=PreviewBody, responses=WouldHold)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, **kwargs: str) -> Response:
        row = self.get_object()
        version = version_named(request)
        would_hold = services.preview_override(
            **_asked(row, self.body(PreviewBody)), version=version, by=request.user
        )
        would_hold.seen = staging_words(would_hold)
        return Response(WouldHold(would_hold).data)

    preview.is_versioned = True

    @act("Override a stage, as it was previewed", OverrideBody, by=OVERRIDES)
    def override(self, row: Staging, told: dict[str, Any]) -> None:
        version, seen = told.pop("version"), told.pop("seen")
        services.override_stage(**_asked(row, told), version=version, seen=seen, by=self.request.user)

    @act("Withdraw the override of a stage", WithdrawBody, by=OVERRIDES)
    def withdraw(self, row: Staging, told: dict[str, Any]) -> None:
        _must_be_current(row)
        services.withdraw_override(episode=row.episode, basis=row.basis, by=self.request.user, **told)


def _asked(row: Staging, told: dict[str, Any]) -> dict[str, Any]:
    _must_be_current(row)
    reason = told.pop("reason")
    return {"episode": row.episode, "basis": row.basis, "values": told, "reason": reason}


def _must_be_current(row: Staging) -> None:
    """As the page: of the current episode, and of a basis."""
    if row.episode_id != row.episode.case.current_episode_id:
        raise WrongState("stage", "of an earlier episode", "overridden")
    if not row.basis:
        raise WrongState("stage", "an older record without its basis", "overridden")
