"""One POST to a receiver: to an address in an allowed network, without redirects, proxies or patience."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Timer
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

CONNECT_SECONDS = 5
READ_SECONDS = 10
WHOLE_SECONDS = 15
"""However slowly each byte comes, an answer has to be there by then."""
MOST_READ = 64 * 1024

Address = IPv4Address | IPv6Address
FAILURES = {
    "answer": "Not 2xx, so not taken",
    "not_allowed": "Its address is in none of the networks that WEBHOOK_NETWORKS allows",
    "no_such_name": "There is no host of this name",
    "wrong_certificate": "Its certificate is not one that is trusted for this name",
    "no_tls": "It does not speak TLS",
    "refused": "Nothing listens at this port",
    "timeout": f"No connection within {CONNECT_SECONDS} seconds, silence of {READ_SECONDS}, or no whole answer "
    f"within {WHOLE_SECONDS}",
    "broken_answer": "It broke off, or what it said is not HTTP",
    "too_long": f"Its answer is longer than {MOST_READ // 1024} KiB",
}
"""In words, by the kind that a message keeps."""


@dataclass(frozen=True)
class Answer:
    """What came of it: the status of HTTP, or the kind of failure."""

    status: int | None
    error: str
    took_ms: int

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and not self.error


class NotAllowed(Exception):
    """The name leads to no address in an allowed network."""


def post(url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send it; every failure that a receiver can cause is an answer, none is raised."""
    began, receiver = monotonic(), _Receiver(url)
    connection = _Pinned(receiver.host, receiver.port, is_tls=receiver.is_tls)
    status: int | None = None
    error = ""
    try:
        status, error = _send(connection, receiver.target, headers, body)
    except NotAllowed:
        error = "not_allowed"
    except socket.gaierror:
        error = "no_such_name"
    except ssl.SSLCertVerificationError:
        error = "wrong_certificate"
    except TimeoutError:
        error = "timeout"
    except ssl.SSLError:
        error = "no_tls"
    except ConnectionRefusedError:
        error = "refused"
    except (OSError, http.client.HTTPException, ValueError):
        error = "broken_answer"
    if connection.was_cut:
        status, error = None, "timeout"  # what had come by then reads like a whole answer
    return Answer(status, error, round((monotonic() - began) * 1000))


def addresses_of(host: str, port: int) -> list[str]:
    """The allowed ones of the addresses that the name has now; asked once, and nothing else is connected to."""
    found = [str(told[4][0]) for told in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    allowed = [each for each in dict.fromkeys(found) if is_allowed(each)]
    if not allowed:
        raise NotAllowed
    return allowed


def is_allowed(address: str) -> bool:
    """Is it in one of the networks that the installation's settings name? Also where IPv4 is written as IPv6."""
    ip: Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in settings.WEBHOOK_NETWORKS)


class _Receiver:
    """The parts of an address that is sent to."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.is_tls = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if self.is_tls else 80)
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked; the name is what the certificate and the Host header say."""

    def __init__(self, host: str, port: int, *, is_tls: bool) -> None:
        super().__init__(host, port)
        self.is_tls = is_tls
        self.default_port = 443 if is_tls else 80
        self.until = monotonic() + WHOLE_SECONDS
        self.was_cut = False

    def connect(self) -> None:
        first, *others = addresses_of(self.host, self.port)
        self._hold(self._reach(first, others))
        if self.is_tls:
            tls = tls_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._hold(tls)
            tls.do_handshake()
        self.sock.settimeout(READ_SECONDS)

    def _reach(self, address: str, others: list[str]) -> Any:
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, self.port), min(CONNECT_SECONDS, left))
        except OSError:
            if not others:
                raise
            return self._reach(others[0], others[1:])

    def _hold(self, sock: Any) -> None:
        """A cut that came before found no socket to shut."""
        self.sock = sock
        if self.was_cut:
            raise TimeoutError

    def cut(self) -> None:
        """From another thread: whoever waits for the receiver waits no longer."""
        self.was_cut = True
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def tls_context() -> ssl.SSLContext:
    """The system's authorities, and the hospital's own where the settings name it. Nothing turns checking off."""
    context = ssl.create_default_context()
    if settings.WEBHOOK_CA_FILE:
        context.load_verify_locations(cafile=settings.WEBHOOK_CA_FILE)
    return context


def _send(connection: _Pinned, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    deadline = Timer(WHOLE_SECONDS, connection.cut)
    deadline.daemon = True
    deadline.start()
    try:
        connection.request("POST", target, body=body, headers=dict(headers))
        response = connection.getresponse()
        read = len(response.read(MOST_READ + 1))
        return response.status, "too_long" if read > MOST_READ else ""
    finally:
        deadline.cancel()
        connection.close()
