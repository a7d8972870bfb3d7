"""Every write of the followup room: reviews, second opinions, reminders."""

from followup.services.death import stop_for_death
from followup.services.opinion.drafts import forget_old_drafts
from followup.services.opinion.opinions import hold_for_open_opinion, move_opinion, request_opinion
from followup.services.people import who_may
from followup.services.reminding.ahead_of_time import Upcoming, preview
from followup.services.reminding.composing import compose
from followup.services.reminding.counting import figures, how_many_more_senders
from followup.services.reminding.inbox import (
    mark_all_read,
    mark_read,
    mark_seen,
    snooze,
    try_again,
    try_failed_again,
)
from followup.services.reminding.owed.writing import write_due_reminders
from followup.services.reminding.reminders import BATCH, claim_mails, send_batch, send_due_reminders
from followup.services.reviewing.endings import (
    BY_HAND,
    cancel_planned,
    close_follow_up,
    end_follow_up,
    end_schedule,
    end_schedules,
    end_with_case,
    say_how_it_ends,
)
from followup.services.reviewing.lost import find_again, lose_to_follow_up
from followup.services.reviewing.next_review import becomes_first, last_seen_on, look_after
from followup.services.reviewing.proposals import (
    approvals_of,
    offered_to,
    pathway_of,
    propose_after_all,
    propose_schedule,
    set_up_schedule,
)
from followup.services.reviewing.reviews import (
    ENDS_WHEN_MISSED,
    EPISODE_AFTER,
    PROPOSES_REOPENING,
    ReviewDetails,
    cancel_review,
    change_review,
    is_the_last,
    mark_review_missed,
    record_review,
    schedule_review,
)
from followup.services.reviewing.schedules import (
    ScheduleDetails,
    approve_schedule,
    change_schedule,
    confirm_schedule,
    refuse_schedule,
    withdraw_approval,
)
from followup.services.stopping import stop_sending_when_closed

__all__ = [
    "BATCH",
    "BY_HAND",
    "ENDS_WHEN_MISSED",
    "EPISODE_AFTER",
    "PROPOSES_REOPENING",
    "ReviewDetails",
    "ScheduleDetails",
    "Upcoming",
    "approvals_of",
    "approve_schedule",
    "becomes_first",
    "cancel_planned",
    "cancel_review",
    "change_review",
    "change_schedule",
    "claim_mails",
    "close_follow_up",
    "compose",
    "confirm_schedule",
    "end_follow_up",
    "end_schedule",
    "end_schedules",
    "end_with_case",
    "figures",
    "find_again",
    "forget_old_drafts",
    "hold_for_open_opinion",
    "how_many_more_senders",
    "is_the_last",
    "last_seen_on",
    "look_after",
    "lose_to_follow_up",
    "mark_all_read",
    "mark_read",
    "mark_review_missed",
    "mark_seen",
    "move_opinion",
    "offered_to",
    "pathway_of",
    "preview",
    "propose_after_all",
    "propose_schedule",
    "record_review",
    "refuse_schedule",
    "request_opinion",
    "say_how_it_ends",
    "schedule_review",
    "send_batch",
    "send_due_reminders",
    "set_up_schedule",
    "snooze",
    "stop_for_death",
    "stop_sending_when_closed",
    "try_again",
    "try_failed_again",
    "who_may",
    "withdraw_approval",
    "write_due_reminders",
]
