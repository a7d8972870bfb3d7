"""Every write of the followup room: reviews, second opinions, reminders."""

from followup.services.death import stop_for_death
from followup.services.endings import (
    BY_HAND,
    cancel_planned,
    close_follow_up,
    end_follow_up,
    end_schedule,
    end_schedules,
    end_with_case,
)
from followup.services.lost import find_again, lose_to_follow_up
from followup.services.next_review import last_seen_on, look_after
from followup.services.opinions import hold_for_open_opinion, move_opinion, request_opinion
from followup.services.owed import write_due_reminders
from followup.services.people import who_may
from followup.services.proposals import (
    approvals_of,
    offered_to,
    pathway_of,
    propose_schedule,
    set_up_schedule,
)
from followup.services.reminders import (
    claim_reminders,
    mark_all_read,
    mark_read,
    send_due_reminders,
    send_reminder,
    try_again,
)
from followup.services.reviews import (
    ENDS_WHEN_MISSED,
    EPISODE_AFTER,
    PROPOSES_REOPENING,
    ReviewDetails,
    cancel_review,
    change_review,
    mark_review_missed,
    record_review,
    schedule_review,
)
from followup.services.schedules import (
    ScheduleDetails,
    approve_schedule,
    change_schedule,
    confirm_schedule,
    refuse_schedule,
    withdraw_approval,
)

__all__ = [
    "BY_HAND",
    "ENDS_WHEN_MISSED",
    "EPISODE_AFTER",
    "PROPOSES_REOPENING",
    "ReviewDetails",
    "ScheduleDetails",
    "approvals_of",
    "approve_schedule",
    "cancel_planned",
    "cancel_review",
    "change_review",
    "change_schedule",
    "claim_reminders",
    "close_follow_up",
    "confirm_schedule",
    "end_follow_up",
    "end_schedule",
    "end_schedules",
    "end_with_case",
    "find_again",
    "hold_for_open_opinion",
    "last_seen_on",
    "look_after",
    "lose_to_follow_up",
    "mark_all_read",
    "mark_read",
    "mark_review_missed",
    "move_opinion",
    "offered_to",
    "pathway_of",
    "propose_schedule",
    "record_review",
    "refuse_schedule",
    "request_opinion",
    "schedule_review",
    "send_due_reminders",
    "send_reminder",
    "set_up_schedule",
    "stop_for_death",
    "try_again",
    "who_may",
    "withdraw_approval",
    "write_due_reminders",
]
