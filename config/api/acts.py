"""Named actions: each is one service call on one row, or one that makes a row."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from config.api import preconditions
from config.api.bodies import Body

Act = Callable[..., Any]


def act(
    summary: str,
    body: type[Body] | None = None,
    *,
    by: tuple[Permission, ...],
    name: str = "",
    versioned: bool = True,
) -> Callable[[Act], Any]:
    """`POST {row}/{name}/`: the function gets the view, the row and what the body says, and calls one service.

    Of a versioned row the caller names the ETag that it read, and what the body says has `version`.
    The answer is the row as it is afterwards.
    """

    def decorate(function: Act) -> Any:
        called = name or function.__name__.replace("_", "-")

        @wraps(function)
        def perform(self: Any, request: Request, **kwargs: str) -> Response:
            row = self.get_object()
            named = {"version": preconditions.version_named(request)} if versioned else {}
            function(self, row, (self.body(body) if body else {}) | named)
            return self.answer(self.now(row))

        perform.opened_by = by  # type: ignore[attr-defined]
        perform.is_versioned = versioned  # type: ignore[attr-defined]
        acting = action(detail=True, methods=["post"], url_path=called, url_name=called)(perform)
        # described after `action`, which forgets what was said before
        return extend_schema(summary=summary, request=body)(acting)

    return decorate


def makes(summary: str, body: type[Body], *, by: tuple[Permission, ...]) -> Callable[[Act], Any]:
    """`POST {list}/`: the function gets the view and what the body says, and returns the row that its service made."""

    def decorate(function: Act) -> Any:
        @wraps(function)
        def create(self: Any, request: Request, **kwargs: str) -> Response:
            row = self.now(function(self, self.body(body)))
            if hasattr(self, "saw"):
                self.saw([row])
            key = getattr(row, self.lookup_field)
            address = reverse(f"api:{self.basename}-detail", args=[key])
            return self.answer(row, status=status.HTTP_201_CREATED, address=address)

        create.opened_by = by  # type: ignore[attr-defined]
        create.is_versioned = False  # type: ignore[attr-defined]
        return extend_schema(summary=summary, request=body)(create)

    return decorate
