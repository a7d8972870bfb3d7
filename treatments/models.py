"""Plans, their treatments, the guidance checks made of them and the answers given."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from cases.models import Episode
from treatments.workflow import PlanStatus


class PlanQuerySet(models.QuerySet["Plan"]):
    """Words for choosing plans."""

    def visible_to(self, user: User) -> "PlanQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def current(self) -> "PlanQuerySet":
        return self.exclude(status__in=[PlanStatus.SUPERSEDED, PlanStatus.DECLINED, PlanStatus.NOT_DELIVERED])

    def waiting(self) -> "PlanQuerySet":
        """Proposed, and not yet agreed."""
        return self.filter(status=PlanStatus.PROPOSED)

    def for_the_list(self) -> "PlanQuerySet":
        """What a row of the list shows, in a fixed number of statements."""
        return self.select_related(
            "episode__case__patient", "episode__case__team__organisation", "proposed_by", "named_surgeon"
        ).prefetch_related("treatments", "holds")


FIXED_COLUMNS = ("episode_id", "number", "intent", "trial", "palliative_care_referral", "named_surgeon_id")


def _row(version: str) -> str:
    return f"({', '.join(f'{version}.{column}' for column in FIXED_COLUMNS)})"


class NotDelivered(models.TextChoices):
    """Why an agreed plan was not carried out, or not to its end."""

    PATIENT_CHOICE = "patient_choice", "The patient's choice"
    PROGRESSION = "progression", "The disease progressed"
    UNFIT = "unfit", "The patient became too unwell"
    DIED = "died", "The patient died"
    MOVED = "moved", "Treatment went to another centre"
    SERVICE = "service", "The service could not give it"
    OTHER = "other", "Other"


@tracked
class Plan(Versioned):
    """Proposed treatments with an intent; fixed from `proposed` on: an edit is a new plan that replaces it."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=15, choices=PlanStatus.choices, default=PlanStatus.DRAFT)
    status_reason = models.CharField(max_length=300, blank=True)
    not_delivered_reason = models.CharField(max_length=20, choices=NotDelivered.choices, blank=True)
    intent = models.CharField(max_length=10)
    trial = models.CharField(max_length=200, blank=True)
    palliative_care_referral = models.BooleanField(null=True, blank=True)
    named_surgeon = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The operating specialist of a metastasectomy",
    )
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["episode", "-number"]
        indexes = [models.Index(fields=["status", "-proposed_at"], name="treatments_plan_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["episode", "number"], name="treatments_plan_number"),
            models.CheckConstraint(
                condition=models.Q(status=PlanStatus.NOT_DELIVERED) ^ models.Q(not_delivered_reason=""),
                name="treatments_not_delivered_has_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="content_fixed_once_proposed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.status <> 'draft' AND (NEW.status = 'draft' OR "
                    f"{_row('NEW')} IS DISTINCT FROM {_row('OLD')})"
                ),
            )
        ]

    def __str__(self) -> str:
        return f"Plan {self.number}"


@tracked
class Treatment(models.Model):
    """One line of a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="treatments")
    position = models.PositiveSmallIntegerField()
    modality = models.CharField(max_length=30)
    procedure = models.CharField(max_length=30, blank=True)
    timing = models.CharField(max_length=15, blank=True)
    technique = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    drugs = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    text = models.CharField("detail", max_length=300, blank=True)

    class Meta:
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "position"],
                name="treatments_position_once",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="fixed_once_proposed",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (
                        SELECT FROM treatments_plan
                        WHERE id IN (NEW.plan_id, OLD.plan_id) AND status <> 'draft'
                    ) THEN
                        RAISE EXCEPTION 'pgtrigger: a plan is fixed once it is proposed';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            )
        ]

    def __str__(self) -> str:
        return self.modality


class Check(models.Model):
    """The guidance's findings on a plan as it stood, frozen: nothing rewrites it."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="checks")
    made_at = models.DateTimeField(db_default=Now())
    made_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    guidance_version = models.CharField(max_length=20)
    scope = models.CharField(max_length=20)
    verdict = models.CharField(max_length=25)
    case_facts = models.JSONField(help_text="The `case` that was checked")
    plan_content = models.JSONField(help_text="The `plan` that was checked")
    facts_hash = models.CharField(max_length=64)
    result = models.JSONField(help_text="The whole answer of the check")

    class Meta:
        ordering = ["plan", "-made_at", "-id"]
        indexes = [models.Index(fields=["plan", "-id"], name="treatments_check_newest")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.verdict} ({self.guidance_version})"

    @property
    def findings(self) -> list[dict[str, object]]:
        findings: list[dict[str, object]] = self.result["findings"]
        return findings


class ReasonCode(models.TextChoices):
    """Why the meeting departs from the guidance."""

    PATIENT_CHOICE = "patient_choice", "The patient's informed choice"
    COMORBIDITY = "comorbidity", "Other illness or fitness"
    ANATOMY = "anatomy", "Site or anatomy of the tumour"
    BIOLOGY = "biology", "Behaviour of the tumour"
    NEWER_EVIDENCE = "newer_evidence", "Evidence newer than the guidance"
    TRIAL = "trial", "Within a trial or a licence for this tumour"
    EARLIER_TREATMENT = "earlier_treatment", "Treatment already given"
    SERVICE = "service", "What the service can offer"
    OTHER = "other", "Other"


@tracked
class Response(models.Model):
    """An answer to a finding: a coded reason with text and giver, or an acknowledgement with a note."""

    class Kind(models.TextChoices):
        REASON = "reason", "Reason"
        ACKNOWLEDGEMENT = "acknowledgement", "Acknowledgement"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="responses")
    check_made = models.ForeignKey(
        Check, on_delete=models.PROTECT, related_name="+", help_text="The check whose finding it answers"
    )
    rule = models.CharField(max_length=20)
    treatment = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0-based place in the plan")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    reason_code = models.CharField(max_length=20, choices=ReasonCode.choices, blank=True)
    text = models.CharField(max_length=1000)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["plan", "rule", "treatment", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="reason") | ~models.Q(reason_code=""),
                name="treatments_reason_is_coded",
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="treatments_response_has_text"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.rule}"


@tracked
class Hold(models.Model):
    """Why a plan may not start yet."""

    class Kind(models.TextChoices):
        SECOND_OPINION = "second_opinion", "A second opinion is awaited"
        PATIENT_NOT_TOLD = "patient_not_told", "The patient has not been told"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    note = models.CharField(max_length=300, blank=True)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-placed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind"],
                name="treatments_hold_once",
                condition=models.Q(lifted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
