"""What a patient needs beside treatment: symptoms, support, language, fertility."""

from django.db import models

from audit.history import tracked
from cases.models.case import Case, Episode, OfEpisodeQuerySet
from cases.models.clinical import Dated


class HolisticAssessment(models.TextChoices):
    OFFERED = "offered", "Offered"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"


class Fertility(models.TextChoices):
    DISCUSSED = "discussed", "Discussed"
    REFERRED = "referred", "Discussed, referred to preserve it"
    DECLINED = "declined", "Offered, the patient did not want to discuss it"
    NOT_APPLICABLE = "not_applicable", "Does not apply"


class NeedsQuerySet(OfEpisodeQuerySet):
    """Words for choosing needs."""

    def of_case(self, case: Case | int) -> "NeedsQuerySet":
        return self.filter(episode__case=case).order_by("-on", "-id")


@tracked
class Needs(Dated):
    """What was found on one day; the newest holds, and none is overwritten. What is empty was not asked."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="needs", db_index=False)
    has_symptoms = models.BooleanField("symptoms to control", null=True, blank=True)
    symptoms = models.TextField("which symptoms", blank=True)
    holistic = models.CharField(
        "holistic needs assessment", max_length=10, choices=HolisticAssessment.choices, blank=True
    )
    holistic_on = models.DateField("date of the assessment, or of the offer", null=True, blank=True)
    interpreter = models.CharField("language of the interpreter", max_length=60, blank=True)
    fertility = models.CharField(max_length=15, choices=Fertility.choices, blank=True)
    support = models.TextField("other support", blank=True)
    note = models.TextField(blank=True)

    objects = NeedsQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]
        verbose_name_plural = "needs"
        indexes = [models.Index(fields=["episode", "-on"], name="cases_needs_episode")]

    @property
    def version(self) -> int:
        """What a form begins with is the newest row: a newer one is a newer version of it."""
        return self.pk

    def __str__(self) -> str:
        return f"needs of episode {self.episode_id}"
