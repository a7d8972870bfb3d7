"""The document that describes the API (OpenAPI), and the page on which people browse it."""

from copy import deepcopy
from functools import cache
from typing import Any

from django.utils.decorators import method_decorator
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import Body, limits


class BodyScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A body's unknown names are refused, and the document says so."""

    target_class = Body
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return schema | {"additionalProperties": False}


class Described(serializers.BaseSerializer[Any]):
    """A shape that is described by a JSON Schema of its own, such as the contract of the guidance check."""

    schema: dict[str, Any] = {}


class DescribedScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = Described
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """A copy to its last part: the enumerations in it are replaced by references while the document is made."""
        return deepcopy(self.target.schema)


@cache
def document() -> dict[str, Any]:
    """The whole document; it is the same for everyone, so it is made once."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


@method_decorator(limits.for_anyone, name="dispatch")
class Document(SpectacularAPIView):
    """The document, as JSON unless YAML is asked for; readable without signing in."""

    renderer_classes = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]

    def _get_schema_response(self, request: Request) -> Response:
        return Response(document())


@method_decorator(limits.for_anyone, name="dispatch")
class Browse(SpectacularSwaggerSplitView):
    """The document as a page: signed-in people can try each operation on it."""

    authentication_classes = [SessionAuthentication]
    template_name = "api.jinja"
