"""Stages as they were worked out or overridden then, one record after another for each point of the treatment."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from cases.models.case import Episode, OfEpisodeQuerySet


class Basis(models.TextChoices):
    """What a stage was based on, in the order in which an episode comes by them."""

    PRE_TREATMENT = "pre_treatment", "Pre-treatment"
    INTEGRATED = "integrated", "Integrated"
    POST_TREATMENT = "post_treatment", "Post-treatment"
    RECURRENCE = "recurrence", "Recurrence"
    AUTOPSY = "autopsy", "Autopsy"


class StagingQuerySet(OfEpisodeQuerySet):
    """Words for choosing stages."""

    def standing(self) -> "StagingQuerySet":
        """The newest of each basis of each episode: what holds."""
        newest_first = self.order_by("episode_id", "basis", "-computed_at", "-id")
        return newest_first.distinct("episode_id", "basis")


@tracked
class Staging(models.Model):
    """A stage as it was worked out then: edition, inputs and result; never recomputed, only followed by another.

    Where a clinician overrode it, the columns hold what they decided, and `computed` what the tables gave.
    """

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="stagings")
    computed_at = models.DateTimeField(db_default=Now())
    basis = models.CharField(
        max_length=15,
        choices=Basis.choices,
        blank=True,
        default="",
        db_default="",
        help_text="Empty in older records",
    )
    prefix = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="c, p, yc, yp, r or a"
    )
    edition = models.CharField(max_length=10)
    family = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=20)
    t = models.CharField(max_length=4, blank=True)
    n = models.CharField(max_length=4, blank=True)
    m = models.CharField(max_length=4, blank=True)
    group = models.CharField(max_length=10, blank=True)
    inputs = models.JSONField(default=dict)
    explanation = models.JSONField(default=list)
    computed_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    overridden_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    overridden_at = models.DateTimeField(null=True, blank=True)
    overridden = models.JSONField(null=True, blank=True, help_text="What the clinician decided otherwise")
    computed = models.JSONField(null=True, blank=True, help_text="What the tables gave, where overridden")
    reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    withdraws = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = StagingQuerySet.as_manager()

    class Meta:
        ordering = ["-computed_at", "-id"]
        indexes = [models.Index(fields=["episode", "-computed_at"], name="cases_staging_episode")]

    def __str__(self) -> str:
        return f"{self.group or self.status} ({self.edition})"

    @property
    def version(self) -> int:
        """A record never changes, so which one it is says what an override was decided on."""
        return self.pk or 0

    @property
    def is_overridden(self) -> bool:
        return self.overridden_by_id is not None
