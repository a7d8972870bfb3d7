"""The feed of changes for hospital systems: ids and types, in the order of commits."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import Endpoint, Pages, ReadMany, Row
from interop.changes.published import PUBLISHED
from interop.models import Change, address_of

COLUMNS = ("position", "type", "resource", "key", "case__reference", "at")
LONGEST_POSITION = 18
RESOURCES = sorted(set(PUBLISHED.values()))


class ChangeRow(Row):
    """That something changed, and where it is read; what it is now, that address says."""

    position = serializers.CharField(help_text="Its place in the feed; ask from the last one that you have")
    type = serializers.CharField(help_text="What happened, such as `decision.recorded`")
    resource = serializers.CharField(help_text="The list of the API that has it, such as `decisions`")
    id = serializers.CharField(help_text="Its id or reference in that list")
    address = serializers.CharField(help_text="Where it is read")
    case = serializers.CharField(allow_null=True, help_text="Reference of the case that it belongs to")
    at = serializers.DateTimeField(
        help_text="When it was done; positions follow the order of commits instead"
    )

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        resource, key = instance["resource"], instance["key"]
        return {
            "position": str(instance["position"]),
            "type": instance["type"],
            "resource": resource,
            "id": key,
            "address": address_of(resource, key),
            "case": instance["case__reference"],
            "at": instance["at"],
        }


class ChangeFilters(filters.FilterSet):
    """How the feed may be narrowed."""

    type = filters.ChoiceFilter(choices=[(each, each) for each in PUBLISHED])
    resource = filters.ChoiceFilter(choices=[(each, each) for each in RESOURCES])


class Positions(Pages):
    """Pages of the feed: those after a position, oldest first. `last` is where the next question begins."""

    ordering = "position"
    cursor_query_param = "after"
    cursor_query_description = "The position after which to begin: `last` of an answer. None: the beginning."
    max_page_size = 1000
    page_size = 100

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        """Asked for first, the newest position is where a reader goes on who was shown nothing below it."""
        size = self.get_page_size(request)
        newest = Change.objects.aggregate(newest=Max("position"))["newest"] or 0
        after = _position(request.query_params.get(self.cursor_query_param), newest)
        waiting = queryset.filter(position__gt=after, position__lte=newest)
        rows = list(waiting.order_by("position")[: size + 1])
        self.request, self.has_next, self.page = request, len(rows) > size, rows[:size]
        self.last = self.page[-1]["position"] if self.has_next else newest
        return self.page

    def get_next_link(self) -> str | None:
        if not self.has_next:
            return None
        told = self.request.query_params.dict() | {self.cursor_query_param: str(self.last)}
        return self.request.build_absolute_uri(f"?{urlencode(told)}")

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.get_next_link(), "last": str(self.last), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "last", "results"],
            "properties": {
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "example": "https://mdt.example/api/v1/changes/?after=200176",
                    "description": "Address of the page after this one; null: there is no more at the moment",
                },
                "last": {
                    "type": "string",
                    "example": "200176",
                    "description": "Keep it: the next question is `after` this position",
                },
                "results": schema,
            },
        }


def _position(told: str | None, newest: int) -> int:
    """A position of this feed. One that it never gave out means that the caller reads another installation's."""
    if told is None:
        return 0
    if not (told.isascii() and told.isdigit() and len(told) <= LONGEST_POSITION):
        words = "This must be a position as an answer gave it, in `last` or in a change."
        raise ValidationError({Positions.cursor_query_param: [words]})
    after = int(told)
    if after > newest:
        raise NotFound("The feed has no such position yet. Was it read from another installation?")
    return after


@extend_schema_view(list=extend_schema(summary="Read what changed, oldest first"))
class Changes(ReadMany, Endpoint):
    """Changes of what the account's teams see now."""

    queryset = Change.objects.none()
    serializer_class = ChangeRow
    pagination_class = Positions
    area = "changes"
    filterset_class = ChangeFilters

    def get_queryset(self) -> QuerySet[Any, dict[str, Any]]:
        return Change.objects.visible_to(self.request.user).values(*COLUMNS)
