"""Webhooks: set up, changed, tried and ended by their client or those who keep it; messages are sent again by hand."""

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Client, User
from accounts.permissions import Permission
from accounts.scopes import covers
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState, check_version
from interop.changes.published import PUBLISHED
from interop.models import NEEDED, MessageStatus, Webhook, WebhookMessage
from interop.webhooks.connecting import is_allowed
from interop.webhooks.queueing import send_soon

MOST = 20
"""Webhooks of one client: each is looked at for every batch of changes."""
LONGEST_URL = 500
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@transaction.atomic
def create_webhook(
    *, client: Client, url: str, types: Sequence[str], is_on: bool = True, by: User
) -> Webhook:
    """Set up a webhook. Its secret is derived, and shown to whoever set it up."""
    client = Client.objects.select_for_update(of=("self",)).select_related("account").get(pk=client.pk)
    _must_keep(client, by)
    if client.ended_at is not None:
        raise WrongState("client", "closed", "sent to")
    if not covers(client.scopes, NEEDED):
        raise PermissionDenied(f"The client does not have the scope: {NEEDED}.")
    if client.webhooks.filter(ended_at=None).count() >= MOST:
        raise ValidationError({"url": [f"A client has {MOST} webhooks at most. End one first."]})
    webhook = Webhook(client=client, salt=_salt(), is_on=is_on)
    return _saved(webhook, url, types, by)


@transaction.atomic
def change_webhook(
    *, webhook: Webhook, version: int, url: str, types: Sequence[str], is_on: bool, by: User
) -> Webhook:
    """Send elsewhere, or of other changes; or stop sending for a time: what happens meanwhile stands in the feed."""
    webhook = _held(webhook, version, by)
    webhook.is_on, webhook.held_until, webhook.failed_in_row, webhook.failing_since = is_on, None, 0, None
    return _saved(webhook, url, types, by)


@transaction.atomic
def rotate_secret(*, webhook: Webhook, version: int, by: User) -> Webhook:
    """Make another secret; for a day messages are signed with the one before as well."""
    webhook = _held(webhook, version, by)
    webhook.salt_before, webhook.salt, webhook.renewed_at = webhook.salt, _salt(), timezone.now()
    webhook.save()
    audit.record(EventType.WEBHOOK_CHANGED, target=webhook, by=by, data={"what": "secret"})
    return webhook


@transaction.atomic
def end_webhook(*, webhook: Webhook, version: int, by: User) -> Webhook:
    """Nothing more is sent, not even what waits."""
    webhook = _held(webhook, version, by)
    webhook.ended_at = timezone.now()
    webhook.save()
    webhook.messages.filter(status=MessageStatus.PENDING).update(status=MessageStatus.STOPPED)
    audit.record(EventType.WEBHOOK_ENDED, target=webhook, by=by)
    return webhook


@transaction.atomic
def try_webhook(*, webhook: Webhook, version: int, by: User) -> WebhookMessage:
    """Send a message that is about nothing, to see whether it arrives."""
    webhook = _released(webhook, version, by)
    message = WebhookMessage.objects.create(webhook=webhook)
    audit.record(EventType.WEBHOOK_CHANGED, target=webhook, by=by, data={"what": "test"})
    send_soon(webhook.pk)
    return message


@transaction.atomic
def replay_message(*, message: WebhookMessage, by: User) -> WebhookMessage:
    """Send a message again, under the name that it had: a receiver that took it knows it."""
    webhook = Webhook.objects.select_for_update(of=("self",)).select_related("client__account")
    found = webhook.get(pk=message.webhook_id)
    _must_keep(found.client, by)
    if found.state != "on" or found.client.ended_at is not None:
        state = "of a closed client" if found.client.ended_at is not None else found.state
        raise WrongState("webhook", state, "sent to")
    message = found.messages.select_for_update(of=("self",)).get(pk=message.pk)
    if message.status == MessageStatus.PENDING:
        raise WrongState("message", "waiting to be sent", "sent again")
    message.status, message.attempts, message.next_try_at = MessageStatus.PENDING, 0, timezone.now()
    message.save()
    found.held_until = None
    found.save(update_fields=["held_until"])
    audit.record(EventType.WEBHOOK_REPLAYED, target=found, by=by, data={"message": message.pk})
    send_soon(found.pk)
    return message


