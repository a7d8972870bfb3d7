"""Every refusal in one place: pages in plain words, the API as problem details (RFC 9457)."""

import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from audit import reads
from audit.workflow import StaleVersion, WrongState

PROBLEM = "application/problem+json"
API = "/api/"
RETRY_SECONDS = 5
SAFE = ("GET", "HEAD", "OPTIONS")
AWAY = ("08", "53", "57P")
"""Beginnings of the codes (PostgreSQL, appendix A) of a lost connection, a full server, and one that shuts down."""
CROSSED = ("40001", "40P01", "55P03")
"""A serialization failure, a deadlock, a lock that was not to be had in time."""
CROSSED_WORDS = "Somebody else was saving the same in the same moment, and theirs came first."
UNREADABLE = (
    BadRequest,
    MultiPartParserError,
    RawPostDataException,
    SuspiciousOperation,
    UnreadablePostError,
)


class TooLarge(exceptions.APIException):
    """More than a request may bring."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__(
            f"The body is too large. It may have {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KiB."
        )


class ConflictMiddleware:
    """A page's move that the state or the version does not allow is answered by the 409 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, WrongState | StaleVersion):
            reads.showed_nothing(request)
            return render(request, "409.jinja", {"reason": str(error)}, status=409)
        return None


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.jinja", {"reason": str(exception)}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return plain_problem(413, "Request Entity Too Large", str(TooLarge()))
    return plain_problem(400, "Bad Request", "The request could not be read.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.jinja", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: what made the page fail must not fail its error page too."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        state = _sqlstate(error)
        if state in CROSSED:
            return crossed(request)
        if state is None or state.startswith(AWAY):
            return no_database(request)
    if request.path.startswith(API):
        words = "Something went wrong here, and was noted. Nothing was saved. Try again later."
        return plain_problem(500, "Internal Server Error", words)
    return HttpResponse(render_to_string("500.jinja"), status=500)


def _sqlstate(error: Exception) -> str | None:
    """The database's own code of what went wrong; none where it could not be asked."""
    return getattr(error.__cause__, "sqlstate", None)


def crossed(request: HttpRequest) -> HttpResponse:
    """Two people wrote to the same rows in the same moment, and this one of them was undone whole."""
    if request.path.startswith(API):
        return plain_problem(409, "Conflict", f"{CROSSED_WORDS} Nothing was saved. Send it again.")
    return HttpResponse(render_to_string("409.jinja", {"reason": CROSSED_WORDS}), status=409)


def no_database(request: HttpRequest) -> HttpResponse:
    """The database is restarted, or cannot be reached: nothing is wrong with what was asked.

    A connection that is lost in the very moment of saving leaves it open whether that was saved.
    """
    is_write = request.method not in SAFE
    if request.path.startswith(API):
        doubt = " It may not have been saved: look before you send it again." if is_write else ""
        words = f"The database does not answer at the moment.{doubt} Try again in a minute."
        response = plain_problem(503, "Service Unavailable", words)
    else:
        response = HttpResponse(render_to_string("503.jinja", {"is_write": is_write}), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: what was typed is shown back by the browser's own back button."""
    words = "The page was open for too long. Go back, reload it and send it again."
    return render(request, "403.jinja", {"reason": words}, status=403)


@csrf_exempt
@login_not_required
def nothing_here(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """Any address of the API that no endpoint has, by whatever method."""
    words = "There is nothing at this address. Every address of the API ends in a slash; /api/v1/schema/ lists them."
    return plain_problem(404, "Not Found", words)


def plain_problem(code: int, title: str, detail: str) -> HttpResponse:
    """Problem details of a request that reached no endpoint."""
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return JsonResponse(body, status=code, content_type=PROBLEM)


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """The API's answer to an exception; None leaves it to the server's own error handling."""
    if isinstance(error, StaleVersion):
        words = "Someone else changed this since the version that you named. Read it again, then repeat your change."
        version = error.current.version  # type: ignore[attr-defined]
        return _problem(status.HTTP_412_PRECONDITION_FAILED, "Stale version", words, current_version=version)
    if isinstance(error, WrongState):
        return _problem(status.HTTP_409_CONFLICT, "Wrong state", str(error))
    if isinstance(error, ValidationError):
        return _not_valid(_by_field(error))
    if isinstance(error, exceptions.ValidationError):
        return _not_valid(_flat(error.detail))
    response = exception_handler(_as_framework(error), context)
    return response and _from_framework(response)


def _as_framework(error: Exception) -> Exception:
    """Django's own refusals, as the framework's that answers the same."""
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, Http404):
        return exceptions.NotFound("There is nothing of this name, or it is not yours to see.")
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, UNREADABLE):
        return exceptions.ParseError("The request could not be read.")
    return error


def _from_framework(response: Response) -> Response:
    body = _problem(response.status_code, response.status_text, str(response.data["detail"]))
    for header in ("WWW-Authenticate", "Retry-After"):
        if header in response.headers:
            body[header] = response.headers[header]
    return body


def _not_valid(errors: dict[str, list[str]]) -> Response:
    return _problem(status.HTTP_400_BAD_REQUEST, "Not valid", "Some fields are not valid.", errors=errors)


def _problem(code: int, title: str, detail: str, **more: Any) -> Response:
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail, **more}
    return Response(body, status=code, content_type=PROBLEM)


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return error.message_dict
    return {"non_field_errors": error.messages}


def _flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Errors of nested fields under one name each: `patient.nhs_number`, `treatments.0.modality`."""
    if isinstance(detail, dict):
        parts = [(str(key), value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(value, dict | list) for value in detail):
        parts = [(str(place), value) for place, value in enumerate(detail)]
    else:
        return {path or "non_field_errors": [str(text) for text in detail]}
    flat: dict[str, list[str]] = {}
    for key, value in parts:
        flat |= _flat(value, f"{path}.{key}" if path else key)
    return flat
