"""How many enquiries the public form takes: enough for a hospital, too few for a flood."""

from datetime import timedelta
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from accounts import throttling
from trials.models import Enquiry

ENQUIRIES: Final = "enquiries"
PER_ADDRESS: Final = 10
PER_INSTALLATION: Final = 100
WINDOW_SECONDS: Final = 3600
"""Each web process counts addresses for itself; the whole installation's are counted in the table."""


def is_too_many(request: HttpRequest) -> bool:
    if throttling.came(ENQUIRIES, request) >= PER_ADDRESS:
        return True
    since = timezone.now() - timedelta(seconds=WINDOW_SECONDS)
    sent = Enquiry.objects.filter(channel=Enquiry.Channel.FORM, received_at__gte=since)
    return sent[:PER_INSTALLATION].count() >= PER_INSTALLATION


def count(request: HttpRequest) -> None:
    """One more from there."""
    throttling.count(ENQUIRIES, request, seconds=WINDOW_SECONDS)
