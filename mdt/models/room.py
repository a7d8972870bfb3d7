"""What happens in the room: which case is discussed, who is there, and who steps aside."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from accounts.permissions import Competence, Role
from audit.history import tracked
from audit.models import Versioned
from mdt.models.listing import Listing
from mdt.models.meeting import Meeting


@tracked
class Discussion(models.Model):
    """When a case was marked as being discussed; who was there in that time is present for its decision."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="discussions")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["listing"], name="mdt_discussion_one_open", condition=models.Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"discussion of listing {self.listing_id}"


@tracked
class Attendance(models.Model):
    """One interval in which a person was at a meeting, in one role."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", "In person"
        REMOTE = "remote", "Remote"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendances")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role.choices)
    competences = ArrayField(
        models.CharField(max_length=30, choices=Competence.choices), default=list, blank=True
    )
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.IN_PERSON)
    deputises_for = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField(db_default=Now())
    left_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["role", "arrived_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person"],
                name="mdt_attendance_one_open",
                condition=models.Q(left_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(left_at__isnull=True) | models.Q(left_at__gte=models.F("arrived_at")),
                name="mdt_attendance_leaves_after_arriving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} at meeting {self.meeting_id}"


@tracked
class Recusal(models.Model):
    """Someone who steps aside from one case, with the interest declared; they don't count for its quorum."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="recusals")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    interest = models.CharField("interest declared", max_length=300)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "person"], name="mdt_recusal_once")]

    def __str__(self) -> str:
        return f"recusal from listing {self.listing_id}"


class Screen(models.Model):
    """What the screens of a meeting show: the case that its presenter is on."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, primary_key=True, related_name="screen")
    listing = models.ForeignKey(
        Listing, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    presenter = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    shown_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"screen of meeting {self.meeting_id}"


class DecisionDraft(Versioned):
    """What someone has typed of a decision and not recorded: the fields of the form; gone once it is recorded."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="drafts")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    typed = models.JSONField(help_text="Name of each field of the form -> what stands in it")
    kept_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "author"], name="mdt_draft_once")]

    def __str__(self) -> str:
        return f"draft for listing {self.listing_id}"
