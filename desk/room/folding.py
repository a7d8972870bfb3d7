"""Rows of other tables as a column of one statement, and back: what a page may read without a statement for each."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Model, QuerySet
from django.db.models.functions import JSONObject

Row = TypeVar("Row", bound=Model)


def folded(rows: QuerySet[Any], *paths: str, without: Iterable[str] = ()) -> ArraySubquery:
    """All columns of the rows but those `without`, and what `paths` lead to, such as person__full_name."""
    left_out = set(without)
    own = [field.attname for field in rows.model._meta.concrete_fields if field.name not in left_out]
    return ArraySubquery(rows.values(row=JSONObject(**{name: F(name) for name in (*own, *paths)})))


def unfolded(model: type[Row], row: Mapping[str, Any]) -> Row:
    """The row as its model knows it; what was left out is read when it is asked for. For showing only."""
    held = [field for field in model._meta.concrete_fields if field.attname in row]
    values = [field.to_python(row[field.attname]) for field in held]
    return model.from_db("default", [field.attname for field in held], values)


def hold(row: Model, name: str, rows: list[Any]) -> None:
    """Keep the rows at their parent, as prefetch_related does."""
    kept = getattr(row, name).all()
    kept._result_cache = rows
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = kept
