"""The page of something that is done already: who recorded it and when, in the place of its form."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit.events import EventType
from cases.models import Case
from followup.presenting import happened
from followup.views.frame import about


def already(
    request: HttpRequest,
    case: Case,
    *,
    heading: str,
    words: str,
    row: Model | None,
    event: EventType | None,
    way: tuple[str, str],
    more: str = "",
    form: Any = None,
) -> HttpResponse:
    """`event`: of the row, by whom and when; `way`: on from here; `form`: what was typed, which nothing keeps."""
    done = [each for each in happened(row) if each.type == event] if row and event else []
    shown = {
        **about(request, case),
        "heading": heading,
        "words": words,
        "event": done[-1] if done else None,
        "more": more,
        "way": way,
        "typed": typed(form) if form is not None and form.is_bound else [],
    }
    return render(request, "followup/already.jinja", shown, status=409)


def typed(form: Any) -> list[dict[str, str]]:
    """What was typed, in words: there is no form any more that could keep it."""
    told = [(bound.label, _words(bound)) for bound in form.visible_fields()]
    return [{"key": label, "value": words} for label, words in told if words]


def _words(bound: Any) -> str:
    value = bound.value()
    choices = {str(key): str(label) for key, label in getattr(bound.field, "choices", ())}
    if isinstance(value, bool):
        return "Yes" if value else ""
    values = value if isinstance(value, list) else [value]
    return ", ".join(choices.get(str(each), str(each)) for each in values if each not in (None, ""))
