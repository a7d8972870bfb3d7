"""What every endpoint of the API shares: who may use it, what it takes and answers, paging, whose record was read."""

import json
import math
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, NoReturn

from django.conf import settings
from django.db.models import Manager
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError, PermissionDenied, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.permissions import Permission
from audit import reads
from config.errors import TooLarge

REFERENCE = r"[A-Z0-9]{1,5}-[0-9]{4}-[0-9]{1,8}"
NUMBER = r"[0-9]{1,18}"
LONGEST_CURSOR = 200

Read = Callable[[Any], Any]


class StrictJSON(JSONParser):
    """JSON in which nothing is ambiguous: no name twice, no NaN or infinity, no size that would hurt."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(largest + 1)
        if len(body) > largest:
            raise TooLarge
        try:
            return json.loads(
                body.decode(),
                object_pairs_hook=_named_once,
                parse_constant=_refuse_constant,
                parse_float=_finite,
            )
        except RecursionError as error:
            raise ParseError("The body is not valid JSON: it is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("an object has the same name twice.")
    return named


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large.")
    return number


class Pages(CursorPagination):
    """Newest first by default; a cursor stays right while rows are added."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        told = request.query_params.get(self.page_size_query_param)
        if told is None:
            return self.page_size
        if not (told.isascii() and told.isdigit() and len(told) < 5 and 1 <= int(told) <= self.max_page_size):
            message = f"page_size must be a whole number from 1 to {self.max_page_size}."
            raise ValidationError({"page_size": [message]})
        return int(told)

    def decode_cursor(self, request: Request) -> Any:
        """The place that the cursor names; what we did not write ourselves is not found."""
        told = request.query_params.get(self.cursor_query_param)
        if told is None:
            return None
        if not 0 < len(told) <= LONGEST_CURSOR or not told.isascii():
            raise NotFound(self.invalid_cursor_message)
        cursor = super().decode_cursor(request)
        place = cursor.position
        if place is not None and not (place.isascii() and place.isdigit() and len(place) < 19):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                }
        return parameters


