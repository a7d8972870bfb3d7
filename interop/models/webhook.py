"""Receivers that hospital systems name, and what is sent to each."""

import base64
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.crypto import salted_hmac

from accounts.models import Client, User
from accounts.scopes import covers
from audit.history import tracked_without
from audit.models import Versioned
from interop.models.change import Change

NEEDED = "changes.read"
OVERLAP = timedelta(hours=24)
"""So long after another secret was made, messages are signed with the one before as well."""


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Words for choosing webhooks."""

    def visible_to(self, user: User) -> "WebhookQuerySet":
        """A client's own, and those of the clients that a person keeps."""
        kept = Client.objects.visible_to(user).values("pk")
        return self.filter(models.Q(client__account=user) | models.Q(client__in=kept))

    def in_use(self) -> "WebhookQuerySet":
        """Switched on, of a client that is open."""
        return self.filter(is_on=True, ended_at=None, client__ended_at=None, client__account__is_active=True)

    def with_counts(self) -> "WebhookQuerySet":
        """With how many messages wait, and how many were given up."""
        return self.annotate(waiting=_count(MessageStatus.PENDING), dead=_count(MessageStatus.DEAD))


def _count(status: str) -> Coalesce:
    """In a statement of its own, which the index of that status answers."""
    rows = WebhookMessage.objects.filter(webhook=models.OuterRef("pk"), status=status).order_by()
    return Coalesce(models.Subquery(rows.values("webhook").values(many=models.Count("pk"))), 0)


@tracked_without(["held_until", "failed_in_row", "failing_since", "last_success_at", "last_failure_at"])
class Webhook(Versioned):
    """An address to which a client's changes are sent, each in a signed message."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=500)
    types = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Types of changes; empty: all"
    )
    is_on = models.BooleanField(default=True)
    salt = models.CharField(max_length=43, help_text="Of the secret, which is derived and never kept")
    salt_before = models.CharField(max_length=43, blank=True, help_text="Of the secret before")
    renewed_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True, help_text="After a failure nothing is tried before")
    failed_in_row = models.PositiveIntegerField(default=0, db_default=0)
    failing_since = models.DateTimeField(
        null=True, help_text="Nothing arrived since; off: so it was switched off"
    )
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    shown_secret: str | None = None
    """Set only on the row that is answered when a secret was made."""
    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def wants_all(self) -> bool:
        return not self.types

    @property
    def state(self) -> str:
        if self.ended_at is not None:
            return "ended"
        return "on" if self.is_on else "off"

    def may_receive(self) -> bool:
        """Its client is open and may still read what it would be told of."""
        client = self.client
        return client.ended_at is None and client.account.is_active and covers(client.scopes, NEEDED)

    def secret(self) -> str:
        """What the receiver checks signatures with. Derived from the installation's key: a copy of the database
        holds none."""
        return secret_of(self.salt)

    def secrets_at(self, now: datetime) -> list[str]:
        """The secrets that sign now: during a change of secrets two."""
        overlaps = self.salt_before and self.renewed_at and now < self.renewed_at + OVERLAP
        return [secret_of(salt) for salt in ([self.salt, self.salt_before] if overlaps else [self.salt])]


def secret_of(salt: str) -> str:
    """As the Standard Webhooks specification writes a secret: base64 of 32 bytes, behind `whsec_`."""
    key = salted_hmac("interop.webhook", salt, algorithm="sha256").digest()
    return "whsec_" + base64.b64encode(key).decode()


class MessageStatus(models.TextChoices):
    PENDING = "pending", "Waits to be sent"
    SENT = "sent", "Sent"
    DEAD = "dead", "Given up"
    STOPPED = "stopped", "Not to be sent any more"


class WebhookMessageQuerySet(models.QuerySet["WebhookMessage"]):
    """Words for choosing messages."""

    def visible_to(self, user: User) -> "WebhookMessageQuerySet":
        return self.filter(webhook__in=Webhook.objects.visible_to(user).values("pk"))

    def due(self, now: datetime) -> "WebhookMessageQuerySet":
        return self.filter(status=MessageStatus.PENDING, next_try_at__lte=now)

    def failed(self) -> "WebhookMessageQuerySet":
        """Those that wait, since the last try failed."""
        return self.filter(status=MessageStatus.PENDING, attempts__gt=0).exclude(error="")


class WebhookMessage(models.Model):
    """One change, or a trial message, that is owed to one webhook."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="messages", db_index=False)
    change = models.ForeignKey(
        Change,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Empty: a trial",
    )
    status = models.CharField(max_length=10, choices=MessageStatus.choices, default=MessageStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    next_try_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, help_text="A worker sends it; then another may")
    lease = models.CharField(max_length=32, blank=True, help_text="That worker's own word for it")
    tried_at = models.DateTimeField(null=True)
    answer_status = models.PositiveSmallIntegerField(null=True, help_text="Of HTTP")
    error = models.CharField(max_length=30, blank=True, help_text="The kind of failure; never a text")
    took_ms = models.PositiveIntegerField(null=True)

    objects = WebhookMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "change"], name="interop_message_once"),
        ]
        indexes = [
            models.Index(
                fields=["webhook", "next_try_at"],
                name="interop_message_pending",
                condition=models.Q(status=MessageStatus.PENDING),
            ),
            models.Index(
                fields=["webhook"], name="interop_message_dead", condition=models.Q(status=MessageStatus.DEAD)
            ),
            models.Index(fields=["webhook", "-id"], name="interop_message_newest"),
            models.Index(fields=["created_at"], name="interop_message_created"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_failed(self) -> bool:
        """It waits, since the last try failed."""
        return self.status == MessageStatus.PENDING and self.attempts > 0 and self.error != ""

    @property
    def name(self) -> str:
        """What the receiver knows it by; the same however often it is sent."""
        return f"msg_{self.pk}"

    @property
    def type(self) -> str:
        return self.change.type if self.change else "webhook.test"
