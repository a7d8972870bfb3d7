"""E-mails that came back: the delivery status notification of another mail server (RFC 3464) finds our message."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import cast

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.events import EventType
from followup.models import Mail

MOST_BYTES = 1_000_000
"""A notification is small; what is larger is something else."""

STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
"""RFC 3463: class, subject, detail."""


class NotABounce(ValueError):
    """What was given is no notification about an e-mail of this service; the message says why."""


@dataclass(frozen=True)
class Notification:
    """What a mail server says about one of our messages."""

    message_id: str
    action: str
    status: str

    @property
    def is_final(self) -> bool:
        """It will not be delivered any more; a delay is no bounce."""
        return self.action == "failed" and self.status.startswith("5.")


def read_notification(raw: bytes) -> Notification:
    """Raises NotABounce. Only codes are read from it, never its text."""
    if len(raw) > MOST_BYTES:
        raise NotABounce(f"This is larger than {MOST_BYTES} bytes: no delivery status notification is.")
    message = message_from_bytes(raw, policy=policy.default)
    parts = list(message.walk())
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if not reports:
        raise NotABounce("This is no delivery status notification (RFC 3464): it has no such part.")
    told = [block for block in reports[0].get_payload() if isinstance(block, Message) and block["Action"]]
    if not told:
        raise NotABounce("The notification names no action for any recipient.")
    action = str(told[0]["Action"]).strip().lower()
    status = STATUS.search(str(told[0]["Status"] or ""))
    if status is None:
        raise NotABounce("The notification has no status such as 5.1.1 (RFC 3463).")
    return Notification(_original(parts), action, status.group())


def _original(parts: list[EmailMessage]) -> str:
    """The Message-ID of the message that it is about: its headers, or all of it, come with the notification."""
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            inner = message_from_bytes(cast(bytes, part.get_payload(decode=True)), policy=policy.default)
        elif part.get_content_type() == "message/rfc822":
            inner = part.get_content()
        else:
            continue
        if inner["Message-ID"]:
            return str(inner["Message-ID"]).strip()
    raise NotABounce("The notification does not say which message it is about: no Message-ID came with it.")


@transaction.atomic
def take_bounce(*, notification: Notification) -> bool:
    """Note that an e-mail came back, for its team's coordinators to see. Safe to run twice; says if it is news.

    Raises NotABounce where this service sent no such message.
    """
    mail = Mail.objects.select_for_update().filter(message_id=notification.message_id).first()
    if mail is None:
        raise NotABounce("No e-mail of this service has that Message-ID.")
    if not notification.is_final or mail.bounced_at:
        return False
    mail.bounced_at, mail.bounce_status = timezone.now(), notification.status
    mail.seen_at, mail.seen_by = None, None
    mail.save(update_fields=["bounced_at", "bounce_status", "seen_at", "seen_by"])
    cases = set(mail.reminders.values_list("case", flat=True))
    data = {"status": mail.bounce_status, "person": mail.person_id}
    case_id = cases.pop() if len(cases) == 1 else None
    audit.record(EventType.MAIL_BOUNCED, target=mail, by=None, case_id=case_id, data=data)
    return True
