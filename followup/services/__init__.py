"""Every write of the followup room: reviews, second opinions, reminders."""

from followup.services.death import stop_for_death
from followup.services.opinions import hold_for_open_opinion, move_opinion, request_opinion
from followup.services.owed import write_due_reminders
from followup.services.people import who_may
from followup.services.reminders import (
    claim_reminders,
    mark_all_read,
    mark_read,
    send_due_reminders,
    send_reminder,
    try_again,
)
from followup.services.reviews import (
    PROPOSES_REOPENING,
    ReviewDetails,
    cancel_review,
    change_review,
    mark_review_missed,
    record_review,
    schedule_review,
)

__all__ = [
    "PROPOSES_REOPENING",
    "ReviewDetails",
    "cancel_review",
    "change_review",
    "claim_reminders",
    "hold_for_open_opinion",
    "mark_all_read",
    "mark_read",
    "mark_review_missed",
    "move_opinion",
    "record_review",
    "request_opinion",
    "schedule_review",
    "send_due_reminders",
    "send_reminder",
    "stop_for_death",
    "try_again",
    "who_may",
    "write_due_reminders",
]