class MayUse(BasePermission):
    """The token's scope and the permission table, in that order; a person's session has every scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action is None:
            return True  # a method that the address does not have: 405, whoever asks
        scope = view.scope()
        if request.auth is not None and scope not in request.auth.scope.split():
            raise PermissionDenied(f"The token does not have the scope: {scope}.")
        wanted = view.permissions()
        if wanted and not any(request.user.may(permission) for permission in wanted):
            raise PermissionDenied(f"Your role does not include: {wanted[0].value}.")
        return True


class Endpoint(GenericViewSet):
    """An endpoint says which permissions open it (any of them), and takes no parameter that it does not know."""

    parser_classes = [StrictJSON]
    permission_classes = [IsAuthenticated, MayUse]
    pagination_class: type[Pages] | None = Pages
    filter_backends = [filters.DjangoFilterBackend]
    opened_by: dict[str, tuple[Permission, ...]] = {}
    opened_by_default: tuple[Permission, ...] = (Permission.SEE_CASES,)
    safe_scope = "read"
    unsafe_scope = "write"

    def scope(self) -> str:
        return self.safe_scope if self.request.method in SAFE_METHODS else self.unsafe_scope

    def permissions(self) -> tuple[Permission, ...]:
        return self.opened_by.get(self.action or "", self.opened_by_default)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is not None:
            self.check_parameters(request)

    def check_parameters(self, request: Request) -> None:
        """Every name known, given once and with a value: what is misspelt would silently widen a list."""
        known = self.parameters()
        wrong = {}
        for name, values in request.query_params.lists():
            if name not in known:
                wrong[name[:60]] = [f"This is not a parameter here. Known: {', '.join(known) or 'none'}."]
            elif len(values) > 1:
                wrong[name] = ["This parameter is given more than once."]
            elif not values[0]:
                wrong[name] = ["This parameter has no value. Give it one or leave it out."]
        if wrong:
            raise ValidationError(wrong)

    def filter_queryset(self, queryset: Any) -> Any:
        """Without a filter in the query there is no form to make and validate."""
        asked = self.request.query_params.keys() & self.filters()
        return super().filter_queryset(queryset) if asked else queryset

    def filters(self) -> dict[str, Any]:
        shape = getattr(self, "filterset_class", None)
        return shape.base_filters if shape else {}

    def parameters(self) -> list[str]:
        """The names that may stand in the query."""
        if self.action != "list" or self.paginator is None:
            return []
        return [*self.filters(), self.paginator.cursor_query_param, self.paginator.page_size_query_param]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class PatientReads:
    """Mixin of viewsets whose rows show a patient: notes the patients of each answer."""

    def patient_ids(self, row: Any) -> Iterable[int]:
        raise NotImplementedError

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)  # type: ignore[misc]
        self.saw(page)
        return page

    def get_object(self) -> Any:
        row = super().get_object()  # type: ignore[misc]
        self.saw([row])
        return row

    def saw(self, rows: Iterable[Any]) -> None:
        request: Request = self.request  # type: ignore[attr-defined]
        reads.saw(request._request, {patient for row in rows for patient in self.patient_ids(row)})


class Row(serializers.Serializer[Any]):
    """The shape of an answer, declared like any serializer and written by plain attribute reads.

    DRF asks each field for its own representation, which is most of the time of a list; here the JSON encoder does it.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if isinstance(instance, dict):
            return self.of_columns(instance)
        return {name: read(instance) for name, read in self.readers()}

    @classmethod
    @cache
    def readers(cls) -> tuple[tuple[str, Read], ...]:
        return tuple((name, _reader(name, field)) for name, field in cls._declared_fields.items())

    @classmethod
    @cache
    def columns(cls, prefix: str = "") -> tuple[str, ...]:
        """What `.values()` has to fetch for this shape: a list of rows without making a model of each."""
        found: list[str] = []
        for name, field in cls._declared_fields.items():
            path = prefix + (field.source or name).replace(".", "__")
            found += type(field).columns(f"{path}__") if isinstance(field, Row) else [path]
        return tuple(found)

    @classmethod
    def of_columns(cls, values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
        return {name: read(values) for name, read in cls.column_readers(prefix)}

    @classmethod
    @cache
    def column_readers(cls, prefix: str) -> tuple[tuple[str, Read], ...]:
        return tuple(
            (name, _column_reader(name, field, prefix)) for name, field in cls._declared_fields.items()
        )


def _column_reader(name: str, field: Any, prefix: str) -> Read:
    path = prefix + (field.source or name).replace(".", "__")
    if isinstance(field, Row):
        return _nested(type(field), f"{path}__")
    if isinstance(field, serializers.ChoiceField) and field.allow_null:
        return lambda values: values[path] or None
    return itemgetter(path)


def _nested(shape: type[Row], prefix: str) -> Read:
    """Nothing where the row that it would show is not there: then its first column is null."""
    first = shape.columns(prefix)[0]
    readers = shape.column_readers(prefix)
    return lambda values: None if values[first] is None else {name: read(values) for name, read in readers}


def _reader(name: str, field: Any) -> Read:
    read = _path(field.source or name)
    if isinstance(field, serializers.ListSerializer) and isinstance(field.child, Row):
        return _many(read, field.child)
    if isinstance(field, Row):
        return _one(read, field)
    if isinstance(field, serializers.ChoiceField) and field.allow_null:
        return lambda instance: read(instance) or None
    return read


def _path(source: str) -> Read:
    """Reads `a.b.c`; None where something on the way is None."""
    first, _, rest = source.partition(".")
    if not rest:
        return attrgetter(source)
    onwards = _path(rest)

    def read(instance: Any) -> Any:
        value = getattr(instance, first)
        return None if value is None else onwards(value)

    return read


def _one(read: Read, shape: Row) -> Read:
    def one(instance: Any) -> Any:
        value = read(instance)
        return None if value is None else shape.to_representation(value)

    return one


def _many(read: Read, shape: Row) -> Read:
    def many(instance: Any) -> Any:
        value = read(instance)
        rows = value.all() if isinstance(value, Manager) else value
        return [shape.to_representation(row) for row in rows]

    return many


class OfTeam(filters.FilterSet):
    """A list may be narrowed to one team."""

    team = filters.CharFilter(
        field_name="team__reference_prefix", max_length=5, help_text="Code of the team, as in its references"
    )


class Body(serializers.Serializer[Any]):
    """What a request may send; a name that it does not know is refused, so that a misspelt one is never lost."""

    def to_internal_value(self, data: Any) -> Any:
        known = self.fields
        if isinstance(data, dict) and (unknown := [name for name in data if name not in known]):
            message = f"This is not a known name. Known: {', '.join(known)}."
            raise ValidationError({name[:60]: [message] for name in unknown})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text and nothing that would have to be turned into text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number of JSON."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Person(Row):
    """Someone with an account."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="full_name")


class TeamRow(Row):
    """An MDT, by the code that begins its case references."""

    code = serializers.CharField(source="reference_prefix")
    name = serializers.CharField()


class OrganisationRow(Row):
    """A hospital, by its ODS code."""

    code = serializers.CharField()
    name = serializers.CharField()
