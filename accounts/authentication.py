"""Hospital systems sign in with a bearer token of their client; they act as the client's own account."""

import base64
import binascii
import hashlib
import json
from typing import Any
from urllib.parse import unquote_plus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from oauth2_provider.models import AccessToken
from oauth2_provider.views import TokenView
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.keys import is_storable
from accounts.models import User
from accounts.scopes import covers

ACCOUNT = ("email", "full_name", "is_machine", "is_active", "is_staff", "is_superuser")
TOKEN = (
    "scope",
    "expires",
    "application__client__scopes",
    *(f"application__user__{each}" for each in ACCOUNT),
)
"""All that a request looks at: rows of all columns would take most of the time of finding them."""


class MachineToken(BaseAuthentication):
    """A client-credentials token stands for the active machine account that the client belongs to.

    One statement finds token, client and account together.
    """

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        scheme, _, told = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        found = AccessToken.objects.select_related("application__user", "application__client").only(*TOKEN)
        checksum = hashlib.sha256(told.strip()).hexdigest()
        token = next(iter(found.filter(token_checksum=checksum)), None)
        request._request.token_named = token  # type: ignore[attr-defined]
        if token is None or token.is_expired():
            raise AuthenticationFailed("The token is not valid, or has expired. Ask for a new one.")
        account = token.application.user if token.application else None
        if account is None or not (account.is_machine and account.is_active):
            raise AuthenticationFailed("The client's account is closed.")
        return account, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def opens(token: AccessToken, scope: str) -> bool:
    """Does the token hold the scope, and may its client still ask for it?"""
    client = getattr(token.application, "client", None)
    return client is not None and covers(token.scope.split(), scope) and covers(client.scopes, scope)


@method_decorator(login_not_required, name="dispatch")
class Tokens(TokenView):
    """Gives a client its token. Refusals are those of OAuth2 (RFC 6749, section 5.2), which its libraries read."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _may_be_looked_up(request):
            return _refused("invalid_request", "The request holds a character that cannot be read.")
        if request.POST.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "Send grant_type=client_credentials as a form.")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


def _may_be_looked_up(request: HttpRequest) -> bool:
    return all(is_storable(told) for told in [*request.POST.values(), unquote_plus(_basic(request))])


def claimed_client_id(request: HttpRequest) -> str:
    """The client that a request for a token says it is of; nothing proves it yet. Empty where nobody could be."""
    named = _claimed_name(request)
    return named if is_storable(named) else ""


def _claimed_name(request: HttpRequest) -> object:
    if named := request.POST.get("client_id") or unquote_plus(_basic(request).partition(":")[0]):
        return named
    claims = request.POST.get("client_assertion", "").split(".")[1:2]
    try:
        told = json.loads(base64.urlsafe_b64decode("".join(claims) + "==") or "{}")
    except (ValueError, RecursionError):
        return ""
    return told.get("iss") if isinstance(told, dict) else ""


def _basic(request: HttpRequest) -> str:
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(told).decode()
    except (binascii.Error, ValueError):
        return ""


def _refused(error: str, description: str) -> HttpResponse:
    body = {"error": error, "error_description": description}
    return JsonResponse(body, status=400, headers={"Cache-Control": "no-store"})
