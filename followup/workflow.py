"""States of reviews, second opinions and reminders, as data a clinician can read."""

from django.db.models import TextChoices

from audit.workflow import Workflow


class ReviewStatus(TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    DONE = "done", "Done"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


R = ReviewStatus

REVIEW = Workflow(
    "review",
    {
        R.SCHEDULED: frozenset({R.DONE, R.MISSED, R.CANCELLED}),
        R.MISSED: frozenset({R.DONE, R.SCHEDULED, R.CANCELLED}),
        R.DONE: frozenset(),
        R.CANCELLED: frozenset(),
    },
    dict(R.choices),
)


class ScheduleStatus(TextChoices):
    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    NOT_WANTED = "not_wanted", "Not wanted"
    ENDED = "ended", "Ended"


SCHEDULE = Workflow(
    "follow-up schedule",
    {
        ScheduleStatus.PROPOSED: frozenset(
            {ScheduleStatus.CONFIRMED, ScheduleStatus.NOT_WANTED, ScheduleStatus.ENDED}
        ),
        ScheduleStatus.CONFIRMED: frozenset({ScheduleStatus.ENDED}),
        ScheduleStatus.NOT_WANTED: frozenset(),
        ScheduleStatus.ENDED: frozenset(),
    },
    dict(ScheduleStatus.choices),
)


class OpinionStatus(TextChoices):
    REQUESTED = "requested", "Requested"
    SENT = "sent", "Sent"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RECEIVED = "received", "Opinion received"
    CLOSED = "closed", "Closed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DECLINED = "declined", "Declined"


O = OpinionStatus  # noqa: E741  (the table below reads as a diagram)

OPINION = Workflow(
    "second opinion",
    {
        O.REQUESTED: frozenset({O.SENT, O.WITHDRAWN}),
        O.SENT: frozenset({O.ACKNOWLEDGED, O.RECEIVED, O.WITHDRAWN, O.DECLINED}),
        O.ACKNOWLEDGED: frozenset({O.RECEIVED, O.WITHDRAWN, O.DECLINED}),
        O.RECEIVED: frozenset({O.CLOSED}),
        O.CLOSED: frozenset(),
        O.WITHDRAWN: frozenset(),
        O.DECLINED: frozenset(),
    },
    dict(O.choices),
)

OPINION_STEP_WORKING_DAYS = {O.REQUESTED: 2, O.SENT: 3, O.ACKNOWLEDGED: 10, O.RECEIVED: 5}
"""Working days within which each step is expected to be followed by the next; a centre's own rule, not a standard."""


class ReminderStatus(TextChoices):
    OWED = "owed", "To do"
    SETTLED = "settled", "Done, or owed no longer"


REMINDER = Workflow(
    "reminder",
    {
        ReminderStatus.OWED: frozenset({ReminderStatus.SETTLED}),
        ReminderStatus.SETTLED: frozenset({ReminderStatus.OWED}),
    },
    dict(ReminderStatus.choices),
)


class MailStatus(TextChoices):
    PENDING = "pending", "Waits to be sent"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"
    CANCELLED = "cancelled", "No longer needed"


S = MailStatus

MAIL = Workflow(
    "e-mail",
    {
        S.PENDING: frozenset({S.CLAIMED, S.CANCELLED}),
        S.CLAIMED: frozenset({S.PENDING, S.SENT, S.FAILED, S.CANCELLED}),
        S.SENT: frozenset(),
        S.FAILED: frozenset({S.PENDING, S.CANCELLED}),
        S.CANCELLED: frozenset(),
    },
    dict(S.choices),
)
