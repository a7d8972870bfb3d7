"""The shapes of answers, and the ones that many rooms show."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import Manager, QuerySet
from rest_framework import serializers

Read = Callable[[Any], Any]


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
        """What `.values()` has to fetch for this shape: a list of rows without making a model of each.

        What a row has many of is fetched apart: see `with_many`.
        """
        found: list[str] = []
        for name, field in cls._declared_fields.items():
            if _is_many(field):
                continue
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


def with_many(
    rows: Sequence[dict[str, Any]],
    name: str,
    shape: type[Row],
    many: QuerySet[Any],
    *,
    of: str,
    key: str = "id",
) -> None:
    """Put under that name what each row of `.values()` has many of: those whose `of` is the row's `key`."""
    found: dict[Any, list[dict[str, Any]]] = {row[key]: [] for row in rows if row[key] is not None}
    for each in many.filter(**{f"{of}__in": found}).values(of, *shape.columns()):
        found[each[of]].append(shape.of_columns(each))
    for row in rows:
        row[name] = found.get(row[key], [])


def _is_many(field: Any) -> bool:
    return isinstance(field, serializers.ListSerializer) and isinstance(field.child, Row)


def _column_reader(name: str, field: Any, prefix: str) -> Read:
    path = prefix + (field.source or name).replace(".", "__")
    if _is_many(field):
        return itemgetter(name)
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
    if _is_many(field):
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
