"""States of reviews, schedules, second opinions, reminders and their e-mails: every pair."""

from itertools import product

import pytest

from audit.workflow import WrongState
from followup.workflow import (
    MAIL,
    OPINION,
    OPINION_STEP_WORKING_DAYS,
    REMINDER,
    REVIEW,
    SCHEDULE,
    MailStatus,
    OpinionStatus,
    ReminderStatus,
    ReviewStatus,
    ScheduleStatus,
)

REVIEW_MOVES = {
    "scheduled → done",
    "scheduled → missed",
    "scheduled → cancelled",
    "missed → done",
    "missed → scheduled",
    "missed → cancelled",
}
OPINION_MOVES = {
    "requested → sent",
    "requested → withdrawn",
    "sent → acknowledged",
    "sent → received",
    "sent → withdrawn",
    "sent → declined",
    "acknowledged → received",
    "acknowledged → withdrawn",
    "acknowledged → declined",
    "received → closed",
}
SCHEDULE_MOVES = {
    "proposed → confirmed",
    "proposed → not_wanted",
    "proposed → ended",
    "confirmed → ended",
}
REMINDER_MOVES = {"owed → settled", "settled → owed"}
MAIL_MOVES = {
    "pending → claimed",
    "pending → cancelled",
    "claimed → pending",
    "claimed → sent",
    "claimed → failed",
    "claimed → cancelled",
    "failed → pending",
    "failed → cancelled",
}
PAIRS = [
    (workflow, before, after, moves)
    for workflow, states, moves in [
        (REVIEW, ReviewStatus, REVIEW_MOVES),
        (OPINION, OpinionStatus, OPINION_MOVES),
        (SCHEDULE, ScheduleStatus, SCHEDULE_MOVES),
        (REMINDER, ReminderStatus, REMINDER_MOVES),
        (MAIL, MailStatus, MAIL_MOVES),
    ]
    for before, after in product(states, states)
]


@pytest.mark.parametrize(("workflow", "before", "after", "moves"), PAIRS)
def test_each_pair_of_states_is_allowed_or_refused_in_words(workflow, before, after, moves):
    if f"{before} → {after}" in moves:
        workflow.check(before, after)
    else:
        with pytest.raises(WrongState, match=f"is {before.label.lower()}, so it cannot become"):
            workflow.check(before, after)


def test_every_state_that_waits_for_a_step_says_by_when():
    waiting = {state for state, following in OPINION.moves.items() if following}
    assert set(OPINION_STEP_WORKING_DAYS) == waiting
