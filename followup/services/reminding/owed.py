"""What is owed to whom now, as set-based SQL: reminders are written, settled and looked at by the one definition."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from accounts.calendar import next_working_day
from audit.events import EventType
from audit.models import Heartbeat
from audit.services import note_heartbeat
from followup.rules import RuleLine, rules_on
from followup.services.reminding import addressing
from followup.services.reminding.owing import OWED
from followup.services.reminding.windows import Window, rows, statements, told_of, windows

WRITER_LOCK = 7_203_001
"""Advisory lock of PostgreSQL: one process writes at a time, another one has nothing to add."""

MARGIN = timedelta(days=1)
"""A run looks back so long before the last one, for what was made or moved meanwhile."""

EVERYTHING_EVERY = timedelta(hours=1)
"""At least as often all that is owed is looked at, whatever its date: whose absence begins or ends has no event."""

STUCK = timedelta(minutes=15)
"""An e-mail that could not begin for so long goes with the person's others."""

SETTLED_AT_ONCE = 500

EVENTS_BACK = 5_000
"""Events from before the last run that are looked at again: their transactions may have ended after it."""

OTHERS_ARE_TOLD = [
    EventType.REMINDER_RULE_CHANGED.value,
    EventType.ABSENCE_RECORDED.value,
    EventType.ABSENCE_WITHDRAWN.value,
    EventType.PERSON_CHANGED.value,
]
"""After one of these everything is looked at in the next run, not only once an hour."""

RUN, RUN_OF_EVERYTHING = "reminders", "reminders: everything"

DUE_NOW = """
    WITH rule AS (
        SELECT * FROM jsonb_to_recordset(%(rules)s) AS rule (
            rule_id bigint, place int, kind text, is_asked boolean, on_day date, since date, until date,
            audience text, its_role text, channel text, older bigint[]
        )
    ),
    owed AS MATERIALIZED ({everything}),
    firing AS (
        SELECT owed.*, rule.rule_id, rule.place, rule.on_day, rule.audience, rule.its_role, rule.channel,
               rule.older
          FROM owed
          JOIN rule ON rule.kind = owed.kind AND rule.is_asked = owed.is_asked
               AND owed.day BETWEEN rule.since AND rule.until
    ),
    fired AS MATERIALIZED (
        SELECT firing.it_takes, firing.kind, firing.target_id, firing.step, firing.due_on, firing.person_id,
               firing.role, its_case.id AS case_id, COALESCE(firing.team_id, its_case.team_id) AS team_id,
               firing.rule_id, firing.place, firing.on_day, firing.audience, firing.its_role, firing.channel,
               firing.older
          FROM firing {whose}
         WHERE {is_new}
    )
"""
"""Of the rules that tell of one thing the latest for each audience: their windows leave each other out."""

WHOSE = """
          LEFT JOIN cases_episode its_episode ON its_episode.id = {owed}.episode_id
          JOIN cases_case its_case ON its_case.id = COALESCE({owed}.case_id, its_episode.case_id)
          JOIN cases_patient patient ON patient.id = its_case.patient_id AND NOT patient.is_dead
"""

# Somebody was told by that rule, and nothing was recorded about the case since: the same people would be found. Who is
# away, works in the team or is told by a rule changes with an event after which everything is looked at, or with the
# day, within the hour. Keys of an array are looked up in a table of hashes whatever the planner expects; joined, a
# day's reminders would be compared each with each until the statistics know of them.
NOT_YET_TOLD = """
    concat_ws('|', firing.kind, firing.target_id, firing.step, COALESCE(firing.rule_id, 0)) NOT IN (
        SELECT unnest(ARRAY(
            SELECT concat_ws('|', told.kind, told.target_id, told.step, COALESCE(told.rule_id, 0))
              FROM followup_reminder told
             WHERE told.status = 'owed' AND {about}
               AND told.case_id NOT IN (SELECT unnest(ARRAY({touched})))
        ))
    )
"""

TOUCHED = """
    SELECT case_id FROM audit_event
     WHERE id > %(event)s AND case_id IS NOT NULL AND type NOT LIKE 'reminder.%%'
"""
"""Cases about which something was recorded since the last run."""

# To one person the latest rule's alone. One that was settled and whose reason came back (a date moved away and back
# again, a person who was away) is owed again. Each is looked up by the key of reminders: OFFSET 0, so that they are
# not joined with all that are owed; <> 'settled', so that no index of those is read whole.
TO_TELL = """
    latest AS (
        SELECT DISTINCT ON (kind, target_id, step, told_id, on_day) *
          FROM told
         ORDER BY kind, target_id, step, told_id, on_day, place
    ),
    fresh AS MATERIALIZED (
        SELECT * FROM latest
         WHERE NOT EXISTS (
               SELECT FROM followup_reminder told
                WHERE told.kind = latest.kind AND told.target_id = latest.target_id AND told.step = latest.step
                  AND told.person_id = latest.told_id AND told.status <> 'settled'
                  AND (told.rule_id IS NOT DISTINCT FROM latest.rule_id
                       OR COALESCE(told.rule_id, 0) <> ALL (latest.older))
               OFFSET 0
         )
    )
"""

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