@transaction.atomic
def replay_dead(*, webhook: Webhook, version: int, by: User) -> int:
    """Send everything again that was given up, each under the name that it had; how many."""
    webhook = _released(webhook, version, by)
    found = webhook.messages.filter(status=MessageStatus.DEAD).update(
        status=MessageStatus.PENDING, attempts=0, next_try_at=timezone.now()
    )
    audit.record(EventType.WEBHOOK_REPLAYED, target=webhook, by=by, data={"messages": found})
    send_soon(webhook.pk)
    return found


def _released(webhook: Webhook, version: int, by: User) -> Webhook:
    """Switched on, and not waiting after a failure any more."""
    webhook = _held(webhook, version, by)
    if not webhook.is_on:
        raise WrongState("webhook", webhook.state, "sent to")
    webhook.held_until = None
    webhook.save()
    return webhook


def _held(webhook: Webhook, version: int, by: User) -> Webhook:
    rows = Webhook.objects.select_for_update(of=("self",)).select_related("client__account")
    webhook = rows.get(pk=webhook.pk)
    _must_keep(webhook.client, by)
    check_version(webhook, version)
    if webhook.ended_at is not None:
        raise WrongState("webhook", "ended", "changed")
    if webhook.client.ended_at is not None:
        raise WrongState("client", "closed", "sent to")
    return webhook


def _saved(webhook: Webhook, url: str, types: Sequence[str], by: User) -> Webhook:
    webhook.url, webhook.types = _receiver(url), _published(types)
    webhook.save()
    audit.record(
        EventType.WEBHOOK_CHANGED,
        target=webhook,
        by=by,
        data={"types": webhook.types, "is_on": webhook.is_on},
    )
    return webhook


def _must_keep(client: Client, by: User) -> None:
    if by.pk == client.account_id or by.is_superuser:
        return
    if client.organisation_id not in by.organisation_ids(Permission.MANAGE_CLIENTS):
        raise PermissionDenied(f"Your role does not include: {Permission.MANAGE_CLIENTS.value}.")


def _salt() -> str:
    return secrets.token_urlsafe(32)


def _receiver(url: str) -> str:
    """An https address; plain http only on this machine, in a demonstration."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_URL:
        raise _refused(f"This must be an address of at most {LONGEST_URL} ASCII characters without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("This is not an address: https://receiver.example/changes would be one.") from error
    if not parts.hostname or port == 0 or not parts.hostname.strip("."):
        raise _refused("The address names no host: https://receiver.example/changes does.")
    if _is_denied(parts.hostname):
        raise _refused(f"{parts.hostname} is in none of the networks that WEBHOOK_NETWORKS allows.")
    if parts.username is not None or parts.fragment:
        raise _refused("The address must have no user name, no password and nothing after a #.")
    on_this_machine = settings.DEMO and parts.netloc.removesuffix(f":{port}") in LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine):
        raise _refused("The address must begin with https://, so that nobody on the way reads or changes it.")
    return url


def _is_denied(host: str) -> bool:
    """Where the host is a number it is known now; a name is looked up each time that something is sent."""
    try:
        return not is_allowed(host)
    except ValueError:
        return False


def _refused(words: str) -> ValidationError:
    return ValidationError({"url": [words]})


def _published(types: Sequence[str]) -> list[str]:
    if unknown := sorted(set(types) - PUBLISHED.keys()):
        raise ValidationError({"types": [f"There is no change of the type {each}." for each in unknown]})
    return [each for each in PUBLISHED if each in set(types)]
