"""Papers and pictures of a case: files kept here, and links to studies in the hospital's image archive."""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from audit.history import tracked
from cases.models.case import Case, Episode

NEVER_DELETED = pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)


class DocumentKind(models.TextChoices):
    REFERRAL_LETTER = "referral_letter", "Referral letter"
    REPORT = "report", "Report"
    CLINIC_LETTER = "clinic_letter", "Clinic letter"
    PHOTOGRAPH = "photograph", "Photograph"
    CONSENT = "consent", "Consent"
    OTHER = "other", "Other"


class ContentType(models.TextChoices):
    """What may be kept, as its content says, never its name."""

    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPEG picture"
    PNG = "image/png", "PNG picture"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word document"
    TEXT = "text/plain", "Text"


class OfCaseQuerySet(models.QuerySet[Any]):
    """Words for choosing what belongs to a case and can be removed from it."""

    def visible_to(self, user: User) -> "OfCaseQuerySet":
        """Those of cases whose whole record the user may read; a referrer follows only progress and outcome."""
        return self.filter(case__team__in=user.team_ids())

    def shown(self) -> "OfCaseQuerySet":
        return self.filter(removed_at__isnull=True)


class Removable(models.Model):
    """Removed from the case with a reason, and kept: the database itself deletes none."""

    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    removed_reason = models.CharField(max_length=300, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        abstract = True

    def remove(self, *, reason: str, by: User) -> None:
        """Mark it in the caller's transaction."""
        self.removed_at, self.removed_by, self.removed_reason = timezone.now(), by, reason
        self.save(update_fields=["removed_at", "removed_by", "removed_reason"])


@tracked
class Document(Removable):
    """A file of a case; its name on disk says nothing, and what it is was told by its content."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents", db_index=False)
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to="documents/%Y")
    content_type = models.CharField(max_length=100, choices=ContentType.choices)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField("checksum (SHA-256)", max_length=64)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    uploaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        indexes = [models.Index(fields=["case", "-uploaded_at"], name="cases_document_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "sha256"],
                name="cases_document_once",
                condition=models.Q(removed_at__isnull=True),
            )
        ]
        triggers = [NEVER_DELETED]

    def __str__(self) -> str:
        return f"document {self.pk}"


@tracked
class ImageLink(Removable):
    """A study in the image archive, by its DICOM study UID or its accession number."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="image_links", db_index=False)
    study = models.CharField("study identifier", max_length=64)
    shows = models.CharField("what it shows", max_length=200)
    studied_on = models.DateField("date of the study", null=True, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-studied_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "study"],
                name="cases_image_link_once",
                condition=models.Q(removed_at__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["case", "-studied_on"], name="cases_image_link_case")]
        triggers = [NEVER_DELETED]

    def __str__(self) -> str:
        return f"study of case {self.case_id}"
