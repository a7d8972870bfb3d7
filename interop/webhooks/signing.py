"""What is sent, and its signature by the Standard Webhooks specification (standardwebhooks.com, 1.0)."""

import base64
import hmac
import json
from datetime import datetime
from hashlib import sha256

from interop.models import WebhookMessage


def body_of(message: WebhookMessage) -> bytes:
    """Types and ids only, the same each time that the message is sent: what changed is read at the address."""
    change = message.change
    told: dict[str, str | None] = {"type": message.type, "at": message.created_at.isoformat()}
    if change is not None:
        told = {
            "type": change.type,
            "at": change.at.isoformat(),
            "position": str(change.position),
            "resource": change.resource,
            "id": change.key,
            "address": change.address,
            "case": change.case.reference if change.case else None,
        }
    return json.dumps(told, separators=(",", ":")).encode()


def headers_of(message: WebhookMessage, body: bytes, now: datetime) -> dict[str, str]:
    """Signed with every secret that is valid now; the receiver takes the message where one of them fits."""
    stamp = str(int(now.timestamp()))
    signed = f"{message.name}.{stamp}.".encode() + body
    secrets = message.webhook.secrets_at(now)
    return {
        "Content-Type": "application/json",
        "User-Agent": "sarcoma-mdt-webhook",
        "webhook-id": message.name,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{signature(secret, signed)}" for secret in secrets),
    }


def signature(secret: str, signed: bytes) -> str:
    """HMAC with SHA-256 of name, time and body, which stand one after the other with a full stop between."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
