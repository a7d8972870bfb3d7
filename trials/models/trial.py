"""The register: trials, their arms, sites with a named contact, and the versions of their criteria."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Organisation, User
from audit.events import EventType
from audit.history import tracked
from audit.models import APPEND_ONLY, Event, Versioned
from trials.workflow import OPEN, OVER, STALE_AFTER_DAYS, TrialStatus

NUMBERS = {
    "nct": (r"NCT[0-9]{8}", "NCT followed by eight digits, for example NCT01343043"),
    "eudract": (r"[0-9]{4}-[0-9]{6}-[0-9]{2}", "year, six digits, two digits, for example 2015-005594-21"),
    "ctis": (r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}", "for example 2022-500001-36-00"),
    "isrctn": (r"ISRCTN[0-9]{8}", "ISRCTN followed by eight digits"),
    "iras": (r"[0-9]{5,7}", "five to seven digits, for example 195662"),
}
"""By column, the form of a registry's number and how a page says it."""


def _number(name: str, label: str, length: int) -> "models.CharField[str, str]":
    pattern, words = NUMBERS[name]
    validator = RegexValidator(rf"^(?:{pattern})\Z", f"{label} has the form {words}.")
    return models.CharField(label, max_length=length, blank=True, validators=[validator])


class Phase(models.TextChoices):
    """The phases of ClinicalTrials.gov (API v2); a trial can have two."""

    EARLY_PHASE1 = "EARLY_PHASE1", "Early phase 1"
    PHASE1 = "PHASE1", "Phase 1"
    PHASE2 = "PHASE2", "Phase 2"
    PHASE3 = "PHASE3", "Phase 3"
    PHASE4 = "PHASE4", "Phase 4"
    NA = "NA", "Not applicable"


class TrialQuerySet(models.QuerySet["Trial"]):
    """Words for choosing trials."""

    def visible_to(self, user: User) -> "TrialQuerySet":
        """The register is one for the installation: all of it, to whoever works with cases."""
        return self if user.team_ids() else self.none()

    def open(self) -> "TrialQuerySet":
        return self.filter(status__in=OPEN)

    def stale(self, today: date) -> "TrialQuerySet":
        """Not over, and not verified for longer than the limit, or never."""
        limit = today - timedelta(days=STALE_AFTER_DAYS)
        late = models.Q(verified_on__lt=limit) | models.Q(verified_on__isnull=True)
        return self.filter(late).exclude(status__in=OVER)

    def with_newer_text(self) -> "TrialQuerySet":
        """Whose published text changed after the criteria in force were made of it."""
        versions = CriteriaVersion.objects.filter(trial=models.OuterRef("pk")).order_by("-number")
        with_day = self.annotate(criteria_made_at=models.Subquery(versions.values("made_at")[:1]))
        newer = CriteriaVersion.text_changes(models.OuterRef("pk"), models.OuterRef("criteria_made_at"))
        return with_day.filter(models.Exists(newer))


