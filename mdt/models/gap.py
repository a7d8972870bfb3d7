"""What is missing of an episode's minimum data set, who owes it, and by when."""

from typing import Any

from django.db import models
from django.db.models.functions import Now

from accounts.models import Membership, User
from accounts.permissions import Permission, Role, roles_with
from audit.history import tracked
from cases.models import Episode
from mdt.minimum import BY_CODE
from mdt.models.meeting import Meeting
from mdt.workflow import GapClosed


class GapQuerySet(models.QuerySet["Gap"]):
    """Words for choosing gaps."""

    def visible_to(self, user: User) -> "GapQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def open(self) -> "GapQuerySet":
        return self.filter(closed_at__isnull=True)

    def with_its_owner(self) -> Any:
        """`is_named`: somebody is named who still works in the team; else everyone of the role owes it."""
        here = Membership.objects.active().with_role(*roles_with(Permission.RECORD_FACTS))
        here = here.filter(user=models.OuterRef("owner"), team=models.OuterRef("episode__case__team"))
        return self.annotate(is_named=models.Exists(here))


@tracked
class Gap(models.Model):
    """A missing fact with the role that owes it, and by when; it closes by itself when the fact arrives."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="gaps")
    kind = models.CharField(max_length=30, help_text="A code of mdt.minimum")
    role = models.CharField(max_length=30, choices=Role.choices)
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: everyone of the role",
    )
    meeting = models.ForeignKey(
        Meeting,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gaps",
        help_text="Before whose cut-off",
    )
    due_on = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=12, choices=GapClosed.choices, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = GapQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["role", "due_on"],
                name="mdt_gap_open_role",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["due_on"], name="mdt_gap_open_due", condition=models.Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["reminded_at"],
                name="mdt_gap_asked",
                condition=models.Q(closed_at__isnull=True, reminded_at__isnull=False),
            ),
            models.Index(
                fields=["closed_at"],
                name="mdt_gap_arrived",
                condition=models.Q(closed_because=GapClosed.ARRIVED),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "kind"],
                name="mdt_gap_open_once",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) ^ ~models.Q(closed_because=""),
                name="mdt_gap_closed_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of episode {self.episode_id}"

    @property
    def label(self) -> str:
        item = BY_CODE.get(self.kind)
        return item.label if item else self.kind

    @property
    def owed_by(self) -> str:
        return self.owner.full_name if self.owner else f"Every {self.get_role_display().lower()}"
