"""What is due, of which case, from whom: one definition for each kind of reminder, as set-based SQL.

Each gives kind, target_id, step, due_on, person_id, role, case_id. Who is named is asked; where nobody is, everyone of
the role. A step says which due date of the target it is about, so that each is told of once. The dead are left out
where people are found (owed.py).
"""

from typing import Final

from accounts.permissions import Permission
from followup.models import ReminderKind
from mdt.services.telling import TO_DECIDE_SQL, TO_TELL_SQL
from treatments.models.plan import GRACE_DAYS

DAY = "'YYYY-MM-DD'"
LONDON = "AT TIME ZONE 'Europe/London'"

REVIEW: Final = f"""
    SELECT 'review_due' AS kind, review.id AS target_id, to_char(review.due_on, {DAY}) AS step,
           review.due_on, review.responsible_id AS person_id, '' AS role, episode.case_id
      FROM followup_review review JOIN cases_episode episode ON episode.id = review.episode_id
     WHERE review.status = 'scheduled' AND review.due_on <= %(today)s
"""

OPINION: Final = f"""
    SELECT 'opinion_step_due', opinion.id, opinion.status || ' ' || to_char(opinion.step_due_on, {DAY}),
           opinion.step_due_on, opinion.owner_id, '', episode.case_id
      FROM followup_secondopinion opinion JOIN cases_episode episode ON episode.id = opinion.episode_id
     WHERE opinion.status NOT IN ('closed', 'withdrawn', 'declined') AND opinion.step_due_on <= %(today)s
"""

# One for a person and an episode, however many facts they owe of it; from two working days before the due date.
GAP: Final = f"""
    SELECT DISTINCT 'gap_due', gap.episode_id, gap.role || ' ' || to_char(gap.due_on, {DAY}),
           gap.due_on, gap.owner_id, gap.role, episode.case_id
      FROM mdt_gap gap JOIN cases_episode episode ON episode.id = gap.episode_id
     WHERE gap.closed_at IS NULL AND gap.due_on <= %(in_two_working_days)s
"""

# Asked for by somebody who chases it, on that day.
GAP_ASKED: Final = f"""
    SELECT DISTINCT 'gap_due', gap.episode_id,
           gap.role || ' on ' || to_char(gap.reminded_at {LONDON}, {DAY}),
           COALESCE(gap.due_on, (gap.reminded_at {LONDON})::date), gap.owner_id, gap.role, episode.case_id
      FROM mdt_gap gap JOIN cases_episode episode ON episode.id = gap.episode_id
     WHERE gap.closed_at IS NULL AND gap.reminded_at IS NOT NULL
"""

# An open one whose version counted up was done or not needed once, and is owed anew.
ACTION: Final = f"""
    SELECT 'action_due', action.decision_id, action.id || ' ' || to_char(action.due_on, {DAY})
           || CASE WHEN action.version > 1 THEN ' v' || action.version ELSE '' END,
           action.due_on, action.owner_id, '', decision.case_id
      FROM mdt_action action JOIN mdt_decision decision ON decision.id = action.decision_id
     WHERE action.done_at IS NULL AND action.due_on <= %(today)s
"""

# On the day until which it is ratified (of earlier ones, from the day after they were recorded), until it is ratified,
# refused, or another decision takes its place.
RATIFICATION: Final = f"""
    SELECT 'ratification_due', decision.id,
           to_char(COALESCE(decision.ratify_by_on, (decision.recorded_at {LONDON})::date), {DAY}),
           COALESCE(decision.ratify_by_on, (decision.recorded_at {LONDON})::date + 1),
           decision.to_ratify_by_id, '', decision.case_id
      FROM mdt_decision decision
     WHERE decision.to_ratify_by_id IS NOT NULL
       AND COALESCE(decision.ratify_by_on, (decision.recorded_at {LONDON})::date + 1) <= %(today)s
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.ratifies_id = decision.id)
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.replaces_id = decision.id)
       AND NOT EXISTS (SELECT FROM mdt_ratificationrefusal refusal WHERE refusal.decision_id = decision.id)
"""

# From the day after the meeting that was to ratify it: its chair, until a meeting answers it (mdt.services.to_ratify).
URGENT: Final = f"""
    SELECT 'ratification_due', decision.id, 'urgent ' || to_char(meeting.starts_at {LONDON}, {DAY}),
           (meeting.starts_at {LONDON})::date + 1, meeting.chair_id, '', decision.case_id
      FROM mdt_decision decision JOIN mdt_meeting meeting ON meeting.id = decision.ratify_at_id
     WHERE decision.kind = 'urgent' AND (meeting.starts_at {LONDON})::date < %(today)s
       AND NOT EXISTS (SELECT FROM mdt_decision later WHERE later.replaces_id = decision.id)
"""

