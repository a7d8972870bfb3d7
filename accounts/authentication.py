"""Hospital systems sign in with a bearer token of their client; they act as the client's own account."""

from typing import Any

from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request


class MachineToken(OAuth2Authentication):
    """A client-credentials token stands for the active machine account that the client belongs to."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        result = super().authenticate(request)
        if result is None:
            if request.headers.get("Authorization", "").startswith("Bearer"):
                raise AuthenticationFailed("The token is not valid, or has expired.")
            return None
        user, token = result
        user = user or token.application.user
        if user is None or not user.is_active:
            raise AuthenticationFailed("The client's account is closed.")
        return user, token
