"""What is exchanged with hospital systems: the feed of changes, webhooks and their messages."""

from interop.models.change import Change, ChangeQuerySet, address_of
from interop.models.exchange import Exchange, ExchangeQuerySet
from interop.models.webhook import (
    NEEDED,
    MessageStatus,
    Webhook,
    WebhookMessage,
    WebhookMessageQuerySet,
    WebhookQuerySet,
)

__all__ = [
    "NEEDED",
    "Change",
    "ChangeQuerySet",
    "Exchange",
    "ExchangeQuerySet",
    "MessageStatus",
    "Webhook",
    "WebhookMessage",
    "WebhookMessageQuerySet",
    "WebhookQuerySet",
    "address_of",
]