# A patient's letter waits for the key worker's check first, or for the nurses' where there is none.
LETTER_TO_CHECK: Final = f"""
    SELECT 'letter_due', letter.id, letter.status || ' ' || to_char(letter.due_on, {DAY}), letter.due_on,
           its_case.key_worker_id, 'nurse_specialist', letter.case_id
      FROM mdt_letter letter JOIN cases_case its_case ON its_case.id = letter.case_id
     WHERE letter.kind = 'patient' AND letter.status = 'draft' AND letter.due_on <= %(today)s
"""

LETTER_TO_ISSUE: Final = f"""
    SELECT 'letter_due', letter.id, letter.status || ' ' || to_char(letter.due_on, {DAY}), letter.due_on,
           NULL::bigint, 'coordinator', letter.case_id
      FROM mdt_letter letter
     WHERE letter.due_on <= %(today)s
       AND (letter.status = 'checked' OR letter.status = 'draft' AND letter.kind <> 'patient')
"""

# A year back at most: what an index finds each minute. My work shows an older promise all the same.
TELL: Final = f"""
    SELECT 'patient_to_tell', decision.id, to_char(decision.tell_by_on, {DAY}), decision.tell_by_on,
           decision.tells_patient_id, 'nurse_specialist', decision.case_id
      FROM mdt_decision decision
     WHERE {TO_TELL_SQL} AND decision.tell_by_on BETWEEN %(today)s - 366 AND %(today)s
"""

DECIDE: Final = f"""
    SELECT 'patient_to_tell', told.decision_id, 'choice ' || to_char(told.decide_by_on, {DAY}), told.decide_by_on,
           decision.tells_patient_id, 'nurse_specialist', decision.case_id
      FROM mdt_telling told JOIN mdt_decision decision ON decision.id = told.decision_id
     WHERE {TO_DECIDE_SQL} AND told.decide_by_on <= %(today)s
"""

# Not begun when the grace after its first date is over, or undated by the team's days after the agreement
# (Treatment.with_due).
PLAN: Final = f"""
    SELECT 'plan_not_started', plan.id, to_char(late.due_on, {DAY}), late.due_on,
           COALESCE(its_case.responsible_consultant_id, plan.proposed_by_id), '', its_case.id
      FROM treatments_plan plan
      JOIN cases_episode episode ON episode.id = plan.episode_id
      JOIN cases_case its_case ON its_case.id = episode.case_id AND its_case.status <> 'closed'
      JOIN accounts_team team ON team.id = its_case.team_id
     CROSS JOIN LATERAL (
           SELECT COALESCE(
               (SELECT min(delivery.scheduled_on) + {GRACE_DAYS} FROM treatments_delivery delivery
                 WHERE delivery.plan_id = plan.id AND delivery.status = 'scheduled'),
               (plan.agreed_at {LONDON})::date + team.delivery_due_days
           ) AS due_on
       ) late
     WHERE plan.status = 'agreed' AND late.due_on < %(today)s
"""

OWED: dict[ReminderKind, tuple[tuple[Permission, str], ...]] = {
    ReminderKind.REVIEW_DUE: ((Permission.PLAN_REVIEW, REVIEW),),
    ReminderKind.OPINION_STEP_DUE: ((Permission.ASK_OPINION, OPINION),),
    ReminderKind.GAP_DUE: ((Permission.RECORD_FACTS, GAP), (Permission.RECORD_FACTS, GAP_ASKED)),
    ReminderKind.ACTION_DUE: ((Permission.RECORD_DECISION, ACTION),),
    ReminderKind.RATIFICATION_DUE: ((Permission.LIST_CASES, RATIFICATION), (Permission.LIST_CASES, URGENT)),
    ReminderKind.LETTER_DUE: (
        (Permission.CHECK_LETTER, LETTER_TO_CHECK),
        (Permission.MAKE_LETTER, LETTER_TO_ISSUE),
    ),
    ReminderKind.PATIENT_TO_TELL: ((Permission.TELL_PATIENT, TELL), (Permission.TELL_PATIENT, DECIDE)),
    ReminderKind.PLAN_NOT_STARTED: ((Permission.DELIVER_PLAN, PLAN),),
}
"""For each kind of reminder: what is due, about which case, owed by whom; and what it takes to do it."""
