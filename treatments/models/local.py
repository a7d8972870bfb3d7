"""What a team adds to the guidance: rules and standing reasons; each change is a version that two people answer for."""

from datetime import date

from django.db import models
from django.db.models import Exists, Expression, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import Team, User
from accounts.permissions import Role
from audit.models import APPEND_ONLY
from treatments.models.checking import ReasonCode


class LocalRuleQuerySet(models.QuerySet["LocalRule"]):
    """Words for choosing local rules."""

    def visible_to(self, user: User) -> "LocalRuleQuerySet":
        return self.filter(team__in=user.team_ids())


class LocalRule(models.Model):
    """The rule as a whole, whatever its version; known as LOCAL-<id>."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="local_rules")
    created_at = models.DateTimeField(db_default=Now())

    objects = LocalRuleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"LOCAL-{self.pk}"


class LocalRuleVersionQuerySet(models.QuerySet["LocalRuleVersion"]):
    """Words for choosing versions."""

    def approved_by(self, on: date | Expression) -> "LocalRuleVersionQuerySet":
        """Approved, and begun on that day."""
        return self.filter(approval__isnull=False, active_from__lte=on)

    def in_force(self, on: date | Expression) -> "LocalRuleVersionQuerySet":
        """The newest version of each rule that was approved and has begun, unless it has ended or is retired."""
        newer = LocalRuleVersion.objects.approved_by(on).filter(
            rule=OuterRef("rule_id"), number__gt=OuterRef("number")
        )
        not_ended = Q(active_until__isnull=True) | Q(active_until__gte=on)
        current = self.approved_by(on).filter(not_ended, rule__retirement__isnull=True)
        return current.exclude(Exists(newer))

    def to_approve(self) -> "LocalRuleVersionQuerySet":
        """Proposed, and neither approved nor overtaken by a later version."""
        newer = LocalRuleVersion.objects.filter(rule=OuterRef("rule_id"), number__gt=OuterRef("number"))
        open_ones = self.filter(approval__isnull=True, rule__retirement__isnull=True)
        return open_ones.exclude(Exists(newer))


class LocalRuleVersion(models.Model):
    """What a rule says in one version; nothing rewrites it."""

    class Kind(models.TextChoices):
        FINDING = "finding", "A finding of the team's own"
        STANDING_REASON = "standing_reason", "A standing reason for a deviation"

    rule = models.ForeignKey(LocalRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField(max_length=120)
    condition = models.JSONField(default=dict, help_text="Of which cases and plans it speaks")
    severity = models.CharField(max_length=15, blank=True)
    message = models.CharField(max_length=500, blank=True)
    national_rule = models.CharField(
        max_length=20, blank=True, help_text="Whose deviation it gives a reason for"
    )
    reason_code = models.CharField(max_length=20, choices=ReasonCode.choices, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    source = models.CharField(max_length=200)
    review_on = models.DateField()
    active_from = models.DateField()
    active_until = models.DateField(null=True, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    objects = LocalRuleVersionQuerySet.as_manager()

    class Meta:
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="treatments_local_version_once"),
            models.CheckConstraint(
                condition=Q(kind="finding", severity__in=["deviation", "caution", "advice"], national_rule="")
                | (Q(kind="standing_reason", severity="") & ~Q(national_rule="") & ~Q(reason_code="")),
                name="treatments_local_rule_is_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(active_until__isnull=True) | Q(active_until__gte=models.F("active_from")),
                name="treatments_local_rule_ends_after_it_begins",
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.rule.label} v{self.number}"


class LocalRuleApproval(models.Model):
    """That a second consultant approved a version."""

    version = models.OneToOneField(LocalRuleVersion, on_delete=models.PROTECT, related_name="approval")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role.choices)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"Approved by {self.approved_by}"


class LocalRuleRetirement(models.Model):
    """That a rule is no longer used, in any version, and why."""

    rule = models.OneToOneField(LocalRule, on_delete=models.PROTECT, related_name="retirement")
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"Retired by {self.retired_by}"
