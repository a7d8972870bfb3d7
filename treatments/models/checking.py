"""The guidance checks made of plans, and the answers given to their findings."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from audit.models import APPEND_ONLY
from treatments.models.plan import Plan


class CheckQuerySet(models.QuerySet["Check"]):
    """Words for choosing checks."""

    def visible_to(self, user: User) -> "CheckQuerySet":
        return self.filter(plan__episode__case__team__in=user.team_ids())


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
    local_rules = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="The team's own rules that were in force, each with its version: LOCAL-3 v2",
    )

    objects = CheckQuerySet.as_manager()

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

    PATIENT_CHOICE = "patient_choice", "The patient's choice"
    FITNESS = "fitness", "The patient's fitness"
    COMORBIDITY = "comorbidity", "Other illness"
    EARLIER_TREATMENT = "earlier_treatment", "Treatment already given"
    TRIAL = "trial", "Within a trial or a licence for this tumour"
    TECHNICAL = "technical", "Technical: site or anatomy of the tumour"
    LOCAL_EXPERTISE = "local_expertise", "Expertise or services here"
    OTHER = "other", "Other, as written"


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
    local_rule = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="Where it is a standing reason of the team: the local rule with its version, LOCAL-3 v2",
    )
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
