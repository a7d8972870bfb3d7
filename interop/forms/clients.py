"""Shapes of what is typed about a client, and the filters of its messages."""

import json
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Organisation
from accounts.scopes import SCOPES
from audit.forms import VersionedForm
from cases.forms.fields import CodedField, TextField

LONGEST_KEYS: Final = 40_000
NO_KEYS: Final = 'This is not a JSON Web Key Set. It begins so: {"keys": [{"kty": "EC", "crv": "P-384", …'
SINCE: Final = {"1": "The last hour", "24": "The last 24 hours", "168": "The last 7 days"}
STATUSES: Final = {
    "done": "Done",
    "refused": "Refused, whatever the reason",
    "401": "401: no valid token",
    "403": "403: beyond scope or role",
    "404": "404: nothing there",
    "409": "409: state does not allow it",
    "412": "412: changed by someone else",
    "429": "429: too many requests",
    "5": "500 and above: a fault of ours",
}


class KeysField(TextField):
    """A key set as its owner gives it: JSON."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=LONGEST_KEYS, required=False, **options)

    def clean(self, value: Any) -> dict[str, Any] | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            told = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError(NO_KEYS) from error
        if not isinstance(told, dict):
            raise ValidationError(NO_KEYS)
        return told


class ConnectionForm(VersionedForm):
    """Shows both versions of a stale edit in words: lists and key sets too."""

    def refuse(self, current: Any, theirs: dict[str, Any]) -> None:
        super().refuse(current, {name: value for name, value in theirs.items() if name != "version"})
        for each in self.conflicts:
            each.update({side: _said(each[side]) for side in ("theirs", "yours")})


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, indent=2)
    return ", ".join(value) if isinstance(value, list) else value


class ClientForm(ConnectionForm):
    """What a client may ask for, how it signs in, and who is asked about it."""

    scopes = forms.MultipleChoiceField(
        label="What it may ask for",
        choices=[(scope, f"{scope}: {words}") for scope, words in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="The first three open everything of their kind. Give a client no more than it needs.",
        error_messages={"required": "Choose at least one scope."},
    )
    public_keys = KeysField(
        label="Public keys",
        help_text="A JSON Web Key Set with the public parts alone. With keys the client signs in by a signed "
        "assertion and has no secret.",
    )
    contact = forms.EmailField(
        label="Contact", required=False, help_text="E-mail address of who is asked when the connection fails"
    )


class NewClientForm(ClientForm):
    """A client that is opened."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label="Organisation", empty_label="Choose an organisation"
    )
    name = forms.CharField(
        label="Name", max_length=100, help_text="As people call the system: Records system, Laboratory"
    )
    field_order = ["organisation", "name"]

    def __init__(self, *args: Any, organisations: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class StepForm(VersionedForm):
    """A step that takes nothing but the version that was looked at."""


class Filter(forms.Form):
    """Narrows a list; what is not valid does not filter, and says so at its field."""

    def chosen(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name) or "").strip()

    @property
    def span(self) -> timedelta | None:
        hours = self.chosen("since")
        return timedelta(hours=int(hours)) if hours else None

    @property
    def query(self) -> str:
        return urlencode({name: value for name in self.fields if (value := self.chosen(name))})


class MessageFilter(Filter):
    """By client, outcome, operation, time, or the one request that a system's own log names."""

    client = CodedField({}, blank="All", label="Client", required=False)
    status = CodedField(STATUSES, blank="All", label="Outcome", required=False)
    operation = forms.CharField(label="Operation", required=False, max_length=80)
    since = CodedField(SINCE, blank="The last 30 days", label="When", required=False)
    request_id = forms.CharField(label="X-Request-ID", required=False, max_length=64)

    def __init__(self, *args: Any, clients: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["client"].choices = [("", "All"), *clients]  # type: ignore[attr-defined]
