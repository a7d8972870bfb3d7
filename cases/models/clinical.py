"""Dated clinical facts of an episode that no report carries."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from cases.models.case import Episode, OfEpisodeQuerySet


class Certainty(models.TextChoices):
    PROVISIONAL = "provisional", "Provisional"
    CONFIRMED = "confirmed", "Confirmed"
    CHANGED = "changed", "Changed at second reading"


class Laterality(models.TextChoices):
    LEFT = "L", "Left"
    RIGHT = "R", "Right"
    MIDLINE = "M", "Midline"
    BILATERAL = "B", "Both sides"
    NOT_APPLICABLE = "8", "Not applicable"
    NOT_KNOWN = "9", "Not known"


class Dated(models.Model):
    """A row that says when it held, who recorded it and when."""

    on = models.DateField("date")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


@tracked
class Diagnosis(Dated):
    """Type and site (ICD-O-3) as held on a date; the newest is the current one, none is overwritten."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="diagnoses")
    morphology = models.CharField("type (ICD-O-3 morphology)", max_length=6, blank=True)
    topography = models.CharField("site (ICD-O-3 topography)", max_length=5, blank=True)
    laterality = models.CharField("side", max_length=1, choices=Laterality.choices, blank=True)
    certainty = models.CharField(max_length=12, choices=Certainty.choices, default=Certainty.PROVISIONAL)

    objects = OfEpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]
        verbose_name_plural = "diagnoses"
        indexes = [models.Index(fields=["episode", "-on"], name="cases_diagnosis_episode")]

    def __str__(self) -> str:
        return f"{self.morphology} {self.topography}"


@tracked
class PerformanceStatus(Dated):
    """ECOG performance status, 0 to 4."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="performance_statuses")
    value = models.PositiveSmallIntegerField()

    objects = OfEpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]
        verbose_name_plural = "performance statuses"
        constraints = [
            models.CheckConstraint(condition=models.Q(value__lte=4), name="cases_performance_status_0_to_4")
        ]

    def __str__(self) -> str:
        return f"performance status {self.value}"


@tracked
class Biomarker(Dated):
    """A named test with its result."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="biomarkers")
    name = models.CharField(max_length=40)
    result = models.CharField(max_length=60)
    percent = models.PositiveSmallIntegerField(
        "per cent of tumour cells", null=True, blank=True, help_text="Where the test counts cells"
    )

    objects = OfEpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__isnull=True) | models.Q(percent__lte=100),
                name="cases_biomarker_percent",
            )
        ]

    def __str__(self) -> str:
        return self.name


@tracked
class NotKnown(Dated):
    """A fact that cannot be known, and why; the check then does not ask for it."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="not_known")
    fact = models.CharField(max_length=30)
    reason = models.CharField(max_length=300)

    objects = OfEpisodeQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "facts not known"
        constraints = [models.UniqueConstraint(fields=["episode", "fact"], name="cases_not_known_once")]

    def __str__(self) -> str:
        return self.fact


@tracked
class TreatmentGiven(models.Model):
    """One treatment already given: imported, told in a referral, or delivered under a plan."""

    class Source(models.TextChoices):
        IMPORTED = "imported", "Imported"
        TOLD = "told", "Told in a referral"
        DELIVERED = "delivered", "Delivered under a plan"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="treatments_given")
    modality = models.CharField(max_length=30)
    procedure = models.CharField(max_length=30, blank=True)
    timing = models.CharField(max_length=15, blank=True)
    technique = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    drugs = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    text = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = OfEpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["started_on", "id"]
        verbose_name_plural = "treatments given"
        indexes = [models.Index(fields=["episode"], name="cases_treatment_given_episode")]

    def __str__(self) -> str:
        return self.modality
