"""Standards of care: what a team treats without discussing it; each change is a version that two people answer for."""

from datetime import date

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import Team, User
from accounts.permissions import Role
from audit.models import APPEND_ONLY


class StandardOfCareQuerySet(models.QuerySet["StandardOfCare"]):
    """Words for choosing standards of care."""

    def visible_to(self, user: User) -> "StandardOfCareQuerySet":
        return self.filter(team__in=user.team_ids())


class StandardOfCare(models.Model):
    """The standard as a whole, whatever its version; known as SOC-<id>."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="standards_of_care")
    created_at = models.DateTimeField(db_default=Now())

    objects = StandardOfCareQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "standards of care"

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"SOC-{self.pk}"


class StandardVersionQuerySet(models.QuerySet["StandardVersion"]):
    """Words for choosing versions."""

    def approved_by(self, on: date) -> "StandardVersionQuerySet":
        """Approved, and begun on that day."""
        return self.filter(approval__isnull=False, active_from__lte=on)

    def in_force(self, on: date) -> "StandardVersionQuerySet":
        """The newest approved version of each standard that has begun and is not retired.

        One whose review date has passed is out of force: a standard is reviewed regularly (facts 5.3).
        """
        newer = StandardVersion.objects.approved_by(on).filter(
            standard=OuterRef("standard_id"), number__gt=OuterRef("number")
        )
        current = self.approved_by(on).filter(review_on__gte=on, standard__retirement__isnull=True)
        return current.exclude(Exists(newer))

    def to_approve(self) -> "StandardVersionQuerySet":
        """Proposed, and neither approved nor overtaken by a later version."""
        newer = StandardVersion.objects.filter(
            standard=OuterRef("standard_id"), number__gt=OuterRef("number")
        )
        return self.filter(approval__isnull=True, standard__retirement__isnull=True).exclude(Exists(newer))


class StandardVersion(models.Model):
    """What a standard says in one version; nothing rewrites it."""

    standard = models.ForeignKey(StandardOfCare, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    condition = models.JSONField(help_text="Of which cases it speaks: a condition over the guidance facts")
    plan = models.JSONField(
        help_text="The standard plan: intent and treatments, as the guidance contract has them"
    )
    source = models.CharField(max_length=200)
    review_on = models.DateField()
    active_from = models.DateField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    objects = StandardVersionQuerySet.as_manager()

    class Meta:
        ordering = ["standard", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["standard", "number"], name="mdt_standard_version_once"),
            models.CheckConstraint(
                condition=Q(review_on__gt=F("active_from")), name="mdt_standard_reviewed_after_it_begins"
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.standard.label} v{self.number}"


class StandardApproval(models.Model):
    """That a second consultant approved a version for the team."""

    version = models.OneToOneField(StandardVersion, on_delete=models.PROTECT, related_name="approval")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role.choices)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"Approved by {self.approved_by}"


class StandardRetirement(models.Model):
    """That a standard is no longer used, in any version, and why."""

    standard = models.OneToOneField(StandardOfCare, on_delete=models.PROTECT, related_name="retirement")
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"Retired by {self.retired_by}"
