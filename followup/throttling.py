"""How many wrong codes may come from one address: enough for a whole hospital, too few to keep a server busy."""

from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Final

from axes.helpers import get_client_ip_address
from django.core.cache import cache
from django.http import HttpRequest

MOST_WRONG: Final = 30
WINDOW_SECONDS: Final = 600
"""Each web process counts for itself: what it guards is the processor's time that a code's check takes.

What guards a link is its own five tries.
"""


def is_too_many(request: HttpRequest) -> bool:
    return int(cache.get(_key(request), 0)) >= MOST_WRONG


def count(request: HttpRequest) -> None:
    """One more wrong code from there; ten minutes after the first the count begins anew."""
    key = _key(request)
    if not cache.add(key, 1, WINDOW_SECONDS):
        cache.incr(key)


def _key(request: HttpRequest) -> str:
    return f"wrong-codes-{sha256(_network(request).encode()).hexdigest()}"


def _network(request: HttpRequest) -> str:
    """An IPv6 customer has a whole /64, and counts as one."""
    told = get_client_ip_address(request) or ""
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)
