"""Due of second opinions: the next step of either side, and the link of an outside expert."""

from typing import Final

from followup.models.reminder import LINK
from followup.services.reminding.owing.due import DAY, LONDON, Due

OPINION: Final = Due(
    f"""
    SELECT 'opinion_step_due', opinion.id, opinion.status || ' ' || to_char(opinion.step_due_on, {DAY}),
           opinion.step_due_on, opinion.step_due_on, opinion.owner_id, '', opinion.episode_id, NULL::bigint,
           NULL::bigint
      FROM followup_secondopinion opinion
     WHERE opinion.status NOT IN ('closed', 'withdrawn', 'declined') AND {{narrowed}}
    """,
    day="opinion.step_due_on BETWEEN {from} AND {until}",
    target="opinion.id",
)

# The other side: while it is theirs to answer, and they may see what was sent. Its page is their own.
OPINION_ASKED: Final = Due(
    f"""
    SELECT 'opinion_step_due', opinion.id,
           'asked ' || opinion.status || ' ' || to_char(opinion.step_due_on, {DAY}),
           opinion.step_due_on, opinion.step_due_on, NULL::bigint, '', opinion.episode_id, NULL::bigint,
           opinion.team_asked_id
      FROM followup_secondopinion opinion
     WHERE opinion.status IN ('sent', 'acknowledged') AND opinion.team_asked_id IS NOT NULL
       AND opinion.shared_until >= %(today)s AND {{narrowed}}
    """,
    day="opinion.step_due_on BETWEEN {from} AND {until}",
    target="opinion.id",
)

# The way of an outside expert is over, or runs out on that day, and nobody made another: each waits for the other.
LINK_OVER: Final = Due(
    f"""
    SELECT 'opinion_step_due', opinion.id, '{LINK}' || link.id || ' ' || to_char(until.day, {DAY}),
           until.day, until.day, opinion.owner_id, '', opinion.episode_id, NULL::bigint, NULL::bigint
      FROM followup_expertlink link
      JOIN followup_secondopinion opinion ON opinion.id = link.opinion_id
     CROSS JOIN LATERAL (
           SELECT (COALESCE(link.ended_at, link.expires_at) {LONDON})::date AS day
     ) until
     WHERE link.ended_reason IN ('', 'too_many_tries')
       AND opinion.status IN ('requested', 'sent', 'acknowledged') AND {{narrowed}}
       AND NOT EXISTS (
           SELECT FROM followup_expertlink later WHERE later.opinion_id = link.opinion_id AND later.id > link.id
       )
    """,
    day=(
        f"COALESCE(link.ended_at, link.expires_at) >= {{from}}::timestamp {LONDON}"
        f" AND COALESCE(link.ended_at, link.expires_at) < ({{until}} + 1)::timestamp {LONDON}"
    ),
    target="opinion.id",
)
