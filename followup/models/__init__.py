"""Reviews, second opinions, and the reminders that are owed to people."""

from followup.models.opinion import FINISHED, SecondOpinion, SecondOpinionQuerySet
from followup.models.reminder import PAGE_OF, Reminder, ReminderKind, ReminderQuerySet
from followup.models.review import Review, ReviewFinding, ReviewKind, ReviewQuerySet

__all__ = [
    "FINISHED",
    "PAGE_OF",
    "Reminder",
    "ReminderKind",
    "ReminderQuerySet",
    "Review",
    "ReviewFinding",
    "ReviewKind",
    "ReviewQuerySet",
    "SecondOpinion",
    "SecondOpinionQuerySet",
]
