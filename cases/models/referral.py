"""How a case came: from whom, about what, and what became of it."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Organisation, Team, User
from audit.history import tracked
from audit.models import Versioned
from cases.models.case import Case
from cases.models.patient import Patient
from cases.workflow import ReferralStatus


class Urgency(models.TextChoices):
    URGENT_SUSPECTED_CANCER = "urgent_suspected_cancer", "Urgent suspected cancer"
    URGENT = "urgent", "Urgent"
    ROUTINE = "routine", "Routine"


def _sent_by_colleagues(user: User) -> models.Q:
    mine = models.Q(pk__in=[])
    for organisation_id, specialty in user.referring_as():
        mine |= models.Q(organisation=organisation_id, specialty=specialty)
    return mine


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Words for choosing referrals."""

    def referred_by_colleagues_of(self, user: User) -> "ReferralQuerySet":
        """Those that the user, or a colleague of the same organisation and specialty, sent."""
        return self.filter(_sent_by_colleagues(user))

    def visible_to(self, user: User) -> "ReferralQuerySet":
        """Those to the user's teams, and those that they or a colleague sent."""
        return self.filter(models.Q(team__in=user.team_ids()) | _sent_by_colleagues(user))

    def locked(self, pk: int) -> "Referral":
        """Held until the transaction ends; who it is about is read once it is held, since records get merged."""
        self.select_for_update().only("pk").get(pk=pk)
        return self.select_related("patient", "team", "organisation").get(pk=pk)

    def waiting(self) -> "ReferralQuerySet":
        return self.filter(status=ReferralStatus.RECEIVED)


@tracked
class Referral(Versioned):
    """One request to take a patient on."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="referrals")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="referrals")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="referrals")
    referred_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    referrer_name = models.CharField("referring clinician", max_length=200)
    specialty = models.CharField("referrer's specialty", max_length=80, blank=True)
    received_on = models.DateField()
    urgency = models.CharField(
        max_length=30, choices=Urgency.choices, default=Urgency.URGENT_SUSPECTED_CANCER
    )
    reason = models.TextField("reason for referral")
    question = models.TextField("question for the MDT", blank=True)
    patient_knows = models.TextField("what the patient knows", blank=True)
    topography = models.CharField("suspected site", max_length=5, blank=True)
    status = models.CharField(max_length=20, choices=ReferralStatus.choices, default=ReferralStatus.RECEIVED)
    status_reason = models.TextField("reason", blank=True, help_text="Why it was returned or declined")
    go_instead_to = models.CharField("where to go instead", max_length=200, blank=True)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="referrals")
    created_at = models.DateTimeField(db_default=Now())

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-id"]
        indexes = [
            models.Index(fields=["team", "status", "-received_on"], name="cases_referral_team"),
            models.Index(fields=["organisation", "specialty", "-received_on"], name="cases_referral_sender"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(case__isnull=False) | ~models.Q(status=ReferralStatus.ACCEPTED),
                name="cases_referral_accepted_has_case",
            )
        ]

    def __str__(self) -> str:
        return f"referral {self.pk}"
