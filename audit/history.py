"""Row history by database triggers: every insert, update and delete of a clinical row, raw and bulk ones included."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import pghistory
from django.db import models

Model = TypeVar("Model", bound=type[models.Model])


def tracked_without(exclude: Sequence[str]) -> Callable[[Model], Model]:
    """As `tracked`, but for columns that history must not keep, such as a password's hash."""

    def decorate(model: Model) -> Model:
        track = pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=list(exclude) or None,
            context_field=None,
            append_only=True,
            model_name=f"{model.__name__}History",
            obj_field=pghistory.ObjForeignKey(related_name="history", related_query_name="history"),
        )
        return track(model)  # type: ignore[no-any-return]

    return decorate


def tracked(model: Model) -> Model:
    """Class decorator: keeps every version of the row in `<Model>History`, which nobody can change.

    A history row's time is its transaction's, so it joins the audit events written beside it.
    """
    return tracked_without(())(model)
