"""Writes many rows by PostgreSQL's COPY: several times faster than INSERT, and the triggers of history see each row."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


def copy_in(rows: Iterable[models.Model]) -> None:
    """Insert unsaved rows of one or more models, model by model in the order given; keys are not brought back.

    Columns that hold nothing yet but the database's own default (a key, a moment) are left to the database.
    """
    for _, of_model in groupby(rows, key=type):
        listed = list(of_model)
        meta = listed[0]._meta
        fields = [field for field in meta.concrete_fields if not _is_left_out(field, listed[0])]
        _copy(meta.db_table, fields, listed)


def _is_left_out(field: "models.Field[Any, Any]", row: models.Model) -> bool:
    value = getattr(row, field.attname)
    return isinstance(value, DatabaseDefault) or (field.primary_key and value is None)


def _copy(table: str, fields: "list[models.Field[Any, Any]]", rows: list[models.Model]) -> None:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(
                [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
            )