SETTLE = """
    WITH looked AS MATERIALIZED (
        SELECT reminder.*, COALESCE(rule.audience, 'owner') AS audience, COALESCE(rule.role, '') AS its_role
          FROM followup_reminder reminder LEFT JOIN followup_reminderrule rule ON rule.id = reminder.rule_id
         WHERE reminder.status = 'owed' AND {looked}
    ),
    owed AS MATERIALIZED ({everything}),
    fired AS MATERIALIZED (
        SELECT owed.it_takes, owed.kind, owed.person_id, owed.role,
               COALESCE(owed.team_id, its_case.team_id) AS team_id, looked.audience, looked.its_role,
               %(today)s::date AS on_day, looked.id AS reminder_id
          FROM looked
          JOIN owed ON owed.kind = looked.kind AND owed.target_id = looked.target_id AND owed.step = looked.step
          {whose}
    ),
    {told},
    gone AS MATERIALIZED (
        SELECT id FROM looked WHERE (id, person_id) NOT IN (SELECT reminder_id, told_id FROM told)
    )
    UPDATE followup_reminder reminder SET status = 'settled', read_at = COALESCE(reminder.read_at, %(now)s)
     WHERE reminder.id = ANY(ARRAY(SELECT id FROM gone)) AND reminder.status = 'owed'
    RETURNING reminder.id
"""
"""What is done, or owed to somebody else now, leaves the inboxes and the e-mails that wait."""

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


@dataclass(frozen=True)
class LastRun:
    """Until where the last completed run looked; nothing is known of it before the first."""

    day: date | None
    event: int
    everything_at: datetime | None

    def misses_days(self, today: date) -> bool:
        """A whole day went by without a run: what should have been told then is told together."""
        return self.day is None or (today - self.day).days > 1


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
    settled = settle_all(today=today) if whole else _settle_changed(today, last)
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


def last_run() -> LastRun:
    details = dict(Heartbeat.objects.filter(name__in=[RUN, RUN_OF_EVERYTHING]).values_list("name", "detail"))
    run, whole = details.get(RUN, {}), details.get(RUN_OF_EVERYTHING, {})
    return LastRun(
        date.fromisoformat(run["day"]) if "day" in run else None,
        run.get("event", 0),
        datetime.fromisoformat(whole["at"]) if "at" in whole else None,
    )


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


def finding(rules: Iterable[RuleLine], *, last: LastRun | None, today: date) -> tuple[str, dict[str, Any]]:
    """The statement, as far as its table `fresh`, that finds what is to be told since that run, and its values."""
    since = min(last.day, today) - MARGIN if last and last.day else None
    found = windows(rules, since=since, today=today)
    if last is None or since is None:
        return finding_in(found, today=today)
    is_new = NOT_YET_TOLD.format(about=told_of(found), touched=TOUCHED)
    sql, values = finding_in(found, today=today, is_new=is_new)
    return sql, values | {"event": last.event - EVENTS_BACK}


def finding_in(found: list[Window], *, today: date, is_new: str = "true") -> tuple[str, dict[str, Any]]:
    """The same for any windows."""
    whose = WHOSE.format(owed="firing")
    due_now = DUE_NOW.format(everything=statements(found), whose=whose, is_new=is_new)
    values = {"rules": Jsonb(rows(found)), "today": today} | addressing.values()
    return f"{due_now}, {addressing.TOLD}, {TO_TELL}", values


def settle_all(*, today: date) -> int:
    """Look at every reminder that is owed; returns how many are owed no longer."""
    return len(_settle_those("true", {}, today))


def _settle_changed(today: date, last: LastRun) -> int:
    """Look at the reminders about cases of which something was recorded since the last run."""
    values = {"event": last.event - EVENTS_BACK}
    return len(_settle_those(f"reminder.case_id IN ({TOUCHED})", values, today))


def _settle_those(looked: str, values: dict[str, Any], today: date) -> set[int]:
    """Some at a time: the planner does not foresee how many there are, and compares each with each."""
    ids = f"SELECT id FROM followup_reminder reminder WHERE status = 'owed' AND {looked} ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(ids, values)
        found = [pk for (pk,) in cursor.fetchall()]
    settled: set[int] = set()
    for first in range(0, len(found), SETTLED_AT_ONCE):
        some = found[first : first + SETTLED_AT_ONCE]
        settled |= _settle("reminder.id = ANY(%(reminders)s)", {"today": today, "reminders": some})
    return settled


def settle_told_by(*, mails: list[int], today: date) -> set[int]:
    """Look once more at what these e-mails are to tell; returns the reminders that are owed no longer."""
    return _settle("reminder.mail_id = ANY(%(mails)s)", {"today": today, "mails": mails})


def _settle(looked: str, values: dict[str, Any]) -> set[int]:
    """Of the reminders that a condition names; what is due is asked of their targets alone."""
    targets = "SELECT reminder.target_id FROM followup_reminder reminder WHERE reminder.status = 'owed' AND "
    everything = " UNION ALL ".join(
        f"SELECT '{permission.name}' AS it_takes, due.* FROM ("
        + due.about(f"{targets} reminder.kind = '{kind}' AND {looked}")
        + ") due"
        for kind, definitions in OWED.items()
        for permission, due in definitions
    )
    whose = WHOSE.format(owed="owed")
    sql = SETTLE.format(looked=looked, everything=everything, whose=whose, told=addressing.TOLD)
    with connection.cursor() as cursor:
        cursor.execute(sql, values | addressing.values() | {"now": timezone.now()})
        return {pk for (pk,) in cursor.fetchall()}
