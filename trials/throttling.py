"""How many enquiries the public form and one hospital system may send: enough for a hospital, too few for a flood."""

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from accounts import throttling
from accounts.models import User
from audit.events import EventType
from audit.models import Event
from trials.models import Enquiry

ENQUIRIES: Final = "enquiries"
PER_ADDRESS: Final = 10
PER_INSTALLATION: Final = 100
PER_SYSTEM: Final = 100
WINDOW_SECONDS: Final = 3600
"""Each web process counts addresses for itself; the whole installation's are counted in the table."""


def is_too_many(request: HttpRequest) -> bool:
    if throttling.came(ENQUIRIES, request) >= PER_ADDRESS:
        return True
    sent = Enquiry.objects.filter(channel=Enquiry.Channel.FORM, received_at__gte=_an_hour_ago())
    return sent[:PER_INSTALLATION].count() >= PER_INSTALLATION


def is_too_many_by(system: User) -> bool:
    """Whether this machine account has sent as many as one may within the hour."""
    sent = Event.objects.filter(by=system, type=EventType.ENQUIRY_RECEIVED, at__gte=_an_hour_ago())
    return sent[:PER_SYSTEM].count() >= PER_SYSTEM


def _an_hour_ago() -> datetime:
    return timezone.now() - timedelta(seconds=WINDOW_SECONDS)


def count(request: HttpRequest) -> None:
    """One more from there."""
    throttling.count(ENQUIRIES, request, seconds=WINDOW_SECONDS)
