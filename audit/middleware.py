"""Writes who read which patients' records, before the response leaves."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit import reads


def record_reads(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A record that can't be written down is not shown: the error stops the response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "patients_read", None) and 200 <= response.status_code < 300:
            reads.write(request)
        return response

    return middleware
