"""Due of follow-up: reviews, schedules to confirm, and follow-up that nobody planned."""

from typing import Final

from followup.services.reminding.owing.due import DAY, LONDON, Due
from followup.services.reviewing import unplanned

CONFIRM_WITHIN_DAYS = 7
"""A proposed schedule waits so long before it is due to be confirmed; a centre's own rule, not a standard."""

REVIEW: Final = Due(
    f"""
    SELECT 'review_due' AS kind, review.id AS target_id, to_char(review.due_on, {DAY}) AS step,
           review.due_on, review.due_on AS day, review.responsible_id AS person_id, '' AS role,
           review.episode_id, NULL::bigint AS case_id, NULL::bigint AS team_id
      FROM followup_review review
     WHERE review.status = 'scheduled' AND {{narrowed}}
    """,
    day="review.due_on BETWEEN {from} AND {until}",
    day_column="review.due_on",
    target="review.id",
)

SCHEDULE: Final = Due(
    f"""
    SELECT 'schedule_to_confirm', schedule.id, to_char(until.day, {DAY}), until.day, until.day,
           COALESCE(its_case.responsible_consultant_id, its_case.key_worker_id), '', NULL::bigint, its_case.id,
           its_case.team_id
      FROM followup_reviewschedule schedule
      JOIN cases_episode episode ON episode.id = schedule.episode_id
      JOIN cases_case its_case ON its_case.id = episode.case_id
     CROSS JOIN LATERAL (
           SELECT (schedule.proposed_at {LONDON})::date + {CONFIRM_WITHIN_DAYS} AS day
     ) until
     WHERE schedule.status = 'proposed' AND {{narrowed}}
    """,
    day=(
        f"schedule.proposed_at >= ({{from}} - {CONFIRM_WITHIN_DAYS})::timestamp {LONDON}"
        f" AND schedule.proposed_at < ({{until}} - {CONFIRM_WITHIN_DAYS} + 1)::timestamp {LONDON}"
    ),
    target="schedule.id",
)

# Looked for with everything, once an hour: no index answers since when nothing is planned.
UNPLANNED: Final = Due(
    f"""
    SELECT 'follow_up_to_plan', episode.id, to_char(until.day, {DAY}), until.day, until.day,
           COALESCE(its_case.responsible_consultant_id, its_case.key_worker_id), '', NULL::bigint, its_case.id,
           its_case.team_id
    {unplanned.FROM}
     CROSS JOIN LATERAL (SELECT {unplanned.BEGAN} + {unplanned.WITHIN_DAYS} AS day) until
     WHERE {unplanned.TO_PLAN}
       AND until.day > %(today)s::date - {unplanned.LOOKED_BACK_DAYS} AND {{narrowed}}
    """,
    day="{from} = '-infinity'::date AND until.day <= {until}",
    target="episode.id",
)
