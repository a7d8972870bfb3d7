"""A small HTTP client: connections that stay open, one thread each, to this machine only and never endless."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

MOST_REQUESTS = 2000
MOST_SECONDS = 60.0
HOST = "127.0.0.1"


class Unexpected(Exception):
    """An answer that is not the one that is measured."""


@dataclass(frozen=True)
class Call:
    """One request, as often as wanted; `another` makes it anew each time, where no two may be the same."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    expect: int = 200
    contains: str = ""
    another: Callable[[], "Call"] | None = None

    def now(self) -> "Call":
        return self.another() if self.another else self


class Server:
    """One server on this machine, with the cookies that it gave, and headers that every request brings."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.always: dict[str, str] = {}

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.port, timeout=30)

    def headers(self, call: Call) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Host": f"localhost:{self.port}", "Accept-Encoding": "identity"}
        return headers | ({"Cookie": cookie} if cookie else {}) | self.always | dict(call.headers)

    def once(self, call: Call) -> bytes:
        """One request by itself; keeps the cookies that it brings."""
        connection = self.connection()
        connection.request(call.method, call.path, call.body.encode() or None, self.headers(call))
        response = connection.getresponse()
        text = response.read()
        for header in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        connection.close()
        check(call, response.status, text)
        return text

    def take_token(self, client_id: str, secret: str, scope: str) -> None:
        """Sign in as a hospital system: every later request brings its token."""
        told = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        text = self.once(Call("/api/v1/token/", "POST", headers, urlencode(told | {"scope": scope})))
        self.always["Authorization"] = f"Bearer {json.loads(text)['access_token']}"

    def form(self, path: str, values: Mapping[str, str], expect: int = 302) -> bytes:
        """A form as a browser sends it."""
        body = urlencode({**values, "csrfmiddlewaretoken": self.cookies["csrftoken"]})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.once(Call(path, "POST", headers, body, expect))

    def times(self, call: Call, requests: int, clients: int = 1) -> list[float]:
        """Seconds that each of so many requests took, shared among so many clients at once."""
        if requests > MOST_REQUESTS:
            raise ValueError(f"at most {MOST_REQUESTS} requests")
        each, taken, failed = max(1, requests // clients), [], []
        until = time.monotonic() + MOST_SECONDS
        together = threading.Barrier(clients)

        def work() -> None:
            try:
                taken.extend(self._work(call, each, together, until))
            except (Unexpected, OSError, http.client.HTTPException) as error:
                failed.append(error)
                together.abort()

        threads = [threading.Thread(target=work) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        return taken

    def _work(self, call: Call, requests: int, together: threading.Barrier, until: float) -> list[float]:
        connection, seconds = self.connection(), []
        connection.connect()
        together.wait(timeout=30)
        for _ in range(requests):
            now = call.now()
            body, headers = now.body.encode() or None, self.headers(now)
            begun = time.perf_counter()
            connection.request(now.method, now.path, body, headers)
            response = connection.getresponse()
            text = response.read()
            seconds.append(time.perf_counter() - begun)
            check(now, response.status, text)
            if time.monotonic() > until:
                break
        connection.close()
        return seconds


def check(call: Call, status: int, text: bytes) -> None:
    if status != call.expect:
        raise Unexpected(f"{call.method} {call.path} answered {status}, not {call.expect}: {text[:300]!r}")
    if call.contains and call.contains.encode() not in text:
        raise Unexpected(f"{call.method} {call.path} does not show what is measured: {call.contains}")
