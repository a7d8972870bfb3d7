"""Takes a delivery status notification from standard input, as a mail server pipes it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.services.reminding.bounces import MOST_BYTES, NotABounce, read_notification, take_bounce

NOT_OURS = 65
"""EX_DATAERR of sysexits.h: a mail server takes it as final, and does not try again."""


class Command(BaseCommand):
    """Marks the e-mail of reminders that came back, so that coordinators see it under Reminders."""

    help = "Reads a delivery status notification (RFC 3464) from standard input and marks the e-mail that came back."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            notification = read_notification(sys.stdin.buffer.read(MOST_BYTES + 1))
            is_news = take_bounce(notification=notification)
        except NotABounce as error:
            raise CommandError(str(error), returncode=NOT_OURS) from error
        if is_news:
            self.stdout.write(f"Marked as come back, with status {notification.status}.")
        elif notification.is_final:
            self.stdout.write("This e-mail is marked as come back already.")
        else:
            self.stdout.write(f"Nothing to mark: {notification.action} with status {notification.status}.")
