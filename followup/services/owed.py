"""What is owed to whom now, as set-based SQL: reminders are written, settled and handed over by the one definition."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from accounts.calendar import add_working_days
from accounts.permissions import Role, roles_with
from followup.models import Reminder
from followup.services.owing import OWED

DEFINITIONS = [each for kind in OWED.values() for each in kind]

ABLE = {permission.name: sorted(roles_with(permission)) for permission, _ in DEFINITIONS}
"""By what a reminder asks for, the roles that can do it."""

GAP_NOTICE = 2
"""Working days before a missing fact is due from which its owner is reminded."""

WRITER_LOCK = 7_203_001
"""Advisory lock of PostgreSQL: one process writes at a time, another one has nothing to add."""

EVERYTHING = " UNION ALL ".join(
    f"SELECT '{permission.name}' AS it_takes, due.* FROM ({sql}) due" for permission, sql in DEFINITIONS
)

# The person, where they still work in the team and can do it; else everyone of the role; else its coordinators; else
# whoever there can do it; else the coordinators all the same, who find somebody. Where nobody is left the person
# stays named, and the reminder fails where people can see it.
ADDRESSED = f"""
    WITH owed AS ({EVERYTHING}),
    addressed AS (
        SELECT owed.kind, owed.target_id, owed.step, owed.due_on, owed.case_id,
               COALESCE(addressee.user_id, owed.person_id) AS person_id
          FROM owed
          JOIN cases_case its_case ON its_case.id = owed.case_id
          JOIN cases_patient patient ON patient.id = its_case.patient_id AND NOT patient.is_dead
          LEFT JOIN LATERAL (
              SELECT DISTINCT candidate.user_id
                FROM (
                    SELECT member.user_id, rank() OVER (
                               ORDER BY is_able AND (member.user_id = owed.person_id) IS TRUE DESC,
                                        is_able AND member.role = owed.role DESC,
                                        is_able AND member.role = %(coordinator)s DESC,
                                        is_able DESC
                           ) AS place
                      FROM accounts_membership member
                      JOIN accounts_user person ON person.id = member.user_id AND person.is_active
                     CROSS JOIN LATERAL (
                           SELECT jsonb_exists(%(able)s::jsonb -> owed.it_takes, member.role)
                               OR (owed.kind = 'action_due' AND member.user_id = owed.person_id) IS TRUE AS is_able
                     ) ability
                     WHERE member.team_id = its_case.team_id AND member.is_active
                       AND (is_able OR member.role = %(coordinator)s)
                ) candidate
               WHERE candidate.place = 1
          ) addressee ON true
         WHERE addressee.user_id IS NOT NULL OR owed.person_id IS NOT NULL
    )
"""

# Each is asked about by itself: OFFSET keeps the planner from working out all that is owed for each.
IS_OWED = """
    EXISTS (
        SELECT FROM addressed
         WHERE addressed.kind = reminder.kind AND addressed.target_id = reminder.target_id
           AND addressed.step = reminder.step AND addressed.person_id = reminder.person_id
        OFFSET 0
    )
"""

# What is done leaves the inboxes; an e-mail that failed is given up with it.
SETTLE = (
    ADDRESSED
    + f"""
    UPDATE followup_reminder reminder
       SET status = CASE reminder.status WHEN 'failed' THEN 'cancelled' ELSE reminder.status END, read_at = now()
     WHERE (reminder.status = 'failed' OR reminder.status = 'sent' AND reminder.read_at IS NULL)
       AND NOT {IS_OWED}
    """
)

# A cancelled reminder whose reason came back (a date moved away and back again) is owed again.
WRITE = (
    ADDRESSED
    + """
    INSERT INTO followup_reminder (
        kind, target_id, step, person_id, case_id, due_on, status, message_id,
        attempts, claimed_by, in_doubt, last_error
    )
    SELECT DISTINCT ON (kind, target_id, step, person_id)
           kind, target_id, step, person_id, case_id, due_on, 'pending',
           '<reminder-' || replace(gen_random_uuid()::text, '-', '') || '@' || %(domain)s || '>', 0, '', false, ''
      FROM addressed
     WHERE NOT EXISTS (
           SELECT FROM followup_reminder told
            WHERE told.kind = addressed.kind AND told.target_id = addressed.target_id
              AND told.step = addressed.step AND told.person_id = addressed.person_id
              AND told.status <> 'cancelled'
       )
     ORDER BY kind, target_id, step, person_id, due_on
    ON CONFLICT ON CONSTRAINT followup_reminder_once DO UPDATE
       SET status = 'pending', next_try_at = now(), attempts = 0, last_error = '', read_at = NULL
     WHERE followup_reminder.status = 'cancelled'
    """
)


# The last look: still this worker's claim, still owed to this person, who is still here.
HAND_OVER = (
    ADDRESSED
    + f"""
    UPDATE followup_reminder reminder
       SET handed_over_at = now(), claimed_until = now() + %(lease)s, next_try_at = now() + %(lease)s
      FROM accounts_user person
     WHERE reminder.id = %(reminder)s AND person.id = reminder.person_id AND person.is_active
       AND reminder.status = 'claimed' AND reminder.claimed_by = %(worker)s AND reminder.claimed_until > now()
       AND {IS_OWED}
    """
)


def values_on(today: date) -> dict[str, Any]:
    """What the statements ask with."""
    return {
        "today": today,
        "in_two_working_days": add_working_days(today, GAP_NOTICE),
        "coordinator": Role.COORDINATOR.value,
        "able": Jsonb(ABLE),
    }


@transaction.atomic
def write_due_reminders(*, today: date) -> int:
    """Write what has become due, and settle what is owed no longer: two statements, however many rows.

    Returns how many are new. Safe to run twice, and by two processes at once. What waits to be sent is not looked at
    here: it is looked at once more before it is sent.
    """
    values = values_on(today) | {"domain": settings.MESSAGE_ID_DOMAIN}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WRITER_LOCK])
        if cursor.fetchone() == (False,):
            return 0
        cursor.execute(SETTLE, values)
        cursor.execute(WRITE, values)
        return int(cursor.rowcount)


def hand_over(*, reminder: Reminder, worker: str, lease: timedelta) -> bool:
    """Begin to speak to the mail server, unless nothing is owed any more or another worker took it."""
    values = values_on(max(timezone.localdate(), reminder.due_on))
    values |= {"reminder": reminder.pk, "worker": worker, "lease": lease}
    with connection.cursor() as cursor:
        cursor.execute(HAND_OVER, values)
        return bool(cursor.rowcount)
