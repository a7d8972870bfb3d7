"""Every refusal in one place: pages in plain words, the API as problem details (RFC 9457)."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from audit.workflow import StaleVersion, WrongState

PROBLEM = "application/problem+json"


class ConflictMiddleware:
    """A page's move that the state or the version does not allow is answered by the 409 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, WrongState | StaleVersion):
            return render(request, "409.jinja", {"reason": str(error)}, status=409)
        return None


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.jinja", {"reason": str(exception)}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.jinja", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: what made the page fail must not fail its error page too."""
    return HttpResponse(render_to_string("500.jinja"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: what was typed is shown back by the browser's own back button."""
    words = "The page was open for too long. Go back, reload it and send it again."
    return render(request, "403.jinja", {"reason": words}, status=403)


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """The API's answer to an exception; None leaves it to the server's own error handling."""
    if isinstance(error, StaleVersion):
        return _problem(
            status.HTTP_409_CONFLICT, "Stale version", str(error), current_version=error.current.version
        )  # type: ignore[attr-defined]
    if isinstance(error, WrongState):
        return _problem(status.HTTP_409_CONFLICT, "Wrong state", str(error))
    if isinstance(error, ValidationError):
        return _problem(
            status.HTTP_400_BAD_REQUEST, "Not valid", "Some fields are not valid.", errors=_by_field(error)
        )
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, RawPostDataException):
        error = exceptions.ParseError("The body could not be read.")
    response = exception_handler(error, context)
    if response is None:
        return None
    return _from_framework(response)


def _from_framework(response: Response) -> Response:
    data = response.data
    if isinstance(data, dict) and set(data) == {"detail"}:
        body = _problem(response.status_code, response.status_text, str(data["detail"]))
    else:
        body = _problem(response.status_code, "Not valid", "Some fields are not valid.", errors=data)
    for header in ("WWW-Authenticate", "Retry-After"):
        if header in response.headers:
            body[header] = response.headers[header]
    return body


def _problem(code: int, title: str, detail: str, **more: Any) -> Response:
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail, **more}
    return Response(body, status=code, content_type=PROBLEM)


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return error.message_dict
    return {"non_field_errors": error.messages}
