"""Each request is counted, timed and, in JSON logs, written down: by the name of its view, never by its address."""

import logging
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from config.logs import current, view_of

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REQUEST_SECONDS = Histogram(
    "sarcoma_mdt_request_seconds",
    "Time to answer a request",
    ["view"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
REQUESTS = Counter("sarcoma_mdt_requests", "Requests answered", ["view", "method", "status"])
STATEMENTS = Counter("sarcoma_mdt_statements", "Statements to the database within requests", ["view"])
STATEMENT_SECONDS = Counter("sarcoma_mdt_statement_seconds", "Time of these statements", ["view"])

logger = logging.getLogger(__name__)


class Statements:
    """Counts and times what one request asks of the database."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        began = perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.count += 1
            self.seconds += perf_counter() - began


def observe(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Outside all other middleware, so that it sees what they refuse and how long they take."""

    def middleware(request: HttpRequest) -> HttpResponse:
        told = request.headers.get("X-Request-ID", "")
        request_id = told if SANE.fullmatch(told) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        token = current.set(request)
        began, statements = perf_counter(), Statements()
        try:
            with connection.execute_wrapper(statements):
                response = get_response(request)
            _count(request, response, perf_counter() - began, statements)
        finally:
            current.reset(token)
        response.headers["X-Request-ID"] = request_id
        return response

    return middleware


def _count(request: HttpRequest, response: HttpResponse, seconds: float, statements: Statements) -> None:
    view, status = view_of(request), response.status_code
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(view, method, status).inc()
    REQUEST_SECONDS.labels(view).observe(seconds)
    STATEMENTS.labels(view).inc(statements.count)
    STATEMENT_SECONDS.labels(view).inc(statements.seconds)
    more = {
        "method": method,
        "status": status,
        "ms": round(1000 * seconds, 1),
        "statements": statements.count,
    }
    logger.info("%s %s %s", method, view, status, extra=more)
