"""How many enquiries the public form takes: enough for a hospital, too few for a flood."""

from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Final

from axes.helpers import get_client_ip_address
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from trials.models import Enquiry

PER_ADDRESS: Final = 10
PER_INSTALLATION: Final = 100
WINDOW_SECONDS: Final = 3600
"""Each web process counts addresses for itself; the whole installation's are counted in the table."""


def is_too_many(request: HttpRequest) -> bool:
    if int(cache.get(_key(request), 0)) >= PER_ADDRESS:
        return True
    since = timezone.now() - timedelta(seconds=WINDOW_SECONDS)
    sent = Enquiry.objects.filter(channel=Enquiry.Channel.FORM, received_at__gte=since)
    return sent[:PER_INSTALLATION].count() >= PER_INSTALLATION


def count(request: HttpRequest) -> None:
    """One more from there; an hour after the first the count begins anew."""
    key = _key(request)
    if not cache.add(key, 1, WINDOW_SECONDS):
        try:
            cache.incr(key)
        except ValueError:
            # The hour ended between the two calls.
            cache.set(key, 1, WINDOW_SECONDS)


def _key(request: HttpRequest) -> str:
    return f"enquiries-{sha256(_network(request).encode()).hexdigest()}"


def _network(request: HttpRequest) -> str:
    """An IPv6 customer has a whole /64, and counts as one."""
    told = get_client_ip_address(request) or ""
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)
