"""Cases in follow-up for which nothing is planned, and nobody said how follow-up ended: one definition, as SQL."""

from typing import Final

WITHIN_DAYS: Final = 7
"""Follow-up without a next step waits so long before it is due to be planned; a centre's own rule, not a standard."""

LOOKED_BACK_DAYS: Final = 366
"""What stands so for longer, such as after an import, is on the page and on My work; nobody is written to of it."""

ENDS: Final = "('completed', 'patient_choice', 'transferred', 'died', 'lost_to_follow_up')"
"""Codes with which follow-up is over; after the others something has to follow (ScheduleEnd)."""

# In follow-up, or open again with a schedule that stands no longer: what was treated is looked at by nobody. `last` is
# the newest schedule of the episode.
FROM: Final = """
      FROM cases_case its_case
      JOIN cases_patient its_patient ON its_patient.id = its_case.patient_id AND NOT its_patient.is_dead
      JOIN cases_episode episode ON episode.id = its_case.current_episode_id
      LEFT JOIN LATERAL (
           SELECT schedule.status, schedule.ended_reason, schedule.ended_on,
                  COALESCE(schedule.confirmed_at, schedule.proposed_at) AS set_at
             FROM followup_reviewschedule schedule
            WHERE schedule.episode_id = episode.id ORDER BY schedule.id DESC LIMIT 1
      ) last ON true
"""

NOTHING_PLANNED: Final = """
           its_case.status <> 'closed' AND last.status IS DISTINCT FROM 'proposed'
       AND (its_case.status = 'follow_up' OR episode.id IN (
           SELECT before.episode_id FROM followup_reviewschedule before WHERE before.status <> 'proposed'
       ))
       AND NOT EXISTS (
           SELECT FROM followup_review review JOIN cases_episode its ON its.id = review.episode_id
            WHERE its.case_id = its_case.id AND review.status = 'scheduled'
       )
"""

# An end holds no longer once the case was opened again, or the patient who was lost is in touch.
ENDED: Final = f"""
           last.status = 'ended' AND last.ended_reason IN {ENDS}
       AND NOT EXISTS (
           SELECT FROM cases_caseevent event
            WHERE event.case_id = its_case.id AND event.type = 'reopened' AND event.on > last.ended_on
       )
       AND NOT EXISTS (
           SELECT FROM followup_losstofollowup loss
            WHERE last.ended_reason = 'lost_to_follow_up' AND loss.episode_id = episode.id
              AND loss.found_on IS NOT NULL
              AND NOT EXISTS (
                  SELECT FROM followup_losstofollowup again
                   WHERE again.episode_id = episode.id AND again.found_on IS NULL
              )
       )
"""

TO_PLAN: Final = f"({NOTHING_PLANNED}) AND ({ENDED}) IS NOT TRUE"

TO_CLOSE: Final = f"({NOTHING_PLANNED}) AND ({ENDED}) AND its_case.status = 'follow_up'"
"""Follow-up is over by its code, and the case stands open."""

BEGAN: Final = """
    GREATEST(
        episode.started_on, last.ended_on, (last.set_at AT TIME ZONE 'Europe/London')::date,
        (SELECT max(COALESCE(review.done_on, review.due_on)) FROM followup_review review
          WHERE review.episode_id = episode.id AND review.status IN ('done', 'missed')),
        (SELECT max(event.on) FROM cases_caseevent event
          WHERE event.case_id = its_case.id AND event.type IN ('reopened', 'treatment_ended'))
    )
"""
"""Since when nothing is planned, as far as it is recorded."""


def cases(condition: str) -> str:
    """A statement that gives the cases of some teams (its one parameter) to which one of the conditions applies."""
    return f"SELECT its_case.id {FROM} WHERE its_case.team_id = ANY(%s) AND {condition}"
