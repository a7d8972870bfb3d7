"""How often something came from one address; counted for all processes together where CACHE_URL names a cache."""

from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from axes.helpers import get_client_ip_address
from django.core.cache import cache
from django.http import HttpRequest


def came(what: str, request: HttpRequest) -> int:
    """How often it came from there since its count began."""
    return int(cache.get(_key(what, request), 0))


def count(what: str, request: HttpRequest, *, seconds: int) -> None:
    """One more from there; so long after the first the count begins anew."""
    key = _key(what, request)
    if not cache.add(key, 1, seconds):
        try:
            cache.incr(key)
        except ValueError:
            # The time ended between the two calls.
            cache.set(key, 1, seconds)


def _key(what: str, request: HttpRequest) -> str:
    return f"{what}-{sha256(network(request).encode()).hexdigest()}"


def network(request: HttpRequest) -> str:
    """From where a request came. An IPv6 customer has a whole /64, and counts as one."""
    told = get_client_ip_address(request) or ""
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)
