"""What the endpoints of rows that belong to a case share: whose they are, and which case a new one is of."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import Permission
from cases.models import Case, Episode
from config.api import NUMBER, Body, Endpoint, ListFilters, PatientReads, Person, ReadMany, ReadOne, Row, Text

PATIENT = "episode__case__patient_id"


class OfEpisodeRow(Row):
    """A row of an episode, by the reference of its case."""

    id = serializers.IntegerField()
    case = serializers.CharField(source="episode.case.reference")
    episode = serializers.IntegerField(source="episode.number")


class FactRow(OfEpisodeRow):
    """A fact as it was recorded; `on` is the day from which it held."""

    on = serializers.DateField()
    recorded_by = Person(allow_null=True, help_text="Null: imported")
    recorded_at = serializers.DateTimeField(source="created_at")


class OfCaseBody(Body):
    """What a new row of a case says."""

    case = Text(max_length=20, help_text="Its reference; the row is of the current episode")


class OfEpisodeFilters(ListFilters):
    """How a list of what belongs to episodes may be narrowed."""

    case = filters.CharFilter(field_name="episode__case__reference", max_length=20, help_text="Its reference")
    team = filters.CharFilter(
        field_name="episode__case__team__reference_prefix",
        max_length=5,
        help_text="Code of the team, as in its references",
    )


class OfEpisode(PatientReads, ReadMany, ReadOne, Endpoint):
    """Rows of the episodes of the account's teams' cases."""

    area = "cases"
    filterset_class = OfEpisodeFilters
    lookup_value_regex = NUMBER
    related: tuple[str, ...] = ("recorded_by",)

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.queryset.model.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.values(PATIENT, *self.serializer_class.columns())
        return rows.select_related("episode__case", *self.related)

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.episode.case.patient_id]


def case_of(by: User, reference: str, permission: Permission) -> Case:
    """The case of the account's teams that a body names; refused as the page is."""
    rows = Case.objects.in_teams_of(by).select_related("current_episode", "team")
    case = rows.filter(reference=reference).first()
    if case is None:
        raise ValidationError({"case": ["No case of your teams has this reference."]})
    by.must(permission, case.team_id)
    return case


def episode_of(by: User, told: dict[str, Any], permission: Permission) -> Episode:
    """The current episode of the case that a body names, which is taken out of it."""
    episode = case_of(by, told.pop("case"), permission).current_episode
    if episode is None:
        raise ValidationError({"case": ["This case has no episode yet."]})
    return episode
