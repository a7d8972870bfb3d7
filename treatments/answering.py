"""Answers as a page takes them: one small form inside each finding that owes one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.models import User
from treatments.forms import AnswerForm
from treatments.models import Response
from treatments.presenting import AnswerForms, Place, answer_prefix
from treatments.services import Answer, Standing
from treatments.services.standing import KIND_OWED

Key = tuple[str, Place]
Typed = dict[Key, dict[str, str]]

_NAME = re.compile(r"a-([A-Z]{1,10}-[0-9]{1,9})-(plan|[0-9]{1,2})-(text|reason_code|given_by)")


def typed_answers(data: QueryDict) -> Typed:
    """What a request holds of answers, by finding."""
    typed: Typed = {}
    for name in data:
        found = _NAME.fullmatch(name)
        if found:
            rule, place, column = found.groups()
            key = (rule, None if place == "plan" else int(place))
            typed.setdefault(key, {})[column] = data.get(name, "")
    return typed


def moved(typed: Typed, places: Mapping[int, int]) -> Typed:
    """Answers follow their treatment to its new place, and go with it."""
    kept = {key: values for key, values in typed.items() if key[1] is None or key[1] in places}
    return {
        (rule, None if place is None else places[place]): values for (rule, place), values in kept.items()
    }


def answer_forms(
    answers: Iterable[Standing],
    people: Mapping[str, User],
    typed: Typed | None = None,
    *,
    bound: bool = False,
) -> dict[Key, AnswerForm]:
    """A form for each finding that owes an answer or has one that may be changed."""
    forms = {}
    for each in answers:
        severity = each.finding["severity"]
        if severity in KIND_OWED:
            key = (each.finding["rule"], each.finding["treatment"])
            forms[key] = _form(key, severity, people, (typed or {}).get(key), each.response, bound)
    return forms


def _form(
    key: Key,
    severity: str,
    people: Mapping[str, User],
    typed: dict[str, str] | None,
    response: Response | None,
    bound: bool,
) -> AnswerForm:
    prefix = answer_prefix(*key)
    if bound and typed is not None:
        data = {f"{prefix}-{name}": value for name, value in typed.items()}
        return AnswerForm(data, prefix=prefix, severity=severity, people=people)
    initial = typed or (_values(response) if response else {})
    return AnswerForm(prefix=prefix, severity=severity, people=people, initial=initial)


def _values(response: Response) -> dict[str, str]:
    return {
        "text": response.text,
        "reason_code": response.reason_code,
        "given_by": str(response.given_by_id),
    }


def given(forms: AnswerForms, answers: Iterable[Standing], by: User) -> tuple[list[Key], list[Answer], bool]:
    """The answers that were typed anew, and whether their shape is right."""
    standing = {(each.finding["rule"], each.finding["treatment"]): each for each in answers}
    keys = [key for key, form in forms.items() if _is_new(form, standing[key].response)]
    valid = all([forms[key].is_valid() for key in keys])
    return keys, [_answer(key, forms[key], by) for key in keys] if valid else [], valid


def _is_new(form: AnswerForm, response: Response | None) -> bool:
    if not form.is_bound or not form.is_typed:
        return False
    if response is None:
        return True
    before = _values(response)
    return any((form.data.get(form.add_prefix(name)) or "") != before[name] for name in form.fields)


def _answer(key: Key, form: AnswerForm, by: User) -> Answer:
    values: dict[str, Any] = form.cleaned_data
    if form.severity == "caution":
        return Answer(*key, KIND_OWED["caution"], values["text"], by)
    return Answer(
        *key,
        KIND_OWED["deviation"],
        values["text"],
        form.people.get(values["given_by"]),
        values["reason_code"],
    )


def refuse(forms: AnswerForms, keys: Sequence[Key], error: ValidationError) -> list[str]:
    """Put a service's errors into the forms; gives back those of the plan as a whole."""
    whole: list[str] = []
    for path, messages in error.message_dict.items():
        place, _, name = path.partition(".")
        if not place.isdecimal():
            whole += messages
            continue
        form = forms[keys[int(place)]]
        form.add_error(name if name in form.fields else None, messages)
    return whole
