"""What each webhook is owed of the changes that were just published."""

from collections.abc import Sequence

from django.db import transaction

from interop.models import Change, Webhook, WebhookMessage


def queue_messages(*, changes: Sequence[Change]) -> None:
    """A message for each webhook that wants a change and whose client sees it, in the changes' own transaction."""
    webhooks = Webhook.objects.in_use().select_related("client__account") if changes else ()
    for webhook in webhooks:
        owed = _owed(webhook, changes)
        WebhookMessage.objects.bulk_create(
            (WebhookMessage(webhook=webhook, change=change) for change in owed), ignore_conflicts=True
        )
        if owed:
            send_soon(webhook.pk)


def _owed(webhook: Webhook, changes: Sequence[Change]) -> list[Change]:
    if not webhook.may_receive():
        return []
    wanted = [change.pk for change in changes if webhook.wants_all or change.type in webhook.types]
    seen = Change.objects.filter(pk__in=wanted).visible_to(webhook.client.account)
    return list(seen.order_by("position")) if wanted else []


def send_soon(webhook_id: int) -> None:
    """With the broker away the message stands all the same, and the minute's sweep sends it."""
    from interop.tasks import send_webhook

    def queue() -> None:
        send_webhook.delay(webhook_id)

    transaction.on_commit(queue, robust=True)
