"""Due around a meeting: missing facts, actions, ratifying, letters, and talks with patients."""

from typing import Final

from followup.services.reminding.owing.due import DAY, LONDON, Due
from mdt.services.telling import TO_DECIDE_SQL, TO_TELL_SQL

# One for a person and an episode, however many facts they owe of it.
GAP: Final = Due(
    f"""
    SELECT DISTINCT 'gap_due', gap.episode_id, gap.role || ' ' || to_char(gap.due_on, {DAY}),
           gap.due_on, gap.due_on, gap.owner_id, gap.role, gap.episode_id, NULL::bigint, NULL::bigint
      FROM mdt_gap gap
     WHERE gap.closed_at IS NULL AND gap.due_on IS NOT NULL AND {{narrowed}}
    """,
    day="gap.due_on BETWEEN {from} AND {until}",
    target="gap.episode_id",
)

# Asked for by somebody who chases it, on that day.
GAP_ASKED: Final = Due(
    f"""
    SELECT DISTINCT 'gap_due', gap.episode_id,
           gap.role || ' on ' || to_char(gap.reminded_at {LONDON}, {DAY}),
           COALESCE(gap.due_on, (gap.reminded_at {LONDON})::date), (gap.reminded_at {LONDON})::date,
           gap.owner_id, gap.role, gap.episode_id, NULL::bigint, NULL::bigint
      FROM mdt_gap gap
     WHERE gap.closed_at IS NULL AND gap.reminded_at IS NOT NULL AND {{narrowed}}
    """,
    day=(
        f"gap.reminded_at >= {{from}}::timestamp {LONDON}"
        f" AND gap.reminded_at < ({{until}} + 1)::timestamp {LONDON}"
    ),
    target="gap.episode_id",
    is_asked=True,
)

# An open one whose version counted up was done or not needed once, and is owed anew.
ACTION: Final = Due(
    f"""
    SELECT 'action_due', action.decision_id, action.id || ' ' || to_char(action.due_on, {DAY})
           || CASE WHEN action.version > 1 THEN ' v' || action.version ELSE '' END,
           action.due_on, action.due_on, action.owner_id, '', NULL::bigint, decision.case_id, NULL::bigint
      FROM mdt_action action
      JOIN mdt_decision decision ON decision.id = action.decision_id
     WHERE action.done_at IS NULL AND {{narrowed}}
    """,
    day="action.due_on BETWEEN {from} AND {until}",
    target="action.decision_id",
)

# By the day until which it is ratified (of earlier ones, from the day after they were recorded), until it is ratified,
# refused, or another decision takes its place.
RATIFICATION: Final = Due(
    f"""
    SELECT 'ratification_due', decision.id,
           to_char(COALESCE(decision.ratify_by_on, (decision.recorded_at {LONDON})::date), {DAY}),
           until.day, until.day, decision.to_ratify_by_id, '', NULL::bigint, decision.case_id, NULL::bigint
      FROM mdt_decision decision
     CROSS JOIN LATERAL (
           SELECT COALESCE(decision.ratify_by_on, (decision.recorded_at {LONDON})::date + 1) AS day
     ) until
     WHERE decision.to_ratify_by_id IS NOT NULL AND {{narrowed}}
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.ratifies_id = decision.id)
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.replaces_id = decision.id)
       AND NOT EXISTS (SELECT FROM mdt_ratificationrefusal refusal WHERE refusal.decision_id = decision.id)
    """,
    day=(
        "(decision.ratify_by_on BETWEEN {from} AND {until} OR decision.ratify_by_on IS NULL"
        f" AND decision.recorded_at >= ({{from}} - 1)::timestamp {LONDON}"
        f" AND decision.recorded_at < {{until}}::timestamp {LONDON})"
    ),
    target="decision.id",
)

# From the day after the meeting that was to ratify it: its chair, until a meeting answers it (mdt.services.to_ratify).
URGENT: Final = Due(
    f"""
    SELECT 'ratification_due', decision.id, 'urgent ' || to_char(meeting.starts_at {LONDON}, {DAY}),
           (meeting.starts_at {LONDON})::date + 1, (meeting.starts_at {LONDON})::date + 1, meeting.chair_id, '',
           NULL::bigint, decision.case_id, NULL::bigint
      FROM mdt_decision decision
      JOIN mdt_meeting meeting ON meeting.id = decision.ratify_at_id
     WHERE decision.kind = 'urgent' AND {{narrowed}}
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.replaces_id = decision.id)
    """,
    day=(
        f"meeting.starts_at >= ({{from}} - 1)::timestamp {LONDON}"
        f" AND meeting.starts_at < {{until}}::timestamp {LONDON}"
    ),
    target="decision.id",
)

# A patient's letter waits for the key worker's check first, or for the nurses' where there is none.
LETTER_TO_CHECK: Final = Due(
    f"""
    SELECT 'letter_due', letter.id, letter.status || ' ' || to_char(letter.due_on, {DAY}), letter.due_on,
           letter.due_on, its_case.key_worker_id, 'nurse_specialist', NULL::bigint, letter.case_id, its_case.team_id
      FROM mdt_letter letter JOIN cases_case its_case ON its_case.id = letter.case_id
     WHERE letter.kind = 'patient' AND letter.status = 'draft' AND {{narrowed}}
    """,
    day="letter.due_on BETWEEN {from} AND {until}",
    target="letter.id",
)

LETTER_TO_ISSUE: Final = Due(
    f"""
    SELECT 'letter_due', letter.id, letter.status || ' ' || to_char(letter.due_on, {DAY}), letter.due_on,
           letter.due_on, NULL::bigint, 'coordinator', NULL::bigint, letter.case_id, NULL::bigint
      FROM mdt_letter letter
     WHERE letter.status IN ('draft', 'checked') AND (letter.status = 'checked' OR letter.kind <> 'patient')
       AND {{narrowed}}
    """,
    day="letter.due_on BETWEEN {from} AND {until}",
    target="letter.id",
)

# A year back at most: what an index finds. My work shows an older promise all the same.
TELL: Final = Due(
    f"""
    SELECT 'patient_to_tell', decision.id, to_char(decision.tell_by_on, {DAY}), decision.tell_by_on,
           decision.tell_by_on, decision.tells_patient_id, 'nurse_specialist', NULL::bigint, decision.case_id,
           NULL::bigint
      FROM mdt_decision decision
     WHERE {TO_TELL_SQL} AND {{narrowed}}
    """,
    day="decision.tell_by_on BETWEEN {from} AND {until}",
    target="decision.id",
    oldest=366,
)

DECIDE: Final = Due(
    f"""
    SELECT 'patient_to_tell', told.decision_id, 'choice ' || to_char(told.decide_by_on, {DAY}), told.decide_by_on,
           told.decide_by_on, decision.tells_patient_id, 'nurse_specialist', NULL::bigint, decision.case_id,
           NULL::bigint
      FROM mdt_telling told
      JOIN mdt_decision decision ON decision.id = told.decision_id
     WHERE {TO_DECIDE_SQL} AND {{narrowed}}
    """,
    day="told.decide_by_on BETWEEN {from} AND {until}",
    target="told.decision_id",
)
