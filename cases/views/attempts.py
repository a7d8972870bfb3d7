"""Trying a service from a page: what it refuses is said at the form's fields, and nothing typed is lost."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.http import HttpRequest

from audit.forms import VersionedForm
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.forms.fields import CodedField
from cases.services.refusals import said

OK, CONFLICT = 200, 409


def attempt(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], Any],
    theirs: Callable[[Any], dict[str, Any]] | None = None,
) -> tuple[Any, int]:
    """What the service gave, and the status of the page if that is None and the form is shown again."""
    if request.method != "POST" or not form.is_valid():
        return None, OK
    try:
        return act() or True, OK
    except ValidationError as error:
        put_errors(form, error)
        return None, OK
    except WrongState as error:
        form.add_error(None, f"{error} Nothing was changed.")
    except StaleVersion as error:
        if not isinstance(form, VersionedForm):
            raise
        current: Any = error.current
        _show_both(form, current, theirs(current) if theirs else {})
    return None, CONFLICT


def put_errors(form: forms.Form, error: ValidationError) -> None:
    """Each message at its field; one that the form has no field for at the top."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for name, messages in by_field.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)


def _show_both(form: VersionedForm, current: Any, theirs: dict[str, Any]) -> None:
    form.refuse(current, theirs)
    coded = {each.label: dict(each.choices) for each in form.fields.values() if isinstance(each, CodedField)}
    form.conflicts = [
        {
            "label": conflict["label"],
            "theirs": _words(conflict["theirs"], coded.get(conflict["label"], {})),
            "yours": _words(conflict["yours"], coded.get(conflict["label"], {})),
        }
        for conflict in form.conflicts
    ]
    change = last_change(current)
    form.changed_by = change.by.full_name if change and change.by else "Someone else"  # type: ignore[attr-defined]
    form.changed_at = change.at if change else None  # type: ignore[attr-defined]


def _words(value: Any, coded: Mapping[Any, Any]) -> str:
    if value in (None, ""):
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return said(value) if isinstance(value, date) else str(coded.get(value, value))


def last_change(row: Model) -> Event | None:
    """The newest event of this row, with who did it."""
    events = Event.objects.filter(target_type=row._meta.label_lower, target_id=row.pk)
    return events.select_related("by").order_by("-id").first()


def values_of(row: Any, names: Mapping[str, Any] | list[str]) -> dict[str, Any]:
    """The row's own values of a form's fields."""
    return {name: getattr(row, name) for name in names if hasattr(row, name)}
