"""How many wrong codes may come from one address: enough for a whole hospital, too few to keep a server busy."""

from typing import Final

from django.http import HttpRequest

from accounts import throttling

WRONG_CODES: Final = "wrong-codes"
MOST_WRONG: Final = 30
WINDOW_SECONDS: Final = 600
"""What it guards is the processor's time that a code's check takes; what guards a link is its own five tries."""


def is_too_many(request: HttpRequest) -> bool:
    return throttling.came(WRONG_CODES, request) >= MOST_WRONG


def count(request: HttpRequest) -> None:
    """One more wrong code from there."""
    throttling.count(WRONG_CODES, request, seconds=WINDOW_SECONDS)
