"""How many requests a minute each client and each person may send, and the headers that say so.

Headers of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` names the limit, `RateLimit` what is left of it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from rest_framework.exceptions import Throttled

from accounts.authentication import claimed_client_id
from accounts.throttling import network
from config.errors import plain_problem

MINUTE = 60
POLICY, LEFT, RETRY = "RateLimit-Policy", "RateLimit", "Retry-After"
View = Callable[..., HttpResponseBase]
Refusal = Callable[["Count"], HttpResponse]
SLOWER = "More requests came in this minute than the {most} that may. Nothing was done. Send it again in {seconds} s."


@dataclass(frozen=True)
class Count:
    """What someone has sent in the current minute, this request included."""

    most: int
    sent: int
    seconds_left: int

    @property
    def is_over(self) -> bool:
        return self.sent > self.most

    @property
    def was_over_before(self) -> bool:
        """Another request of this minute was refused already."""
        return self.sent > self.most + 1

    @property
    def words(self) -> str:
        return SLOWER.format(most=self.most, seconds=self.seconds_left)

    @property
    def headers(self) -> dict[str, str]:
        """Fields of structured headers (RFC 9651): q is the quota, w its window, r what is left, t until when."""
        left = max(self.most - self.sent, 0)
        told = {
            POLICY: f'"minute";q={self.most};w={MINUTE}',
            LEFT: f'"minute";r={left};t={self.seconds_left}',
        }
        return told | ({RETRY: str(self.seconds_left)} if self.is_over else {})


def one_more(request: HttpRequest, who: str, most: int) -> Count | None:
    """Count a request of theirs; None where no limit is set. Minutes are those of the clock."""
    if not most:
        return None
    minute, second = divmod(int(time.time()), MINUTE)
    sent = cache.one_more(f"requests-{who}-{minute}", 2 * MINUTE)  # type: ignore[attr-defined]
    count = Count(most, sent, MINUTE - second)
    request.counted = count  # type: ignore[attr-defined]
    return count


def of_account(request: HttpRequest) -> Count | None:
    """By account, and by address where nobody is known: one who guesses tokens takes nothing from the others."""
    account = getattr(request, "user", None)
    who = f"of-{account.pk}" if account and account.pk else f"from-{_digest(network(request))}"
    return one_more(request, who, settings.API_REQUESTS_A_MINUTE)


def must_be_within(count: Count | None) -> None:
    """Raise Throttled, which the API answers with 429."""
    if count and count.is_over:
        raise Throttled(detail=count.words)


def for_tokens(view: View) -> View:
    """The token endpoint: by the client that is named, and from where, so that a stranger shuts nobody out; and by
    where alone, since anything may be named."""
    return _limited(view, _of_token, _as_oauth2_refuses)


def for_anyone(view: View) -> View:
    """What is no endpoint: the API's document, its page, and addresses where there is nothing."""
    return _limited(view, of_account, _as_a_problem)


def _limited(view: View, count_of: Callable[[HttpRequest], Count | None], refusal: Refusal) -> View:
    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        count = count_of(request)
        response = refusal(count) if count and count.is_over else view(request, *args, **kwargs)
        for name, value in (count.headers if count else {}).items():
            response.headers[name] = value
        return response

    return limited


def _of_token(request: HttpRequest) -> Count | None:
    place = network(request)
    of_place = one_more(request, f"tokens-from-{_digest(place)}", settings.API_REQUESTS_A_MINUTE)
    if of_place and of_place.is_over:
        return of_place
    who = f"tokens-{_digest(f'{claimed_client_id(request)} {place}')}"
    return one_more(request, who, settings.API_TOKENS_A_MINUTE)


def _as_oauth2_refuses(count: Count) -> HttpResponse:
    """In the shape that its libraries read."""
    body = {"error": "temporarily_unavailable", "error_description": count.words}
    return JsonResponse(body, status=429, headers={"Cache-Control": "no-store"})


def _as_a_problem(count: Count) -> HttpResponse:
    return plain_problem(429, "Too Many Requests", count.words)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
