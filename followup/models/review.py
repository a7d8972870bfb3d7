"""Reviews: planned looks at a patient, and what they found."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from audit.models import Versioned
from cases.models import Episode
from followup.workflow import ReviewStatus


class ReviewQuerySet(models.QuerySet["Review"]):
    """Words for choosing reviews."""

    def visible_to(self, user: User) -> "ReviewQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def scheduled(self) -> "ReviewQuerySet":
        return self.filter(status=ReviewStatus.SCHEDULED)


class ReviewKind(models.TextChoices):
    CLINIC = "clinic", "Clinic"
    CHEST_IMAGING = "chest_imaging", "Chest imaging"
    LOCAL_MRI = "local_mri", "Local MRI"
    CT = "ct", "CT"
    TELEPHONE = "telephone", "Telephone"


class ReviewFinding(models.TextChoices):
    NO_DISEASE = "no_disease", "No evidence of disease"
    LOCAL_RECURRENCE = "local_recurrence", "Local recurrence"
    METASTASIS = "metastasis", "Metastasis"
    NEW_PRIMARY = "new_primary", "New primary"
    OTHER = "other", "Other"


@tracked
class Review(Versioned):
    """A planned look at the patient."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=20, choices=ReviewKind.choices, default=ReviewKind.CLINIC)
    due_on = models.DateField()
    responsible = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.SCHEDULED)
    done_on = models.DateField(null=True, blank=True)
    finding = models.CharField(max_length=20, choices=ReviewFinding.choices, blank=True)
    finding_note = models.TextField(blank=True)
    status_reason = models.CharField(
        max_length=300, blank=True, help_text="Why missed or cancelled, and what was done"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="followup_review_due",
                condition=models.Q(status=ReviewStatus.SCHEDULED),
            ),
            models.Index(fields=["episode", "due_on"], name="followup_review_episode"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status=ReviewStatus.DONE)
                | (models.Q(done_on__isnull=False) & ~models.Q(finding="")),
                name="followup_review_done_has_finding",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} due {self.due_on:%d %b %Y}"
