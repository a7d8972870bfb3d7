"""A webhook of a hospital system with a message that was sent, as the walks over all operations name them."""

from accounts.models import Client
from accounts.services import open_client
from interop.models import MessageStatus
from interop.webhooks import services


def named(centre, account=None):
    """By the words of the how-to: a webhook of this account, or of a system of the centre's own."""
    if account is None:
        account = open_client(name="Receiver", organisation=centre.team.organisation, by=None).account
    client = Client.objects.get(account=account)
    webhook = services.create_webhook(
        client=client, url="https://receiver.example/changes", types=[], by=account
    )
    message = webhook.messages.create(status=MessageStatus.SENT, attempts=1, answer_status=200)
    return {"WEBHOOK": webhook.pk, "MESSAGE": message.pk}


def of_webhooks(centre):
    """By room, what names them in a path of the API."""
    rows = named(centre)
    return {"webhooks": {"id": str(rows["WEBHOOK"])}, "webhook-messages": {"id": str(rows["MESSAGE"])}}
