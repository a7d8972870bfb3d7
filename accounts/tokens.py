"""How a client proves who it is at the token endpoint, and which scopes it gets."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from jwcrypto.common import JWException
from jwcrypto.jwt import JWT
from oauth2_provider.models import Application
from oauth2_provider.oauth2_validators import OAuth2Validator

from accounts.keys import ASSERTION_TYPE, NotProved, is_storable, proved
from accounts.models import Client, UsedAssertion
from accounts.scopes import narrowed


class ClientValidator(OAuth2Validator):
    """Client credentials by secret, or by an assertion signed with the client's own key (private_key_jwt)."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """A client that registered keys has no other way in: its secret was never shown to anybody."""
        if getattr(request, "client_assertion_type", None) == ASSERTION_TYPE:
            return self._by_assertion(request)
        known: bool = super().authenticate_client(request, *args, **kwargs)
        client = known and _client_of(request.client)
        return bool(client and not client.public_keys)

    def _by_assertion(self, request: Any) -> bool:
        assertion = getattr(request, "client_assertion", None) or ""
        client = _claimed(assertion)
        if client is None:
            return False
        try:
            jti, ends = proved(
                assertion,
                keys=client.public_keys,
                client_id=client.application.client_id,
                audience=settings.PUBLIC_URL + reverse("api:token"),
            )
        except NotProved:
            return False
        request.client = client.application
        request.client_id = client.application.client_id
        return _first_time(client, jti, ends)

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Also narrows the request to what is given, of which the answer tells (RFC 6749, section 3.3)."""
        known: bool = super().validate_scopes(client_id, scopes, client, request, *args, **kwargs)
        row = _client_of(client)
        given = [narrowed(row.scopes, scope) for scope in scopes] if row else []
        request.scopes = [scope for each in given for scope in each]
        return known and all(given)

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        row = _client_of(request.client)
        return list(row.scopes) if row else []


def _client_of(application: Application) -> Client | None:
    return Client.objects.open().filter(application=application, account__is_active=True).first()


def _claimed(assertion: str) -> Client | None:
    """The client that the assertion says it is of; nothing of it is believed before its key was tried."""
    try:
        token = JWT()
        token.deserialize(assertion)
        told = json.loads(token.token.objects["payload"]).get("iss")
    except (JWException, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None
    if not is_storable(told):
        return None
    clients = Client.objects.open().filter(account__is_active=True).exclude(public_keys={})
    return clients.select_related("application").filter(application__client_id=told).first()


def _first_time(client: Client, jti: str, ends: int) -> bool:
    """Twice the same assertion opens nothing: the second was overheard, or sent again by mistake."""
    row = UsedAssertion(client=client, jti=jti, expires_at=datetime.fromtimestamp(ends, UTC))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return False
    return True
