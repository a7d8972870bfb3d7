"""Reading rows: lists that can be narrowed to what changed, and rows that are not sent twice."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework import mixins
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from audit.models import Event
from config.api import preconditions

FIELDS = "fields"


class MomentField(IsoDateTimeField):  # type: ignore[misc]
    """A time in UTC: the database takes no offset of 16 hours or more, which ISO 8601 allows."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:
            raise DjangoValidationError("Enter a time between the years 1 and 9999.") from error


class Moment(filters.IsoDateTimeFilter):
    """A time with its offset."""

    field_class = MomentField


class ListFilters(filters.FilterSet):
    """Every list can be narrowed to the rows about which something was recorded since a time."""

    updated_since = Moment(
        method="changed",
        help_text="Only what changed then or later: an ISO 8601 time with its offset, 2026-11-01T08:00:00Z. "
        "Ask again from some minutes before your last question; the feed of changes misses nothing.",
    )

    changes_with: ClassVar[Sequence[str]] = ()
    """Relations, by their path from the row: what is recorded of them is recorded of the row."""

    def changed(self, queryset: QuerySet[Any], name: str, since: Any) -> QuerySet[Any]:
        model, events = queryset.model, Event.objects.filter(at__gte=since)
        through = [
            model._base_manager.filter(**{f"{path}__in": _targets(events, _at(model, path))}).values("pk")
            for path in self.changes_with
        ]
        return queryset.filter(pk__in=self.told_of(model, events).union(*through))

    def told_of(self, model: type[Model], events: QuerySet[Event]) -> QuerySet[Any]:
        """Ids of the rows that these events are about."""
        return _targets(events, model)


class OfTeam(ListFilters):
    """A list may be narrowed to one team."""

    team = filters.CharFilter(
        field_name="team__reference_prefix", max_length=5, help_text="Code of the team, as in its references"
    )


class ReadMany(mixins.ListModelMixin):
    """A list in pages, of all fields or of those that are named."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        wanted = _named(request, self)
        response = super().list(request, *args, **kwargs)
        if wanted:
            response.data["results"] = [_only(row, wanted) for row in response.data["results"]]
        return response


class ReadOne(mixins.RetrieveModelMixin):
    """One row whole, or the fields that are named; what the caller has already is not sent again (304)."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        wanted = _named(request, self)
        response = super().retrieve(request, *args, **kwargs)
        if wanted:
            response.data = _only(response.data, wanted)
        preconditions.tag(response)
        return preconditions.unless_known(request, response)


def _targets(events: QuerySet[Event], model: type[Model]) -> QuerySet[Any]:
    return events.filter(target_type=model._meta.label_lower).values("target_id")


def _at(model: Any, path: str) -> Any:
    """The model at the end of a path."""
    return reduce(lambda here, name: here._meta.get_field(name).related_model, path.split("__"), model)


def _named(request: Request, view: Any) -> list[str]:
    """The fields that the query asks for; none: all of them."""
    told = request.query_params.get(FIELDS)
    if told is None:
        return []
    known = list(view.get_serializer_class()._declared_fields)
    wanted = told.split(",")
    if unknown := [name[:60] for name in wanted if name not in known]:
        words = f"There is no field {', '.join(unknown)} here. Known: {', '.join(known)}."
        raise ValidationError({FIELDS: [words]})
    return wanted


def _only(row: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    return {name: row[name] for name in wanted if name in row}
