"""Sending: a worker claims a message, posts it without holding anything, and writes down what came of it."""

from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.events import EventType
from interop.models import Change, MessageStatus, Webhook, WebhookMessage
from interop.webhooks import connecting
from interop.webhooks.signing import body_of, headers_of

RETRY_SECONDS = [60, 300, 1800, 7200, 21_600, 86_400]
LONGEST_HOLD = 300
"""After a failure the receiver's other messages wait so long at most: a dead one costs little time."""
GIVEN_UP_AFTER = timedelta(days=5)
"""A receiver that took nothing for so long is switched off: what waits for it would grow without end."""
LEASE = timedelta(seconds=60)
"""Longer than a message can take. A worker that was killed loses it then, and another sends the same message."""
SOME_SECONDS = 30
"""So long a task sends to one receiver before it lets others have its place."""


def send_some(*, webhook_id: int) -> bool:
    """Send what is due to one webhook, one message after the other, until one fails. Is there more to send now?"""
    until = monotonic() + SOME_SECONDS
    while message := claim(webhook_id=webhook_id):
        now = timezone.now()
        body = body_of(message)
        answer = connecting.post(message.webhook.url, headers=headers_of(message, body, now), body=body)
        finish(message=message, answer=answer)
        if not answer.is_taken:
            return False
        if monotonic() > until:
            return True
    return False


def claim(*, webhook_id: int) -> WebhookMessage | None:
    """The message that is due for longest, leased; none while another worker sends to this webhook, or it is held back.

    What its client may not see any more is stopped here: a case that moved, a client that was closed.
    """
    while True:
        with transaction.atomic():
            message = _longest_due(webhook_id, timezone.now())
            if message is None:
                return None
            if _may_go(message):
                _lease(message)
                return message
            message.status = MessageStatus.STOPPED
            message.save(update_fields=["status"])


def _longest_due(webhook_id: int, now: datetime) -> WebhookMessage | None:
    """Under the webhook's lock, so that one message of it at most is on its way."""
    locked = Webhook.objects.select_for_update(skip_locked=True, of=("self",))
    webhook = locked.filter(pk=webhook_id, is_on=True, ended_at=None).first()
    if webhook is None or (webhook.held_until is not None and webhook.held_until > now):
        return None
    if webhook.messages.filter(status=MessageStatus.PENDING, leased_until__gt=now).exists():
        return None
    rows = webhook.messages.due(now).select_related("change__case", "webhook__client__account")
    return rows.order_by("next_try_at", "pk").first()


def _may_go(message: WebhookMessage) -> bool:
    webhook = message.webhook
    if not webhook.may_receive():
        return False
    return (
        message.change_id is None
        or Change.objects.visible_to(webhook.client.account).filter(pk=message.change_id).exists()
    )


def _lease(message: WebhookMessage) -> None:
    message.lease, message.leased_until = uuid4().hex, timezone.now() + LEASE
    message.attempts += 1
    message.save(update_fields=["lease", "leased_until", "attempts"])


@transaction.atomic
def finish(*, message: WebhookMessage, answer: connecting.Answer) -> None:
    """Write down what came of it, unless the lease ran out and another worker has the message since."""
    webhook = Webhook.objects.select_for_update().get(pk=message.webhook_id)
    row = webhook.messages.filter(pk=message.pk, lease=message.lease, status=MessageStatus.PENDING).first()
    if row is None:
        return
    now = timezone.now()
    row.lease, row.leased_until, row.tried_at = "", None, now
    row.answer_status, row.took_ms = answer.status, answer.took_ms
    row.error = "" if answer.is_taken else answer.error or "answer"
    if answer.is_taken:
        row.status = MessageStatus.SENT
        webhook.held_until, webhook.failed_in_row, webhook.failing_since = None, 0, None
        webhook.last_success_at = now
    else:
        _failed(webhook, row, now)
    row.save()
    webhook.save()


def _failed(webhook: Webhook, row: WebhookMessage, now: datetime) -> None:
    if row.attempts > len(RETRY_SECONDS):
        row.status = MessageStatus.DEAD
    else:
        row.next_try_at = now + timedelta(seconds=RETRY_SECONDS[row.attempts - 1])
    webhook.failed_in_row += 1
    webhook.last_failure_at = now
    hold = min(60 * webhook.failed_in_row, LONGEST_HOLD)
    webhook.held_until = now + timedelta(seconds=hold)
    webhook.failing_since = webhook.failing_since or now
    if webhook.is_on and now - webhook.failing_since > GIVEN_UP_AFTER:
        webhook.is_on = False
        webhook.version += 1
        audit.record(EventType.WEBHOOK_CHANGED, target=webhook, by=None, data={"what": "given up"})


def with_something_due() -> list[int]:
    """Webhooks to which a message can go now."""
    now = timezone.now()
    due = WebhookMessage.objects.due(now).values("webhook")
    free = Webhook.objects.filter(pk__in=due, is_on=True, ended_at=None).exclude(held_until__gt=now)
    return list(free.values_list("pk", flat=True))


@transaction.atomic
def forget_messages(*, before: datetime, most: int = 10_000) -> int:
    """Delete what was sent or stopped before then; what was given up stays until somebody sent it again."""
    over = [MessageStatus.SENT, MessageStatus.STOPPED]
    old = WebhookMessage.objects.filter(status__in=over, created_at__lt=before).order_by("created_at")
    forgotten, _ = WebhookMessage.objects.filter(pk__in=old.values("pk")[:most]).delete()
    return forgotten
