"""What the base layout needs on every page: the menu and who is signed in; no query of its own."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import Permission

MENU = [
    ("My work", "desk:home", None),
]


def page(request: HttpRequest) -> dict[str, Any]:
    """Menu entries that the user's roles open, and the version for the footer."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": [], "user": None, "version": settings.VERSION}
    match = request.resolver_match
    current = match.view_name if match else ""
    nav = [
        {"label": label, "href": reverse(view), "current": current == view}
        for label, view, permission in MENU
        if permission is None or user.may(permission)
    ]
    return {"nav": nav, "user": user, "version": settings.VERSION, "Permission": Permission}
