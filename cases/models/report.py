"""Pathology and imaging reports, and who is asked for them."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from audit.models import Versioned
from cases.clinical.icdo3 import FNCLCC_REASONS
from cases.models.case import Episode, OfEpisodeQuerySet


class ReportKind(models.TextChoices):
    PATHOLOGY = "pathology", "Pathology"
    IMAGING = "imaging", "Imaging"


class ReportRequestQuerySet(OfEpisodeQuerySet):
    """Words for choosing requests."""

    def waiting(self) -> "ReportRequestQuerySet":
        return self.filter(answered_at__isnull=True, withdrawn_at__isnull=True)


@tracked
class ReportRequest(models.Model):
    """A reading that a pathologist or radiologist is asked for, with the question."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="report_requests")
    kind = models.CharField(max_length=10, choices=ReportKind.choices)
    question = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    due_on = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ReportRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "asked_at", "id"]
        indexes = [
            models.Index(
                fields=["kind", "due_on"],
                name="cases_request_waiting",
                condition=models.Q(answered_at__isnull=True, withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} asked for episode {self.episode_id}"


NOT_IMPORTED = models.Q(source="")
"""What arrived while the service was in use; a registry's history is no news."""


class Report(Versioned):
    """What both kinds of report say: when, by whom, whether it was the specialist's second reading."""

    reported_on = models.DateField()
    reported_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(
        "reported by", max_length=200, blank=True, help_text="Where the author has no account"
    )
    is_specialist_reading = models.BooleanField("specialist reading", default=False)
    summary = models.TextField("report", blank=True)
    source = models.CharField(max_length=60, blank=True, help_text="Where it was imported from")
    created_at = models.DateTimeField(db_default=Now())

    objects = OfEpisodeQuerySet.as_manager()

    class Meta:
        abstract = True


def _between(name: str, field: str, low: float, high: float) -> models.CheckConstraint:
    within: dict[str, Any] = {f"{field}__gte": low, f"{field}__lte": high}
    return models.CheckConstraint(
        condition=models.Q((f"{field}__isnull", True)) | models.Q(**within), name=name
    )


class PathologyKind(models.TextChoices):
    BIOPSY = "biopsy", "Biopsy"
    PLANNED_EXCISION = "planned_excision", "Planned excision"
    UNPLANNED_EXCISION = "unplanned_excision", "Unplanned excision"
    RE_EXCISION = "re_excision", "Re-excision"
    METASTASIS = "metastasis", "Biopsy or excision of a metastasis"
    AUTOPSY = "autopsy", "Autopsy"
    OTHER = "other", "Other"


NO_MARGIN = (PathologyKind.BIOPSY, PathologyKind.METASTASIS, PathologyKind.AUTOPSY)
"""Specimens that have no surgical margin."""


class NotGradedReason(models.TextChoices):
    """Why FNCLCC is not applied to a histology; the words are those of the table of histologies."""

    HG = "HG", FNCLCC_REASONS["HG"]
    NR = "NR", FNCLCC_REASONS["NR"]
    SYS = "SYS", FNCLCC_REASONS["SYS"]
    INT = "INT", FNCLCC_REASONS["INT"]


@tracked
class PathologyReport(Report):
    """What the pathologist found in one specimen; FNCLCC scores as entered, the grade as worked out from them."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="pathology_reports")
    kind = models.CharField(max_length=20, choices=PathologyKind.choices)
    morphology = models.CharField("type (ICD-O-3 morphology)", max_length=6, blank=True)
    differentiation_score = models.PositiveSmallIntegerField(
        "differentiation score (1 to 3)", null=True, blank=True
    )
    mitoses_per_10_hpf = models.DecimalField(
        "mitoses per 10 high-power fields (1.7 mm²)", max_digits=6, decimal_places=1, null=True, blank=True
    )
    mitoses_counted = models.PositiveSmallIntegerField("mitoses counted", null=True, blank=True)
    fields_counted = models.DecimalField(
        "high-power fields counted", max_digits=5, decimal_places=1, null=True, blank=True
    )
    field_diameter_mm = models.DecimalField(
        "diameter of a field in mm", max_digits=4, decimal_places=3, null=True, blank=True
    )
    field_area_mm2 = models.DecimalField(
        "area of a field in mm²", max_digits=5, decimal_places=4, null=True, blank=True
    )
    mitoses_per_mm2 = models.DecimalField(
        "mitoses per mm²", max_digits=6, decimal_places=2, null=True, blank=True
    )
    mitoses_per_5_mm2 = models.DecimalField(
        "mitoses per 5 mm²", max_digits=6, decimal_places=1, null=True, blank=True, help_text="GIST"
    )
    mitoses_score = models.PositiveSmallIntegerField("mitoses score (1 to 3)", null=True, blank=True)
    necrosis_percent = models.PositiveSmallIntegerField("necrosis, per cent", null=True, blank=True)
    necrosis_score = models.PositiveSmallIntegerField("necrosis score (0 to 2)", null=True, blank=True)
    grade = models.CharField(
        "grade", max_length=2, blank=True, help_text="G1, G2, G3 or GX, where no FNCLCC scores are given"
    )
    not_graded_reason = models.CharField(
        "why FNCLCC is not applied",
        max_length=3,
        choices=NotGradedReason.choices,
        blank=True,
        default="",
        db_default="",
    )
    mitotic_rate = models.CharField(
        "GIST mitotic rate", max_length=4, blank=True, help_text="low: 5 or fewer per 5 mm²"
    )
    size_mm = models.PositiveSmallIntegerField("size in mm (greatest dimension)", null=True, blank=True)
    t_category = models.CharField(
        "T category",
        max_length=4,
        blank=True,
        default="",
        db_default="",
        help_text="Of the specimen, where size does not give it",
    )
    tumour_ruptured = models.BooleanField(null=True, blank=True)
    margin = models.CharField("margin", max_length=2, blank=True, help_text="R0, R1, R2")
    node_status = models.CharField("nodes", max_length=2, blank=True, help_text="N0, N1, NX")
    tests_pending = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-reported_on", "-id"]
        indexes = [
            models.Index(fields=["episode", "-reported_on"], name="cases_pathology_episode"),
            models.Index(
                fields=["episode", "created_at"], name="cases_pathology_new", condition=NOT_IMPORTED
            ),
        ]
        constraints = [
            _between("cases_pathology_differentiation", "differentiation_score", 1, 3),
            _between("cases_pathology_mitoses_score", "mitoses_score", 1, 3),
            _between("cases_pathology_mitoses", "mitoses_per_10_hpf", 0, 1000),
            _between("cases_pathology_counted", "mitoses_counted", 0, 10_000),
            _between("cases_pathology_fields", "fields_counted", 1, 1000),
            _between("cases_pathology_field_diameter", "field_diameter_mm", 0.1, 2),
            _between("cases_pathology_field_area", "field_area_mm2", 0.01, 3),
            _between("cases_pathology_per_mm2", "mitoses_per_mm2", 0, 1000),
            _between("cases_pathology_per_5_mm2", "mitoses_per_5_mm2", 0, 5000),
            _between("cases_pathology_necrosis_score", "necrosis_score", 0, 2),
            _between("cases_pathology_necrosis", "necrosis_percent", 0, 100),
            _between("cases_pathology_size", "size_mm", 1, 600),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reported_on:%d %b %Y}"


class Modality(models.TextChoices):
    MRI = "mri", "MRI"
    CT = "ct", "CT"
    CT_CHEST = "ct_chest", "CT chest"
    PET_CT = "pet_ct", "PET-CT"
    ULTRASOUND = "ultrasound", "Ultrasound"
    RADIOGRAPH = "radiograph", "Radiograph"
    BONE_SCAN = "bone_scan", "Bone scan"
    OTHER = "other", "Other"


@tracked
class ImagingReport(Report):
    """What the radiologist saw in one examination; an empty field says nothing, it does not say "none"."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="imaging_reports")
    modality = models.CharField("examination", max_length=20, choices=Modality.choices)
    examined_on = models.DateField(null=True, blank=True)
    size_mm = models.PositiveSmallIntegerField("size in mm (greatest dimension)", null=True, blank=True)
    depth = models.CharField(max_length=11, blank=True, help_text="superficial or deep to the fascia")
    t_category = models.CharField(
        "T category", max_length=4, blank=True, help_text="Where size does not give it"
    )
    node_status = models.CharField("nodes", max_length=2, blank=True)
    metastasis_status = models.CharField("metastases", max_length=3, blank=True)
    metastatic_sites = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    resectability = models.CharField(max_length=12, blank=True)
    close_to_critical_structure = models.BooleanField(null=True, blank=True)
    near_spine = models.BooleanField("near the spine", null=True, blank=True)
    tumour_ruptured = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["-reported_on", "-id"]
        indexes = [
            models.Index(fields=["episode", "-reported_on"], name="cases_imaging_episode"),
            models.Index(fields=["episode", "created_at"], name="cases_imaging_new", condition=NOT_IMPORTED),
        ]
        constraints = [_between("cases_imaging_size", "size_mm", 1, 600)]

    def __str__(self) -> str:
        return f"{self.get_modality_display()} {self.reported_on:%d %b %Y}"
