"""Due of trials: the next step of a referral."""

from typing import Final

from followup.services.reminding.owing.due import DAY, Due

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
