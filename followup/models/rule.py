"""Who is reminded of what, when and how: kinds of due things, rules, a person's own wishes, and absences."""

from datetime import time

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from accounts.permissions import Role
from audit.history import tracked
from audit.models import Versioned


class ReminderKind(models.TextChoices):
    REVIEW_DUE = "review_due", "Review due"
    OPINION_STEP_DUE = "opinion_step_due", "Second opinion: step due"
    GAP_DUE = "gap_due", "Facts missing before the meeting"
    ACTION_DUE = "action_due", "Action due"
    RATIFICATION_DUE = "ratification_due", "Decision to ratify"
    LETTER_DUE = "letter_due", "Outcome letter due"
    PATIENT_TO_TELL = "patient_to_tell", "Patient to be told"
    PLAN_NOT_STARTED = "plan_not_started", "Agreed plan not started in time"
    SCHEDULE_TO_CONFIRM = "schedule_to_confirm", "Follow-up to confirm"
    FOLLOW_UP_TO_PLAN = "follow_up_to_plan", "Follow-up to plan"
    TRIAL_STEP_DUE = "trial_step_due", "Referral to a trial: step due"
    TRIAL_STALE = "trial_stale", "Trial to verify"
    ENQUIRY_DUE = "enquiry_due", "Enquiry to answer"


WITHOUT_CASE = (ReminderKind.TRIAL_STALE, ReminderKind.ENQUIRY_DUE)
"""What is about no case: an entry of the register, and somebody who is no patient here yet."""


class Unit(models.TextChoices):
    DAYS = "days", "days"
    WORKING_DAYS = "working_days", "working days of England"


class Audience(models.TextChoices):
    OWNER = "owner", "Who owes it, or who covers for them"
    ROLE = "role", "Everyone of a role in the team"


class Channel(models.TextChoices):
    PRODUCT = "product", "In the product only"
    DIGEST = "digest", "In the day’s e-mail"
    AT_ONCE = "at_once", "By e-mail at once"


@tracked
class ReminderRule(Versioned):
    """Who is told of a kind of due thing, when and how; a later rule to a role is an escalation."""

    kind = models.CharField(max_length=20, choices=ReminderKind.choices)
    offset = models.SmallIntegerField(
        "how long", help_text="Before the due date where negative, after it where positive"
    )
    unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.DAYS)
    audience = models.CharField("to whom", max_length=5, choices=Audience.choices, default=Audience.OWNER)
    role = models.CharField(max_length=30, choices=Role.choices, blank=True)
    channel = models.CharField("how", max_length=7, choices=Channel.choices, default=Channel.DIGEST)
    is_on = models.BooleanField("in use", default=True)

    class Meta:
        ordering = ["kind", "offset", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "offset", "unit", "audience", "role"], name="followup_rule_once"
            ),
            models.CheckConstraint(
                condition=models.Q(audience=Audience.ROLE) ^ models.Q(role=""), name="followup_rule_role"
            ),
        ]

    def __str__(self) -> str:
        return f"rule {self.pk}"


class ReminderSettings(models.Model):
    """How a person wants their day's e-mail; what cannot wait comes whatever they chose."""

    person = models.OneToOneField(User, on_delete=models.PROTECT, related_name="reminder_settings")
    digest_by_mail = models.BooleanField("the day’s e-mail", default=True)
    digest_at = models.TimeField("at", default=time(7))

    class Meta:
        verbose_name_plural = "reminder settings"

    def __str__(self) -> str:
        return f"settings of person {self.person_id}"


@tracked
class Absence(models.Model):
    """A person is away from one day until another; who covers is reminded in their place."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    from_on = models.DateField("from")
    until_on = models.DateField("until", help_text="The last day away")
    cover = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: colleagues of the same role in the team",
    )
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["from_on"]
        indexes = [
            models.Index(
                fields=["person", "until_on"],
                name="followup_absence_person",
                condition=models.Q(withdrawn_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on__gte=models.F("from_on")), name="followup_absence_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"absence {self.pk}"