@tracked
class Trial(Versioned):
    """A clinical trial as the register holds it. Its criteria are versions of their own."""

    short_name = models.CharField("short name", max_length=80, help_text="As people call it: A091401")
    title = models.CharField(max_length=300)
    official_title = models.CharField(max_length=600, blank=True)
    nct = _number("nct", "ClinicalTrials.gov number", 11)
    eudract = _number("eudract", "EudraCT number", 14)
    ctis = _number("ctis", "EU CT number (CTIS)", 17)
    isrctn = _number("isrctn", "ISRCTN number", 14)
    iras = _number("iras", "IRAS number", 7)
    other_numbers = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    phases = ArrayField(models.CharField(max_length=12, choices=Phase.choices), default=list, blank=True)
    status = models.CharField(max_length=30, choices=TrialStatus.choices, default=TrialStatus.RECRUITING)
    status_on = models.DateField("status as of", null=True, blank=True)
    why_stopped = models.CharField(max_length=300, blank=True)
    starts = models.CharField("starts", max_length=10, blank=True, help_text="A day or a month: 2026-07")
    ends = models.CharField("ends", max_length=10, blank=True, help_text="A day or a month: 2028-01")
    sponsor = models.CharField(max_length=200, blank=True)
    conditions = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    summary = models.TextField(blank=True)
    eligibility = models.TextField("eligibility, as published", blank=True)
    sex = models.CharField("sex, as published", max_length=10, blank=True)
    minimum_age = models.CharField("minimum age, as published", max_length=20, blank=True)
    maximum_age = models.CharField("maximum age, as published", max_length=20, blank=True)
    source = models.CharField(max_length=300, blank=True, help_text="Where what is held comes from")
    posted_on = models.DateField(
        "last update posted", null=True, blank=True, help_text="By the registry that it was imported from"
    )
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="trials_kept",
        help_text="Who keeps this entry true",
    )
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["short_name", "id"]
        indexes = [models.Index(fields=["status", "verified_on"], name="trials_trial_status")]
        constraints = [
            models.UniqueConstraint(
                fields=[name], name=f"trials_trial_{name}_once", condition=~models.Q(**{name: ""})
            )
            for name in NUMBERS
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def number(self) -> str:
        """The number under which it is best known, or its short name where it has none."""
        return next((getattr(self, name) for name in NUMBERS if getattr(self, name)), self.short_name)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_stale(self) -> bool:
        if self.status in OVER:
            return False
        return self.verified_on is None or (timezone.localdate() - self.verified_on).days > STALE_AFTER_DAYS


@tracked
class Arm(models.Model):
    """One arm, or cohort, of a trial. `drugs` are generic names."""

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="arms")
    name = models.CharField(max_length=200)
    text = models.TextField("what is given", blank=True)
    drugs = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class SiteStatus(models.TextChoices):
    OPEN = "open", "Open"
    NOT_YET = "not_yet", "Not yet open"
    CLOSED = "closed", "Closed"
    UNKNOWN = "unknown", "Not known"


@tracked
class TrialSite(models.Model):
    """Where a trial runs, and the person to ask there."""

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="sites")
    facility = models.CharField(max_length=200)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Where the site is one of the organisations known here",
    )
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=8, choices=SiteStatus.choices, default=SiteStatus.UNKNOWN)
    contact_name = models.CharField("contact", max_length=200, blank=True)
    contact_role = models.CharField("their role", max_length=100, blank=True)
    contact_phone = models.CharField("telephone", max_length=40, blank=True)
    contact_email = models.EmailField("e-mail", blank=True)
    is_imported = models.BooleanField(default=False, help_text="From a registry's file, not by hand")

    class Meta:
        ordering = ["country", "city", "facility", "id"]
        verbose_name = "site"

    def __str__(self) -> str:
        return self.facility


class CriteriaVersion(models.Model):
    """One version of a trial's structured criteria; the highest number is in force, and none is changed."""

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="criteria_versions")
    number = models.PositiveIntegerField()
    tree = models.JSONField(help_text="As trials.criteria reads it")
    note = models.CharField("what changed, and why", max_length=300, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["trial", "-number"]
        constraints = [models.UniqueConstraint(fields=["trial", "number"], name="trials_criteria_number")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"criteria {self.number} of trial {self.trial_id}"

    @staticmethod
    def text_changes(trial: Any, since: Any) -> models.QuerySet[Event]:
        """Changes of a trial's published text, by hand or accepted from the registry."""
        return Event.objects.filter(
            target_type=Trial._meta.label_lower,
            target_id=trial,
            type=EventType.TRIAL_CHANGED,
            data__fields__contains="eligibility",
            at__gt=since,
        )

    @property
    def text_changed_at(self) -> datetime | None:
        """When the published text last changed after this version was made of it; None where it has not."""
        changes = self.text_changes(self.trial_id, self.made_at)
        return changes.order_by("-id").values_list("at", flat=True).first()
