"""Types and sites of tumours for hospital systems: the lists that the forms search too."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from accounts.scopes import CHECK
from cases.clinical import icdo3, vocabulary
from config.api import Endpoint, Row

LONGEST = 100
ALL = 500
SEARCHED = OpenApiParameter(
    "q",
    {"type": "string", "minLength": 1, "maxLength": LONGEST},
    description="A beginning of a name, synonym, abbreviation or code, current or legacy; left out: the whole list",
)


class MorphologyRow(Row):
    """One histology (ICD-O-3.2); its slug is the key, since a code may have several names."""

    slug = serializers.CharField()
    name = serializers.CharField(source="term")
    code = serializers.CharField()
    group = serializers.CharField()
    synonyms = serializers.ListField(child=serializers.CharField())
    legacy = serializers.ListField(
        child=serializers.CharField(), help_text="Older codes that are read as this one"
    )
    not_graded = serializers.ChoiceField(
        list(icdo3.FNCLCC_REASONS),
        source="fnclcc_reason",
        allow_null=True,
        help_text="Why FNCLCC is not applied: high grade by definition, not recommended, another system, intermediate",
    )


class TopographyRow(Row):
    """One site (ICD-O-3), with the staging table that it leads to by itself."""

    code = serializers.CharField()
    name = serializers.CharField()
    region = serializers.CharField()
    family = serializers.ChoiceField(list(vocabulary.FAMILIES), allow_null=True)
    synonyms = serializers.ListField(child=serializers.CharField())
    hint = serializers.CharField(allow_blank=True)


class MorphologyList(serializers.Serializer[Any]):
    """Histologies that fit, best first."""

    morphologies = MorphologyRow(many=True)


class TopographyList(serializers.Serializer[Any]):
    """Sites that fit, best first."""

    topographies = TopographyRow(many=True)


class Codes(Endpoint):
    """The coding lists; no patient is in them."""

    area = CHECK

    opened_by_default = (Permission.SEE_CASES, Permission.CHECK_PLAN)
    pagination_class = None

    def parameters(self) -> list[str]:
        return ["q"]

    @extend_schema(
        operation_id="morphologies",
        summary="Search the histologies",
        parameters=[SEARCHED],
        responses=MorphologyList,
    )
    def morphologies(self, request: Request) -> Response:
        text = _searched(request)
        found = icdo3.search_morphology(text, ALL) if text else icdo3.all_morphologies()
        return Response({"morphologies": [MorphologyRow().to_representation(entry) for entry in found]})

    @extend_schema(
        operation_id="topographies",
        summary="Search the sites",
        parameters=[SEARCHED],
        responses=TopographyList,
    )
    def topographies(self, request: Request) -> Response:
        text = _searched(request)
        found = icdo3.search_topography(text, ALL) if text else icdo3.all_topographies()
        return Response({"topographies": [TopographyRow().to_representation(entry) for entry in found]})


def _searched(request: Request) -> str:
    text: str = request.query_params.get("q", "")
    if len(text) > LONGEST:
        raise ValidationError({"q": [f"q has {len(text)} characters. It may have {LONGEST}."]})
    return text
