"""The run of the minute: what has become due is written, what is owed no longer settled, by a few statements."""

from datetime import date, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.calendar import next_working_day
from audit.events import EventType
from audit.services import note_heartbeat
from followup.rules import rules_on
from followup.services.reminding.owed.finding import finding
from followup.services.reminding.owed.last_run import RUN, RUN_OF_EVERYTHING, LastRun, last_run
from followup.services.reminding.owed.settling import settle_all, settle_changed

WRITER_LOCK = 7_203_001
"""Advisory lock of PostgreSQL: one process writes at a time, another one has nothing to add."""

EVERYTHING_EVERY = timedelta(hours=1)
"""At least as often all that is owed is looked at, whatever its date: whose absence begins or ends has no event."""

STUCK = timedelta(minutes=15)
"""An e-mail that could not begin for so long goes with the person's others."""

OTHERS_ARE_TOLD = [
    EventType.REMINDER_RULE_CHANGED.value,
    EventType.ABSENCE_RECORDED.value,
    EventType.ABSENCE_WITHDRAWN.value,
    EventType.PERSON_CHANGED.value,
]
"""After one of these everything is looked at in the next run, not only once an hour."""

WRITE = """
    how AS MATERIALIZED (
        SELECT fresh.*,
               CASE WHEN channel = 'at_once' THEN CASE WHEN %(catches_up)s THEN 'digest' ELSE 'at_once' END
                    WHEN channel = 'digest' AND (audience = 'role' OR COALESCE(wish.digest_by_mail, true))
                    THEN 'digest'
               END AS mail_kind,
               CASE WHEN channel = 'at_once' OR %(catches_up)s THEN %(now)s
                    WHEN %(first_post)s + COALESCE(wish.digest_at, '07:00') > %(local_now)s
                    THEN (%(first_post)s + COALESCE(wish.digest_at, '07:00')) AT TIME ZONE 'Europe/London'
                    ELSE (%(next_post)s + COALESCE(wish.digest_at, '07:00')) AT TIME ZONE 'Europe/London'
               END AS mail_at
          FROM fresh LEFT JOIN followup_remindersettings wish ON wish.person_id = fresh.told_id
    ),
    mail AS (
        INSERT INTO followup_mail AS open (
            kind, person_id, status, message_id, attempts, next_try_at, claimed_by, in_doubt, last_error,
            bounce_status, created_at
        )
        SELECT mail_kind, told_id, 'pending',
               '<reminder-' || replace(gen_random_uuid()::text, '-', '') || '@' || %(domain)s || '>',
               0, min(mail_at), '', false, '', '', %(now)s
          FROM how WHERE mail_kind IS NOT NULL GROUP BY mail_kind, told_id ORDER BY told_id
        ON CONFLICT (person_id) WHERE kind = 'digest' AND status = 'pending' AND NOT in_doubt DO UPDATE
           SET next_try_at = CASE WHEN open.attempts > 0 THEN open.next_try_at
                                  ELSE LEAST(open.next_try_at, excluded.next_try_at) END
        RETURNING id, kind, person_id
    ),
    older AS (
        UPDATE followup_reminder old SET status = 'settled', read_at = COALESCE(old.read_at, %(now)s)
          FROM how
         WHERE old.kind = how.kind AND old.target_id = how.target_id AND old.step = how.step
           AND old.person_id = how.told_id AND old.status = 'owed'
    )
    INSERT INTO followup_reminder (
        kind, target_id, step, rule_id, person_id, covers_for_id, case_id, due_on, status, mail_id, created_at
    )
    SELECT how.kind, how.target_id, how.step, how.rule_id, how.told_id,
           CASE WHEN how.covers THEN how.person_id END, how.case_id, how.due_on, 'owed', mail.id, %(now)s
      FROM how LEFT JOIN mail ON mail.person_id = how.told_id AND mail.kind = how.mail_kind
    ON CONFLICT ON CONSTRAINT followup_reminder_once_by_rule DO UPDATE
       SET status = 'owed', read_at = NULL, snoozed_until = NULL, mail_id = excluded.mail_id,
           covers_for_id = excluded.covers_for_id, due_on = excluded.due_on, created_at = excluded.created_at
     WHERE followup_reminder.status = 'settled'
"""
"""One e-mail at once for a person and a run; the rest goes with the person's open digest, at their time."""

