"""Writes who read which patients' records, before the response leaves."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from audit import reads

REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT)
"""A form that is refused comes back on its page, with the whole record around it."""


def record_reads(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A record that can't be written down is not shown: the error stops the response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        shows = 200 <= response.status_code < 300 or response.status_code in REFUSED
        if shows and getattr(request, "patients_read", None):
            reads.write(request)
        return response

    return middleware
