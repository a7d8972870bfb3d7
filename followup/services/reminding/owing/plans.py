"""Due of plans: an agreed one that has not begun in time."""

from typing import Final

from followup.services.reminding.owing.due import DAY, LONDON, Due
from treatments.models.plan import GRACE_DAYS

# Not begun when the grace after its first date is over, or undated by the team's days after the agreement
# (Treatment.with_due). One statement for each of the two, so that each has its index.
_PLAN = f"""
    SELECT 'plan_not_started', plan.id, to_char(late.due_on, {DAY}), late.due_on, late.due_on,
           COALESCE(its_case.responsible_consultant_id, plan.proposed_by_id), '', NULL::bigint, its_case.id,
           its_case.team_id
"""

_EARLIER = """
    NOT EXISTS (
        SELECT FROM treatments_delivery earlier
         WHERE earlier.plan_id = plan.id AND earlier.status = 'scheduled'
"""

PLAN_DATED: Final = Due(
    _PLAN
    + f"""
      FROM treatments_delivery first
      JOIN treatments_plan plan ON plan.id = first.plan_id AND plan.status = 'agreed'
      JOIN cases_episode episode ON episode.id = plan.episode_id
      JOIN cases_case its_case ON its_case.id = episode.case_id AND its_case.status <> 'closed'
     CROSS JOIN LATERAL (SELECT first.scheduled_on + {GRACE_DAYS} AS due_on) late
     WHERE first.status = 'scheduled' AND {{narrowed}}
       AND {_EARLIER} AND (earlier.scheduled_on, earlier.id) < (first.scheduled_on, first.id))
    """,
    day=f"first.scheduled_on BETWEEN {{from}} - {GRACE_DAYS} AND {{until}} - {GRACE_DAYS}",
    target="plan.id",
)

PLAN_UNDATED: Final = Due(
    _PLAN
    + f"""
      FROM treatments_plan plan
      JOIN cases_episode episode ON episode.id = plan.episode_id
      JOIN cases_case its_case ON its_case.id = episode.case_id AND its_case.status <> 'closed'
      JOIN accounts_team team ON team.id = its_case.team_id
     CROSS JOIN LATERAL (SELECT (plan.agreed_at {LONDON})::date + team.delivery_due_days AS due_on) late
     WHERE plan.status = 'agreed' AND {{narrowed}}
       AND {_EARLIER} AND earlier.scheduled_on IS NOT NULL)
    """,
    day=(
        "plan.agreed_at >= ({from} - (SELECT max(delivery_due_days) FROM accounts_team))::timestamp "
        + f"{LONDON} AND plan.agreed_at < ({{until}} - (SELECT min(delivery_due_days) FROM accounts_team) + 1)"
        + f"::timestamp {LONDON} AND late.due_on BETWEEN {{from}} AND {{until}}"
    ),
    target="plan.id",
)
