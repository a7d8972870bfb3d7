"""Shapes of what is typed about a webhook, and the filter of its messages."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from django import forms

from audit.events import EventType
from cases.forms.fields import CodedField
from interop.changes.published import PUBLISHED
from interop.forms.clients import SINCE, ConnectionForm, Filter

DELIVERIES: Final = {
    "sent": "Delivered",
    "pending": "Waits to be sent",
    "failed": "Failed, will be tried again",
    "dead": "Given up",
    "stopped": "Not to be sent any more",
}


def _kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    """Types of changes, in groups by the list of the API that shows what they are about."""
    ordered = sorted(PUBLISHED, key=lambda each: PUBLISHED[each])
    return [
        (
            resource.replace("-", " ").capitalize(),
            [(each, f"{EventType(each).label} ({each})") for each in types],
        )
        for resource, types in groupby(ordered, key=lambda each: PUBLISHED[each])
    ]


class WebhookForm(ConnectionForm):
    """Where to send what."""

    url = forms.CharField(
        label="Address",
        widget=forms.URLInput,
        help_text="Of the receiver, beginning with https://, such as https://receiver.example/changes",
    )
    types = forms.MultipleChoiceField(
        label="Which changes",
        choices=_kinds(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Tick none, and every change is sent.",
    )

    def clean_types(self) -> list[str]:
        chosen = self.cleaned_data["types"]
        return [each for each in PUBLISHED if each in chosen]


class NewWebhookForm(WebhookForm):
    """A webhook that is set up."""

    client = CodedField({}, blank="Choose a client", label="Client")
    field_order = ["client"]

    def __init__(self, *args: Any, clients: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["client"].choices = [("", "Choose a client"), *clients.items()]  # type: ignore[attr-defined]


class DeliveryFilter(Filter):
    """By how it stands with the message, and by time."""

    state = CodedField(DELIVERIES, blank="All", label="State", required=False)
    since = CodedField(SINCE, blank="Whenever", label="When", required=False)
