"""Reminders: what is owed to whom, and the message about it."""

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import User
from followup.workflow import ReminderStatus


class ReminderKind(models.TextChoices):
    REVIEW_DUE = "review_due", "Review due"
    OPINION_STEP_DUE = "opinion_step_due", "Second opinion: step due"
    GAP_DUE = "gap_due", "Facts missing before the meeting"
    ACTION_DUE = "action_due", "Action due"
    RATIFICATION_DUE = "ratification_due", "Decision to ratify"
    LETTER_DUE = "letter_due", "Outcome letter due"
    PATIENT_TO_TELL = "patient_to_tell", "Patient to be told"
    PLAN_NOT_STARTED = "plan_not_started", "Agreed plan not started in time"


PAGE_OF = {
    ReminderKind.REVIEW_DUE: "followup:review",
    ReminderKind.OPINION_STEP_DUE: "followup:opinion",
    ReminderKind.GAP_DUE: "mdt:episode_gaps",
    ReminderKind.ACTION_DUE: "mdt:decision",
    ReminderKind.RATIFICATION_DUE: "mdt:decision",
    ReminderKind.LETTER_DUE: "mdt:letter",
    ReminderKind.PATIENT_TO_TELL: "mdt:decision",
    ReminderKind.PLAN_NOT_STARTED: "treatments:plan",
}
"""By kind, the page of the target: an episode for missing facts, the decision for an action of it.

Each opens to everyone who sees the team's cases: whoever is told of it may be somebody who can only find another.
"""


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Words for choosing reminders."""

    def visible_to(self, user: User) -> "ReminderQuerySet":
        return self.filter(person=user)

    def unread(self) -> "ReminderQuerySet":
        return self.filter(read_at__isnull=True).exclude(status=ReminderStatus.CANCELLED)

    def failed_in(self, team_ids: list[int]) -> "ReminderQuerySet":
        """E-mails about these teams' cases that could not be sent."""
        return self.filter(status=ReminderStatus.FAILED, case__team__in=team_ids)


class Reminder(models.Model):
    """A message owed to a person about something due: one row for each kind, target, step and person."""

    kind = models.CharField(max_length=20, choices=ReminderKind.choices)
    target_id = models.BigIntegerField()
    step = models.CharField(max_length=30, help_text="Which due date or step of the target it is about")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reminders")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reminders")
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=ReminderStatus.choices, default=ReminderStatus.PENDING)
    message_id = models.CharField(max_length=120, unique=True, help_text="The same on every try")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    claimed_by = models.CharField(max_length=80, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(
        null=True, blank=True, help_text="When the try that is running began to speak to the mail server"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    in_doubt = models.BooleanField(
        default=False, help_text="A try may have reached the mail server before it was cut off"
    )
    last_error = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target_id", "step", "person"], name="followup_reminder_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="followup_reminder_to_send",
                condition=models.Q(status__in=["pending", "claimed"]),
            ),
            models.Index(fields=["person", "-created_at"], name="followup_reminder_person"),
            models.Index(
                fields=["person"],
                name="followup_reminder_unread",
                condition=models.Q(read_at__isnull=True) & ~models.Q(status=ReminderStatus.CANCELLED),
            ),
            models.Index(
                fields=["case"],
                name="followup_reminder_failed",
                condition=models.Q(status=ReminderStatus.FAILED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target_id}"

    def get_absolute_url(self) -> str:
        """The page on which what is due can be done."""
        return reverse(PAGE_OF[ReminderKind(self.kind)], args=[self.target_id])