# Untouched by any mail server. What may have reached one stays as it is, with its Message-ID. On a day without post
# nothing is late: it goes with the next day's e-mail, at the person's time.
TOGETHER = """
    WITH waiting AS (
        SELECT id, person_id, kind, last_error = %(unreachable)s OR next_try_at < %(stuck)s AS is_stuck
          FROM followup_mail
         WHERE status = 'pending' AND attempts = 0 AND NOT in_doubt
           AND (next_try_at <= %(now)s OR last_error = %(unreachable)s)
           FOR UPDATE SKIP LOCKED
    ),
    several AS (
        SELECT person_id FROM waiting WHERE is_stuck OR kind = 'digest'
         GROUP BY person_id HAVING count(*) > 1 AND bool_or(is_stuck)
    ),
    digest AS (
        INSERT INTO followup_mail AS open (
            kind, person_id, status, message_id, attempts, next_try_at, claimed_by, in_doubt, last_error,
            bounce_status, created_at
        )
        SELECT 'digest', person_id, 'pending',
               '<reminder-' || replace(gen_random_uuid()::text, '-', '') || '@' || %(domain)s || '>',
               0,
               CASE WHEN %(first_post)s = %(local_now)s::date THEN %(now)s
                    ELSE (%(first_post)s + COALESCE(wish.digest_at, '07:00')) AT TIME ZONE 'Europe/London' END,
               '', false, '', '', %(now)s
          FROM several LEFT JOIN followup_remindersettings wish USING (person_id)
        ON CONFLICT (person_id) WHERE kind = 'digest' AND status = 'pending' AND NOT in_doubt DO UPDATE
           SET next_try_at = LEAST(open.next_try_at, excluded.next_try_at)
        RETURNING id, person_id
    ),
    moved AS (
        UPDATE followup_reminder reminder SET mail_id = digest.id
          FROM waiting JOIN digest USING (person_id)
         WHERE reminder.mail_id = waiting.id AND waiting.kind = 'at_once' AND waiting.is_stuck
           AND reminder.status = 'owed'
    )
    UPDATE followup_mail mail SET status = 'cancelled'
      FROM waiting JOIN digest USING (person_id)
     WHERE mail.id = waiting.id AND waiting.kind = 'at_once' AND waiting.is_stuck
"""

UNREACHABLE = "The mail server could not be reached"


def write_due_reminders(*, today: date, everything: bool | None = None) -> int:
    """Write what has become due, and settle what is owed no longer: a few statements, however many rows.

    Looks at what fell due since the last completed run; at everything once an hour, or where told so. Returns how
    many are new. Safe to run twice, and by two processes at once. What waits to be sent is looked at once more then.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s), set_config('jit', 'off', true)", [WRITER_LOCK])
        if cursor.fetchone()[0] is False:
            return 0
        return _run(cursor, today, everything)


def _run(cursor: Any, today: date, everything: bool | None) -> int:
    began, last = monotonic(), last_run()
    event, others_are_told = _events_since(cursor, last)
    whole = _is_time_for_everything(last, others_are_told) if everything is None else everything
    settled = settle_all(today=today) if whole else settle_changed(today, last)
    written = _write(cursor, today, None if whole else last, catches_up=last.misses_days(today))
    cursor.execute(
        TOGETHER, _now() | _post_days() | {"unreachable": UNREACHABLE, "stuck": timezone.now() - STUCK}
    )
    took = round((monotonic() - began) * 1000)
    counts = {"written": written, "settled": settled, "put together": cursor.rowcount}
    note_heartbeat(name=RUN, took_ms=took, detail=counts | {"day": today.isoformat(), "event": event})
    if whole:
        detail = counts | {"at": timezone.now().isoformat()}
        note_heartbeat(name=RUN_OF_EVERYTHING, took_ms=took, detail=detail)
    return written


def _is_time_for_everything(last: LastRun, others_are_told: bool) -> bool:
    return (
        others_are_told
        or last.day is None
        or last.everything_at is None
        or timezone.now() - last.everything_at >= EVERYTHING_EVERY
    )


def _events_since(cursor: Any, last: LastRun) -> tuple[int, bool]:
    """The newest, and whether one since the last run changes who is told of what was looked at already."""
    cursor.execute(
        "SELECT COALESCE(max(id), 0),"
        " EXISTS (SELECT FROM audit_event WHERE id > %(event)s AND type = ANY(%(types)s)) FROM audit_event",
        {"event": last.event, "types": OTHERS_ARE_TOLD},
    )
    event, others_are_told = cursor.fetchone()
    return int(event), bool(others_are_told)


def _now() -> dict[str, Any]:
    now = timezone.now()
    return {
        "now": now,
        "local_now": timezone.localtime(now).replace(tzinfo=None),
        "domain": settings.MESSAGE_ID_DOMAIN,
    }


def _post_days() -> dict[str, date]:
    """The next two days on which the day's e-mail goes out, today perhaps the first of them."""
    today = timezone.localdate()
    first = next_working_day(today)
    return {"first_post": first, "next_post": next_working_day(first + timedelta(days=1))}


def _write(cursor: Any, today: date, last: LastRun | None, *, catches_up: bool) -> int:
    sql, values = finding(rules_on(), last=last, today=today)
    values |= _now() | _post_days() | {"catches_up": catches_up}
    cursor.execute(f"{sql}, {WRITE}", values)
    return int(cursor.rowcount)
