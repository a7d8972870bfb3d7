"""Secret addresses of calendars: made once, known only by their checksum, withdrawn, and dead with the account."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from mdt.models import CalendarFeed

SECRET_BYTES = 32
SELDOM = timedelta(hours=1)
"""A calendar program asks every few minutes; when it last did is noted no more often than that."""


@transaction.atomic
def open_feed(*, by: User) -> tuple[CalendarFeed, str]:
    """A new address for this person's meetings, and its secret, which is not kept; the one before it dies."""
    by.must(Permission.SEE_CASES)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    _close(by)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = CalendarFeed.objects.create(user=by, secret_sha256=checksum(secret))
    audit.record(EventType.FEED_OPENED, target=feed, by=by)
    return feed, secret


@transaction.atomic
def close_feed(*, by: User) -> bool:
    """Withdraw this person's address; says whether there was one."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    return _close(by)


def _close(by: User) -> bool:
    feed = CalendarFeed.objects.filter(user=by, revoked_at__isnull=True).first()
    if feed is None:
        return False
    feed.revoked_at = timezone.now()
    feed.save(update_fields=["revoked_at"])
    audit.record(EventType.FEED_CLOSED, target=feed, by=by)
    return True


def feed_of(secret: str) -> CalendarFeed | None:
    """The open address with this secret, of someone who may still see meetings.

    Found by its checksum: how long that takes says nothing of the secret.
    """
    rows = CalendarFeed.objects.filter(secret_sha256=checksum(secret), revoked_at__isnull=True)
    feed = rows.select_related("user").filter(user__is_active=True).first()
    return feed if feed and feed.user.may(Permission.SEE_CASES) else None


def note_fetch(*, feed: CalendarFeed) -> None:
    """That a calendar program asked for it."""
    now = timezone.now()
    is_old = Q(fetched_at__isnull=True) | Q(fetched_at__lt=now - SELDOM)
    CalendarFeed.objects.filter(is_old, pk=feed.pk).update(fetched_at=now)


def checksum(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
