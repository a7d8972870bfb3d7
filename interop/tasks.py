"""Webhooks are sent by as many workers as are free; a task carries the webhook's id and nothing else."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from interop.exchanging import forget_exchanges as forget_some
from interop.webhooks import sending

KEPT = timedelta(days=90)


@shared_task(expires=600)
def send_webhook(webhook_id: int) -> None:
    """Send what is due to one webhook; where there is more, others have their turn first."""
    if sending.send_some(webhook_id=webhook_id):
        send_webhook.delay(webhook_id)


@shared_task(expires=60)
def sweep_webhooks() -> None:
    """Each minute: what is to be tried again, and what a lost broker or a killed worker left."""
    for webhook_id in sending.with_something_due():
        send_webhook.delay(webhook_id)


@shared_task
def forget_messages() -> None:
    """Each night: messages of long ago that arrived, or were stopped, in small transactions."""
    before = timezone.now() - KEPT
    while sending.forget_messages(before=before):
        pass


@shared_task
def forget_exchanges() -> None:
    """Each night: what clients sent 30 days ago and more, in small transactions."""
    while forget_some():
        pass
