"""Notes each write and each refusal of a hospital system, for those who keep its client."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from accounts.authentication import claimed_client_id
from accounts.models import Client
from config.api.limits import Count
from config.errors import API
from interop.exchanging import note_exchange

TOKENS = "api:token"
STANDARD = ("list", "create", "retrieve")
READS = ("GET", "HEAD", "OPTIONS")

logger = logging.getLogger(__name__)


def note_exchanges(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """After the answer is made: what cannot be noted is logged, and the answer goes out all the same."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return get_response(request)
        began = perf_counter()
        response = get_response(request)
        if _is_worth_noting(request, response):
            _note(request, response, round(1000 * (perf_counter() - began)))
        return response

    return middleware


def _is_worth_noting(request: HttpRequest, response: HttpResponse) -> bool:
    """Of requests beyond the limit the first of each minute: whoever sends too many costs the database nothing more."""
    count: Count | None = getattr(request, "counted", None)
    if count and count.was_over_before:
        return False
    return request.method not in READS or response.status_code >= HTTPStatus.BAD_REQUEST


def _note(request: HttpRequest, response: HttpResponse, ms: int) -> None:
    try:
        client_id = _client_of(request)
        if client_id is None:
            return
        note_exchange(
            client_id=client_id,
            operation=operation_of(request),
            method=request.method or "",
            status=response.status_code,
            problem=_title(response),
            request_id=getattr(request, "request_id", ""),
            ms=ms,
        )
    except (OperationalError, InterfaceError):
        logger.warning("What a client sent could not be noted: the database does not answer.")


def _client_of(request: HttpRequest) -> int | None:
    """By its token, also one that is over; at the token endpoint by the name that it gives."""
    application = getattr(getattr(request, "token_named", None), "application", None)
    if client := getattr(application, "client", None):
        return int(client.pk)
    match = request.resolver_match
    named = claimed_client_id(request) if match and match.view_name == TOKENS else ""
    if not named:
        return None
    return Client.objects.filter(application__client_id=named).values_list("pk", flat=True).first()


def operation_of(request: HttpRequest) -> str:
    """As the API's document names it: `referrals_accept`."""
    match = request.resolver_match
    if match is None or not match.url_name:
        return "unknown"
    action = _action(match, request)
    if not action:
        return str(match.url_name)
    first = match.route.replace("^", "").split("/")[2]
    return f"{first}_{action}".replace("-", "_")


def _action(match: ResolverMatch, request: HttpRequest) -> str:
    actions: dict[str, str] = getattr(match.func, "actions", {})
    action = actions.get((request.method or "").lower(), "")
    if action in STANDARD:
        return action
    return str(getattr(getattr(getattr(match.func, "cls", None), action, None), "url_name", action))


def _title(response: HttpResponse) -> str:
    """Of a refusal; OAuth2's own word at the token endpoint. A detail may quote what was sent, a title never does."""
    if response.status_code < HTTPStatus.BAD_REQUEST or response.streaming:
        return ""
    try:
        told = json.loads(response.content or "{}")
    except ValueError:
        return ""
    return str(told.get("title") or told.get("error") or "") if isinstance(told, dict) else ""
