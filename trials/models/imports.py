"""Imports of registry records: each file, each study of it, and the changes that a person accepts or not."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from trials.models.trial import Trial
from trials.workflow import ChangeStatus, ImportOutcome


class RegisterImport(models.Model):
    """One file, folder or address that was read."""

    name = models.CharField("file", max_length=300)
    started_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the service itself"
    )
    started_at = models.DateTimeField(db_default=Now())
    refusal = models.TextField(blank=True, help_text="Why nothing of it could be read")
    notes = models.JSONField(
        default=list, db_default=[], help_text="What is to be said of it as a whole, in sentences"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportedStudy(models.Model):
    """One study of an import: what came of it, and what of it was left."""

    run = models.ForeignKey(RegisterImport, on_delete=models.PROTECT, related_name="studies")
    place = models.PositiveIntegerField(help_text="Its place in the import, from 1")
    file = models.CharField(
        max_length=300, blank=True, db_default="", help_text="Of several files, the one that it was in"
    )
    nct = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=10, choices=ImportOutcome.choices)
    left = models.JSONField(default=list, help_text="What was not taken, and why, in sentences")
    trial = models.ForeignKey(Trial, null=True, on_delete=models.PROTECT, related_name="imported")
    posted_on = models.DateField("last update posted", null=True)
    version_on = models.DateField("day of the registry's data", null=True)
    record = models.JSONField(
        null=True,
        help_text="What the registry said, by field; kept where it differs from what it said before",
    )

    class Meta:
        ordering = ["run", "place"]
        verbose_name_plural = "imported studies"

    def __str__(self) -> str:
        return self.nct or f"study {self.place}"


@tracked
class ProposedChange(models.Model):
    """A field of a trial that a newer record has otherwise; a person accepts it or keeps what is held."""

    study = models.ForeignKey(ImportedStudy, on_delete=models.PROTECT, related_name="changes")
    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="proposed_changes")
    field = models.CharField(max_length=30)
    held = models.JSONField(null=True)
    offered = models.JSONField(null=True)
    status = models.CharField(max_length=10, choices=ChangeStatus.choices, default=ChangeStatus.OPEN)
    decided_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "field"],
                name="trials_change_open_once",
                condition=models.Q(status=ChangeStatus.OPEN),
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of trial {self.trial_id}"
