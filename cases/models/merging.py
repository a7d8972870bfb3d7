"""Two records of one person: which were merged and what moved, and which were looked at and are two people."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from cases.models.patient import Patient


class PatientMergeQuerySet(models.QuerySet["PatientMerge"]):
    """Words for choosing merges."""

    def visible_to(self, user: User) -> "PatientMergeQuerySet":
        """Those of a patient whom the user sees: once undone, either of the two."""
        mine = Patient.objects.visible_to(user).values("pk")
        return self.filter(models.Q(kept__in=mine) | models.Q(merged__in=mine))


@tracked
class PatientMerge(models.Model):
    """One record pointed to another. The rest is what undoing gives back.

    `moved`: ids of the rows that went over, and under "death" which record was given which death, and its cases.
    """

    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges_away", db_index=False)
    reason = models.CharField(max_length=500)
    moved = models.JSONField(default=dict)
    filled = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="What the kept record lacked and was given"
    )
    kept_before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    merged_before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    merged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    merged_at = models.DateTimeField(db_default=Now())
    undone_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_reason = models.CharField(max_length=500, blank=True)

    objects = PatientMergeQuerySet.as_manager()

    class Meta:
        ordering = ["-merged_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"],
                name="cases_patient_merged_once",
                condition=models.Q(undone_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"merge of patient {self.merged_id} into {self.kept_id}"


class ToldApartQuerySet(models.QuerySet["ToldApart"]):
    """Words for choosing pairs that were told apart."""

    def of(self, one: Patient, other: Patient) -> "ToldApartQuerySet":
        """That of these two, whichever comes first."""
        first, second = sorted((one.pk, other.pk))
        return self.filter(one=first, other=second)


@tracked
class ToldApart(models.Model):
    """Two records that look alike, and of which somebody knows that they are two people."""

    one = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    other = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(db_default=Now())

    objects = ToldApartQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "records told apart"
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="cases_told_apart_once"),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="cases_told_apart_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"patients {self.one_id} and {self.other_id}"
