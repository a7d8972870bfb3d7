"""What is owed to whom now, as set-based SQL: the one definition that reminders are written and cancelled by."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from followup.models import ReminderKind

FOLLOWS_UP = sorted(
    role.value
    for role, permissions in ROLE_PERMISSIONS.items()
    if permissions & {Permission.PLAN_REVIEW, Permission.ASK_OPINION}
)
"""Roles that can do what a reminder asks for."""

WRITER_LOCK = 7_203_001
"""Advisory lock of PostgreSQL: one process writes at a time, another one has nothing to add."""

OWED: dict[ReminderKind, str] = {
    ReminderKind.REVIEW_DUE: """
        SELECT 'review_due' AS kind, review.id AS target_id, to_char(review.due_on, 'YYYY-MM-DD') AS step,
               review.due_on, review.responsible_id AS person_id, episode.case_id
          FROM followup_review review JOIN cases_episode episode ON episode.id = review.episode_id
         WHERE review.status = 'scheduled' AND review.due_on <= %(today)s
    """,
    ReminderKind.OPINION_STEP_DUE: """
        SELECT 'opinion_step_due' AS kind, opinion.id AS target_id,
               opinion.status || ' ' || to_char(opinion.step_due_on, 'YYYY-MM-DD') AS step,
               opinion.step_due_on AS due_on, opinion.owner_id AS person_id, episode.case_id
          FROM followup_secondopinion opinion JOIN cases_episode episode ON episode.id = opinion.episode_id
         WHERE opinion.status NOT IN ('closed', 'withdrawn', 'declined') AND opinion.step_due_on <= %(today)s
    """,
}
"""For each kind of reminder: what is due, about which case, owed by whom. A dead patient's is left out below."""

# The person, where they still work in the team; else its coordinators; else whoever there can do it.
# Where nobody is left the person stays named, and the reminder fails where people can see it.
ADDRESSED = f"""
    WITH owed AS ({" UNION ALL ".join(OWED.values())}),
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
                               ORDER BY member.user_id = owed.person_id DESC, member.role = %(coordinator)s DESC
                           ) AS place
                      FROM accounts_membership member
                      JOIN accounts_user person ON person.id = member.user_id AND person.is_active
                     WHERE member.team_id = its_case.team_id AND member.is_active
                       AND member.role = ANY(%(follows_up)s)
                ) candidate
               WHERE candidate.place = 1
          ) addressee ON true
    )
"""

# One that failed is asked about by itself: OFFSET keeps the planner from working out all that is owed for each.
CANCEL = (
    ADDRESSED
    + """
    UPDATE followup_reminder reminder SET status = 'cancelled'
     WHERE reminder.status = 'failed'
       AND NOT EXISTS (
           SELECT FROM addressed
            WHERE addressed.kind = reminder.kind AND addressed.target_id = reminder.target_id
              AND addressed.step = reminder.step AND addressed.person_id = reminder.person_id
           OFFSET 0
       )
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
    SELECT kind, target_id, step, person_id, case_id, due_on, 'pending',
           '<reminder-' || replace(gen_random_uuid()::text, '-', '') || '@' || %(domain)s || '>', 0, '', false, ''
      FROM addressed
     WHERE NOT EXISTS (
           SELECT FROM followup_reminder told
            WHERE told.kind = addressed.kind AND told.target_id = addressed.target_id
              AND told.step = addressed.step AND told.person_id = addressed.person_id
              AND told.status <> 'cancelled'
       )
    ON CONFLICT ON CONSTRAINT followup_reminder_once DO UPDATE
       SET status = 'pending', next_try_at = now(), attempts = 0, last_error = '', read_at = NULL
     WHERE followup_reminder.status = 'cancelled'
    """
)


@transaction.atomic
def write_due_reminders(*, today: date) -> int:
    """Write what has become due, and cancel what failed and is owed no longer: two statements, however many rows.

    Returns how many are new. Safe to run twice, and by two processes at once. What waits to be sent is not looked at
    here: it is settled with the change that ends it, and looked at once more before it is sent.
    """
    values: dict[str, Any] = {
        "today": today,
        "coordinator": Role.COORDINATOR.value,
        "follows_up": FOLLOWS_UP,
        "domain": settings.MESSAGE_ID_DOMAIN,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WRITER_LOCK])
        if cursor.fetchone() == (False,):
            return 0
        cursor.execute(CANCEL, values)
        cursor.execute(WRITE, values)
        return int(cursor.rowcount)
