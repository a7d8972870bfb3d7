"""What the patient was told of a decision, and what they chose."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.models import APPEND_ONLY
from mdt.models.decision import Decision


class Telling(models.Model):
    """One conversation about a decision: who told the patient, when, and what the patient chose."""

    class How(models.TextChoices):
        CLINIC = "clinic", "In clinic"
        TELEPHONE = "telephone", "By telephone"
        VIDEO = "video", "By video call"
        WARD = "ward", "On the ward"
        HOME = "home", "At home"

    class Choice(models.TextChoices):
        ACCEPTS = "accepts", "Accepts what was proposed"
        DECLINES = "declines", "Declines it"
        WANTS_TIME = "wants_time", "Wants time to think"
        WANTS_OPINION = "wants_opinion", "Wants a second opinion"

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="tellings")
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField()
    how = models.CharField(max_length=10, choices=How.choices)
    benefits_discussed = models.BooleanField(default=False)
    side_effects_discussed = models.BooleanField(default=False)
    choice = models.CharField(max_length=15, choices=Choice.choices)
    decide_by_on = models.DateField("by when they decide", null=True, blank=True)
    questions = models.TextField("questions left", blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-told_on", "-id"]
        indexes = [
            models.Index(
                fields=["decide_by_on"],
                name="mdt_telling_decide_by",
                condition=models.Q(choice="wants_time", decide_by_on__isnull=False),
            )
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"telling of decision {self.decision_id}"
