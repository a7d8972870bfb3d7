"""Statements that Django writes once: the SQL is kept, with places for what differs from one reading to the next.

To write the large statement of a case anew took longer than all else of its page; to run it takes a tenth of that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, QuerySet


@dataclass(frozen=True)
class Place:
    """Where a parameter goes in a kept statement."""

    name: str


class Given(Expression):
    """What each reading gives under this name, where a query set would have the value itself."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [Place(self.name)]


@dataclass(frozen=True)
class _Written:
    sql: str
    params: tuple[Any, ...]
    columns: list[tuple[str, list[Any], Any]]


class Kept:
    """`rows`: makes the query set, with `values` and without anything of a user, a day or a row but `Given`."""

    def __init__(self, rows: Callable[[], QuerySet[Any, Any]]) -> None:
        self.rows = rows

    def all(self, **given: Any) -> list[Mapping[str, Any]]:
        """Each row by its columns' names, read as the query set itself would have read it."""
        written = self._written
        params = [given[each.name] if isinstance(each, Place) else each for each in written.params]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, params)
            found = cursor.fetchall()
        return [_read(row, written.columns) for row in found]

    def one(self, **given: Any) -> Mapping[str, Any]:
        (row,) = self.all(**given)
        return row

    @cached_property
    def _written(self) -> _Written:
        compiler: Any = self.rows().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        if any(isinstance(each, date) for each in params):
            raise ValueError(
                "A day or a moment in a kept statement would stay what it was when it was written."
            )
        converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
        columns = [
            (name, converters.get(place, ([], None))[0], expression)
            for place, (expression, _, name) in enumerate(compiler.select)
        ]
        return _Written(sql, tuple(params), columns)


def _read(row: tuple[Any, ...], columns: list[tuple[str, list[Any], Any]]) -> dict[str, Any]:
    read = {}
    for value, (name, converters, expression) in zip(row, columns, strict=True):
        for convert in converters:
            value = convert(value, expression, connection)
        read[name] = value
    return read
