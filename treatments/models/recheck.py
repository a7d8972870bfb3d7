"""Re-checks of a team's open plans when the guidance changes, and the plans of which it says something else now."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import Team, User
from audit.models import APPEND_ONLY
from treatments.models.checking import Check
from treatments.models.plan import Plan
from treatments.workflow import PlanStatus, RecheckStatus

RECHECKED_STATES = (PlanStatus.PROPOSED, PlanStatus.AGREED, PlanStatus.IN_PROGRESS)
"""Plans that somebody may still act on; a draft is checked as it is typed, anyway."""


class Recheck(models.Model):
    """One run over the open plans of a team, from one state of the guidance to another."""

    class Cause(models.TextChoices):
        GUIDANCE = "guidance", "The guidance changed"
        LOCAL_RULES = "local_rules", "The team's local rules changed"
        ASKED = "asked", "Asked for"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="rechecks")
    cause = models.CharField(max_length=15, choices=Cause.choices)
    started_by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the service itself",
    )
    version_from = models.CharField(max_length=100, blank=True, help_text="As the plans were checked before")
    version_to = models.CharField(max_length=20)
    local_rules = models.JSONField(default=list, help_text="The local rules in force, with their versions")
    status = models.CharField(max_length=10, choices=RecheckStatus.choices, default=RecheckStatus.RUNNING)
    problem = models.CharField(max_length=200, blank=True, help_text="The kind of fault; never its text")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0, help_text="Plans whose verdict is another now")
    last_plan_id = models.BigIntegerField(default=0, help_text="Plans up to this id are done")
    started_at = models.DateTimeField(db_default=Now())
    worked_at = models.DateTimeField(db_default=Now(), help_text="When its last batch was written")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["team", "-id"], name="treatments_recheck_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["team"],
                name="treatments_recheck_one_runs",
                condition=models.Q(status=RecheckStatus.RUNNING),
            )
        ]

    def __str__(self) -> str:
        return f"Re-check {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.status == RecheckStatus.RUNNING


class RecheckedPlanQuerySet(models.QuerySet["RecheckedPlan"]):
    """Words for choosing plans of which the guidance says something else now."""

    def visible_to(self, user: User) -> "RecheckedPlanQuerySet":
        return self.filter(run__team__in=user.team_ids())

    def standing(self) -> "RecheckedPlanQuerySet":
        """The newest of each open plan, unless somebody has checked the plan again since."""
        newer = RecheckedPlan.objects.filter(plan=OuterRef("plan_id"), pk__gt=OuterRef("pk"))
        checked = Check.objects.filter(plan=OuterRef("plan_id"), pk__gt=OuterRef("compared_with_id"))
        still_open = self.filter(plan__status__in=RECHECKED_STATES)
        return still_open.exclude(Exists(newer)).exclude(Exists(checked))

    def verdict_changed(self) -> "RecheckedPlanQuerySet":
        return self.exclude(old_verdict=F("new_verdict"))

    def difference_only(self) -> "RecheckedPlanQuerySet":
        """The verdict is the same, but something is owed that was not."""
        return self.filter(old_verdict=F("new_verdict"))

    def unseen(self) -> "RecheckedPlanQuerySet":
        return self.filter(seen__isnull=True)

    def for_the_list(self) -> "RecheckedPlanQuerySet":
        rows = self.select_related("run__team", "plan__episode__case", "seen__by")
        rows = rows.annotate(refused=F("result__refused"))
        return rows.defer("result", "plan__episode__facts", "plan__episode__fact_sources")


class RecheckedPlan(models.Model):
    """What the guidance would say today of a plan as it was checked: a note beside the check, never in its place."""

    run = models.ForeignKey(Recheck, on_delete=models.PROTECT, related_name="plans")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="rechecks")
    compared_with = models.ForeignKey(
        Check, on_delete=models.PROTECT, related_name="+", help_text="Whose facts and plan were judged again"
    )
    old_verdict = models.CharField(max_length=25)
    new_verdict = models.CharField(max_length=25, blank=True, help_text="Empty: it can't be checked any more")
    added = models.JSONField(default=list, help_text="Findings that are new")
    removed = models.JSONField(default=list, help_text="Findings that are gone")
    result = models.JSONField(help_text="The whole answer, or why there is none")
    at = models.DateTimeField(db_default=Now())

    objects = RecheckedPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["plan", "-id"], name="treatments_rechecked_newest")]
        constraints = [
            models.UniqueConstraint(fields=["run", "plan"], name="treatments_rechecked_once"),
            models.CheckConstraint(
                condition=~Q(old_verdict=F("new_verdict")) | ~Q(added=[]),
                name="treatments_rechecked_says_something",
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.old_verdict} → {self.new_verdict or 'cannot be checked'}"


class SeenChange(models.Model):
    """That somebody took note of what a re-check found."""

    rechecked = models.OneToOneField(RecheckedPlan, on_delete=models.PROTECT, related_name="seen")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"Seen by {self.by}"
