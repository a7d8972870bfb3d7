"""Patients referred to a trial: from the referral over screening to its end."""

from datetime import date

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from cases.models import Episode
from trials.models.trial import Trial, TrialSite
from trials.workflow import TRIAL_REFERRAL_OPEN, TrialReferralStatus


class EndReason(models.TextChoices):
    """Why a referral ended without enrolment."""

    HISTOLOGY = "histology", "Histology not as asked"
    BIOMARKER = "biomarker", "Biomarker not as asked"
    EXTENT = "extent", "Extent of the disease not as asked"
    FITNESS = "fitness", "Performance status or organ function"
    EARLIER_TREATMENT = "earlier_treatment", "Earlier treatment"
    MEASURABLE = "measurable", "No measurable disease"
    PROGRESSED = "progressed", "Became too ill, or the disease progressed"
    NO_SLOT = "no_slot", "No place open"
    TRAVEL = "travel", "Travel or burden"
    OTHER_TREATMENT = "other_treatment", "Another treatment preferred"
    DIED = "died", "The patient died"
    OTHER = "other", "Another reason"


class TrialReferralQuerySet(models.QuerySet["TrialReferral"]):
    """Words for choosing referrals to trials."""

    def visible_to(self, user: User) -> "TrialReferralQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def open(self) -> "TrialReferralQuerySet":
        """A recorded death ends what is open at once, before anything is withdrawn."""
        return self.filter(status__in=TRIAL_REFERRAL_OPEN, episode__case__patient__is_dead=False)

    def overdue(self, today: date) -> "TrialReferralQuerySet":
        return self.open().filter(step_due_on__lt=today)


@tracked
class TrialReferral(Versioned):
    """One patient put forward for one trial."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="trial_referrals")
    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="referrals")
    site = models.ForeignKey(
        TrialSite, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    status = models.CharField(
        max_length=14, choices=TrialReferralStatus.choices, default=TrialReferralStatus.REFERRED
    )
    reason = models.CharField(max_length=17, choices=EndReason.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    referred_on = models.DateField()
    step_due_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="Who chases it")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = TrialReferralQuerySet.as_manager()

    class Meta:
        ordering = ["step_due_on", "id"]
        indexes = [
            models.Index(
                fields=["step_due_on"],
                name="trials_referral_step",
                condition=models.Q(status__in=TRIAL_REFERRAL_OPEN),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "trial"],
                name="trials_referral_open_once",
                condition=models.Q(status__in=TRIAL_REFERRAL_OPEN),
            )
        ]

    def __str__(self) -> str:
        return f"referral {self.pk}"


class TrialReferralStep(models.Model):
    """Each step of a referral to a trial, as it was recorded."""

    referral = models.ForeignKey(TrialReferral, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(max_length=14, choices=TrialReferralStatus.choices)
    on = models.DateField("date")
    reason = models.CharField(max_length=17, choices=EndReason.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the service itself"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["referral", "id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.get_status_display()
