"""Finding what is to be told to whom: of all that is due, what nobody was told of by a rule yet."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from followup.rules import RuleLine
from followup.services.reminding import addressing
from followup.services.reminding.owed.last_run import EVENTS_BACK, LastRun
from followup.services.reminding.windows import Window, rows, statements, told_of, windows

MARGIN = timedelta(days=1)
"""A run looks back so long before the last one, for what was made or moved meanwhile."""

DUE_NOW = """
    WITH rule AS NOT MATERIALIZED (
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
         UNION ALL
        SELECT owed.it_takes, owed.kind, owed.target_id, owed.step, owed.due_on, owed.person_id, owed.role,
               NULL::bigint, owed.team_id, rule.rule_id, rule.place, rule.on_day, rule.audience, rule.its_role,
               rule.channel, rule.older
          FROM ({of_no_case}) owed
          JOIN rule ON rule.kind = owed.kind AND rule.is_asked = owed.is_asked
               AND owed.day BETWEEN rule.since AND rule.until
    )
"""
"""Of the rules that tell of one thing the latest for each audience: their windows leave each other out.

What is about no case is little, and is looked up for people anew in every run.
"""

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

OTHERS_TOUCHED = """
    SELECT target_id FROM audit_event
     WHERE id > %(event)s AND case_id IS NULL AND type NOT LIKE 'reminder.%%'
"""
"""The same of what is about no case."""

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
    about_cases, of_no_case = statements(found, of_cases=True), statements(found, of_cases=False)
    due_now = DUE_NOW.format(everything=about_cases, of_no_case=of_no_case, whose=whose, is_new=is_new)
    values = {"rules": Jsonb(rows(found)), "today": today} | addressing.values()
    return f"{due_now}, {addressing.TOLD}, {TO_TELL}", values
