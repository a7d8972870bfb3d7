"""Settling what is done, or owed to somebody else now: it leaves the inboxes and the e-mails that wait."""

from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from followup.services.reminding import addressing
from followup.services.reminding.owed.finding import OTHERS_TOUCHED, TOUCHED, WHOSE
from followup.services.reminding.owed.last_run import EVENTS_BACK, LastRun
from followup.services.reminding.owing import OWED

SETTLED_AT_ONCE = 500

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
         UNION ALL
        SELECT owed.it_takes, owed.kind, owed.person_id, owed.role, owed.team_id, looked.audience,
               looked.its_role, %(today)s::date, looked.id
          FROM looked
          JOIN ({of_no_case}) owed
               ON owed.kind = looked.kind AND owed.target_id = looked.target_id AND owed.step = looked.step
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


def settle_all(*, today: date) -> int:
    """Look at every reminder that is owed; returns how many are owed no longer."""
    return len(_settle_those(["true"], {}, today))


def settle_changed(today: date, last: LastRun) -> int:
    """Look at the reminders about whatever something was recorded of since the last run."""
    values = {"event": last.event - EVENTS_BACK}
    of_cases = f"reminder.case_id IN ({TOUCHED})"
    others = f"reminder.case_id IS NULL AND reminder.target_id IN ({OTHERS_TOUCHED})"
    return len(_settle_those([of_cases, others], values, today))


def _settle_those(looked: list[str], values: dict[str, Any], today: date) -> set[int]:
    """Some at a time: the planner does not foresee how many there are, and compares each with each."""
    ids = " UNION ALL ".join(
        f"SELECT id FROM followup_reminder reminder WHERE status = 'owed' AND {each}" for each in looked
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{ids} ORDER BY id", values)
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
    of_case, of_none = (
        " UNION ALL ".join(
            f"SELECT '{permission.name}' AS it_takes, due.* FROM ("
            + due.about(f"{targets} reminder.kind = '{kind}' AND {looked}")
            + ") due"
            for kind, definitions in OWED.items()
            for permission, due in definitions
            if due.of_case == of_cases
        )
        for of_cases in (True, False)
    )
    whose = WHOSE.format(owed="owed")
    sql = SETTLE.format(
        looked=looked, everything=of_case, of_no_case=of_none, whose=whose, told=addressing.TOLD
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values | addressing.values() | {"now": timezone.now()})
        return {pk for (pk,) in cursor.fetchall()}
