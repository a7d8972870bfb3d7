"""Registry imports: what came, what was taken, what was not understood."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Team, User
from cases.models.case import Case


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Words for choosing imports."""

    def visible_to(self, user: User) -> "ImportRunQuerySet":
        return self.filter(team__in=user.team_ids())


class ImportRun(models.Model):
    """One file read with one mapping: first dry, then, when confirmed, for good."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked, nothing saved yet"
        RUNNING = "running", "Being imported"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Not imported"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="imports")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to="imports/%Y", blank=True)
    mapping_name = models.CharField(max_length=100)
    mapping = models.TextField(help_text="The mapping as it was used")
    source = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UPLOADED)
    problem = models.TextField(blank=True, help_text="Why nothing was imported")
    preview = models.JSONField(
        default=dict, help_text="How the file was read, and what becomes of each column"
    )
    checksum = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file that was checked")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    taken_with_remarks = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    edited = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """What became of one row, with each remark: column, what was there, what was done."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "Taken"
        REMARKS = "remarks", "Taken with remarks"
        UPDATED = "updated", "Already held, brought up to date"
        UNCHANGED = "unchanged", "Already held, not changed"
        EDITED = "edited", "Already held and edited here since: not touched"
        REFUSED = "refused", "Refused"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    source_id = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    remarks = models.JSONField(default=list)
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["run", "line"]
        indexes = [models.Index(fields=["run", "outcome", "line"], name="cases_import_row_outcome")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.outcome}"


class ImportedCase(models.Model):
    """What an import last made of a case: tells a changed source from one that is as it was."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="imported")
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64, help_text="Of everything that was taken from the row")
    made_patient = models.BooleanField(
        default=True, help_text="Otherwise the patient was held already, and stays as others wrote them"
    )

    def __str__(self) -> str:
        return f"import of case {self.case_id}"


class ImportedText(models.Model):
    """An input value that no rule understood, or that no column of ours holds, kept with the case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="imported_texts")
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+")
    column = models.CharField(max_length=120)
    value = models.TextField()

    class Meta:
        ordering = ["case", "id"]
        indexes = [models.Index(fields=["case"], name="cases_imported_text_case")]

    def __str__(self) -> str:
        return self.column
