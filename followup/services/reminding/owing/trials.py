"""Due of trials: the next step of a referral, entries of the register to verify, and enquiries to answer."""

from collections.abc import Iterable
from typing import Final

from accounts.permissions import Permission, roles_with
from followup.services.reminding.addressing import ANYONE
from followup.services.reminding.owing.due import DAY, LONDON, Due
from trials.workflow import ENQUIRY_OPEN, OVER, STALE_AFTER_DAYS


def _in(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


# After the end of a referral nothing is due; a death ends it.
TRIAL_STEP: Final = Due(
    f"""
    SELECT 'trial_step_due', referral.id, referral.status || ' ' || to_char(referral.step_due_on, {DAY}),
           referral.step_due_on, referral.step_due_on, referral.owner_id, '', referral.episode_id, NULL::bigint,
           NULL::bigint
      FROM trials_trialreferral referral
     WHERE referral.status IN ('referred', 'screening') AND {{narrowed}}
    """,
    day="referral.step_due_on BETWEEN {from} AND {until}",
    target="referral.id",
)

_KEEPS = f"{{member}}.is_active AND {{member}}.role IN ({_in(roles_with(Permission.KEEP_TRIALS))})"

# The day after the limit; where nobody ever verified it, counted from when it was entered. A trial is no team's: it is
# owed in the teams in which its owner keeps the register, or, where it has no such owner, in all that keep it.
TRIAL_STALE: Final = Due(
    f"""
    SELECT DISTINCT 'trial_stale' AS kind, trial.id AS target_id, to_char(stale.day, {DAY}) AS step,
           stale.day AS due_on, stale.day, trial.owner_id AS person_id, '{ANYONE}' AS role,
           NULL::bigint AS episode_id, NULL::bigint AS case_id, keeper.team_id
      FROM trials_trial trial
     CROSS JOIN LATERAL (
           SELECT COALESCE(trial.verified_on, (trial.created_at {LONDON})::date) + {STALE_AFTER_DAYS + 1} AS day
     ) stale
      JOIN accounts_membership keeper ON {_KEEPS.format(member="keeper")} AND keeper.team_id IS NOT NULL
           AND (keeper.user_id = trial.owner_id OR NOT EXISTS (
               SELECT FROM accounts_membership its_owner
                WHERE its_owner.user_id = trial.owner_id AND {_KEEPS.format(member="its_owner")}
           ))
     WHERE trial.status NOT IN ({_in(OVER)}) AND {{narrowed}}
    """,
    day="stale.day BETWEEN {from} AND {until}",
    target="trial.id",
    of_case=False,
)

ENQUIRY: Final = Due(
    f"""
    SELECT 'enquiry_due' AS kind, enquiry.id AS target_id, to_char(enquiry.due_on, {DAY}) AS step,
           enquiry.due_on, enquiry.due_on AS day, enquiry.owner_id AS person_id, '{ANYONE}' AS role,
           NULL::bigint AS episode_id, NULL::bigint AS case_id, enquiry.team_id
      FROM trials_enquiry enquiry
     WHERE enquiry.status IN ({_in(ENQUIRY_OPEN)}) AND {{narrowed}}
    """,
    day="enquiry.due_on BETWEEN {from} AND {until}",
    target="enquiry.id",
    of_case=False,
)
