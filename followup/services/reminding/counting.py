"""How the sending of reminders stands, in numbers, for those who run the service; each by an index."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from accounts.calendar import is_working_day

FIGURES = """
    SELECT (SELECT min(next_try_at) FROM followup_mail
             WHERE status IN ('pending', 'claimed') AND next_try_at <= %(now)s),
           (SELECT count(*) FROM followup_mail WHERE status IN ('pending', 'claimed')),
           (SELECT count(*) FROM followup_mail WHERE status = 'failed' AND seen_at IS NULL),
           (SELECT count(*) FROM followup_mail WHERE in_doubt),
           (SELECT count(*) FROM followup_mail WHERE bounced_at IS NOT NULL AND seen_at IS NULL)
"""

BATCHES = """
    SELECT count(*) FROM (
        SELECT FROM followup_mail WHERE status = 'pending' AND next_try_at <= %s LIMIT %s
    ) waiting
"""


def figures() -> dict[str, int]:
    """Failed and bounced ones until somebody dealt with them; those in doubt as long as they are kept."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"now": timezone.now()})
        oldest, pending, failed, in_doubt, bounced = cursor.fetchone()
    return {
        "oldest_due_seconds": _waits_since(oldest),
        "mails_pending": pending,
        "mails_failed": failed,
        "mails_in_doubt": in_doubt,
        "mails_bounced": bounced,
    }


def _waits_since(oldest: datetime | None) -> int:
    """Days without post do not count: what was written on one waits from the morning after it."""
    now = timezone.localtime()
    if oldest is None or not is_working_day(now.date()):
        return 0
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if not is_working_day(now.date() - timedelta(days=1)):
        oldest = max(oldest, midnight)
    return int((now - oldest).total_seconds())


def how_many_more_senders(*, batch: int, most: int) -> int:
    """One for each batch beyond the first that waits now."""
    with connection.cursor() as cursor:
        cursor.execute(BATCHES, [timezone.now(), (most + 1) * batch])
        return min(most, max(0, (int(cursor.fetchone()[0]) - 1) // batch))
