"""What is due, of which case, from whom: one definition for each kind of reminder, as set-based SQL.

Each gives kind, target_id, step, due_on, day, person_id, role, episode_id, case_id, team_id. `day` is the date from
which rules count. Who is named is asked; where nobody is, everyone of the role. A step says which due date of the
target it is about, so that each is told of once. The case of an episode, the team of a case and whether the patient
died are looked up where people are found (owed/finding.py): almost all that is due was told of already, and needs none.
"""

from accounts.permissions import Permission
from followup.models import ReminderKind
from followup.services.reminding.owing.due import Due
from followup.services.reminding.owing.meeting import (
    ACTION,
    DECIDE,
    GAP,
    GAP_ASKED,
    LETTER_TO_CHECK,
    LETTER_TO_ISSUE,
    RATIFICATION,
    TELL,
    URGENT,
)
from followup.services.reminding.owing.opinions import LINK_OVER, OPINION, OPINION_ASKED
from followup.services.reminding.owing.plans import PLAN_DATED, PLAN_UNDATED
from followup.services.reminding.owing.reviews import REVIEW, SCHEDULE, UNPLANNED
from followup.services.reminding.owing.trials import ENQUIRY, TRIAL_STALE, TRIAL_STEP

OWED: dict[ReminderKind, tuple[tuple[Permission, Due], ...]] = {
    ReminderKind.REVIEW_DUE: ((Permission.PLAN_REVIEW, REVIEW),),
    ReminderKind.OPINION_STEP_DUE: (
        (Permission.ASK_OPINION, OPINION),
        (Permission.ASK_OPINION, LINK_OVER),
        (Permission.ANSWER_OPINION, OPINION_ASKED),
    ),
    ReminderKind.GAP_DUE: ((Permission.RECORD_FACTS, GAP), (Permission.RECORD_FACTS, GAP_ASKED)),
    ReminderKind.ACTION_DUE: ((Permission.RECORD_DECISION, ACTION),),
    ReminderKind.RATIFICATION_DUE: ((Permission.LIST_CASES, RATIFICATION), (Permission.LIST_CASES, URGENT)),
    ReminderKind.LETTER_DUE: (
        (Permission.CHECK_LETTER, LETTER_TO_CHECK),
        (Permission.MAKE_LETTER, LETTER_TO_ISSUE),
    ),
    ReminderKind.PATIENT_TO_TELL: ((Permission.TELL_PATIENT, TELL), (Permission.TELL_PATIENT, DECIDE)),
    ReminderKind.PLAN_NOT_STARTED: (
        (Permission.DELIVER_PLAN, PLAN_DATED),
        (Permission.DELIVER_PLAN, PLAN_UNDATED),
    ),
    ReminderKind.SCHEDULE_TO_CONFIRM: ((Permission.CONFIRM_SCHEDULE, SCHEDULE),),
    ReminderKind.FOLLOW_UP_TO_PLAN: ((Permission.CONFIRM_SCHEDULE, UNPLANNED),),
    ReminderKind.TRIAL_STEP_DUE: ((Permission.REFER_TO_TRIAL, TRIAL_STEP),),
    ReminderKind.TRIAL_STALE: ((Permission.KEEP_TRIALS, TRIAL_STALE),),
    ReminderKind.ENQUIRY_DUE: ((Permission.ANSWER_ENQUIRY, ENQUIRY),),
}
"""For each kind of reminder: what is due, about which case if any, owed by whom; and what it takes to do it."""
