"""What is wrong in a form, in the words of the pages: Django's own are replaced here, and each line names its field."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.forms.utils import ErrorList

NEEDED = "This is needed."

PLAIN = {
    "This field is required.": NEEDED,
    "Enter a valid date.": "Enter a date that exists, such as 25/11/2026.",
    "Enter a valid date/time.": "Enter a date and time, such as 25/11/2026 08:30.",
    "Enter a valid time.": "Enter a time, such as 08:30.",
    "Enter a valid email address.": "Enter an e-mail address, such as name@hospital.example.",
    "Enter a whole number.": "Enter a whole number, in digits.",
    "Enter a number.": "Enter a number, in digits.",
    "Select a valid choice. That choice is not one of the available choices.": "Choose from the list.",
}
"""Django's words that don't say what would be right."""

LIMITS = {
    "max_length": "must be {limit_value:,} characters or fewer (now {show_value:,})",
    "min_length": "must be {limit_value:,} characters or more (now {show_value:,})",
    "min_value": "must be {limit_value:,} or more",
    "max_value": "must be {limit_value:,} or less",
    "max_digits": "must have no more digits than {max}",
    "max_whole_digits": "must have no more digits before the decimal point than {max}",
    "max_decimal_places": "must have no more digits after the decimal point than {max}",
}
"""By the code of Django's refusal."""


def said(errors: ErrorList, label: str) -> list[str]:
    """What is said at the field: what is needed and what has a limit is named there too."""
    return [_sentence(error, label or "This") for error in errors.as_data()]


def _sentence(error: ValidationError, label: str) -> str:
    (message,) = error.messages
    message = PLAIN.get(message, message)
    if message == NEEDED:
        return f"{label} is needed."
    if error.code in LIMITS and message.startswith("Ensure ") and error.params:
        return f"{label} {LIMITS[error.code].format(**error.params)}."
    return message


def named(label: str, message: str) -> str:
    """In the list at the top of the page each line names its field, once."""
    stem = re.sub(r" (on|at|by)$", "", label)
    if not label or re.search(rf"(?<!\w){re.escape(stem)}(?!\w)", message, re.IGNORECASE):
        return message
    return f"{label}: {message}"


def errors_at(bound: BoundField) -> str:
    return " ".join(said(bound.errors, str(bound.label)))


def errors_of(form: Any) -> list[dict[str, str]]:
    """Lines of the error summary of a form or a formset, in the order of the page, linked to their fields."""
    if not hasattr(form, "forms"):
        return list(_lines(form))
    whole = [{"text": message} for message in said(form.non_form_errors(), "")]
    return whole + [line for each in form.forms for line in _lines(each)]


def _lines(form: Any) -> Iterator[dict[str, str]]:
    if not form.errors:
        return
    yield from ({"text": message} for message in said(form.non_field_errors(), ""))
    for bound in (form[name] for name in form.fields if name in form.errors):
        label = str(bound.label)
        link = {} if bound.is_hidden else {"href": f"#{bound.auto_id}"}
        yield from ({"text": named(label, message)} | link for message in said(bound.errors, label))
