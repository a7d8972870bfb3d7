"""What is on a meeting's list."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from accounts.permissions import Role
from audit.history import tracked
from audit.models import Versioned
from cases.models import Episode
from mdt.models.meeting import Meeting
from mdt.workflow import (
    OFF_THE_LIST,
    STANDING,
    TAKEN_OFF,
    ListingStatus,
    ListingUrgency,
    PostponeReason,
    ProposalReason,
    Track,
)
from treatments.models import Plan

ROW_OF_THE_LIST = (
    *("meeting", "position", "question", "status", "status_reason", "version", "track", "urgency", "guest"),
    *("minutes", "off_reason", "late_reason", "gaps_accepted_reason", "source", "standard", "pulled_back_at"),
    *("listed_by", "responsible__full_name", "plan__number", "plan__status"),
    *("episode__facts", "episode__case__reference"),
    *(f"episode__case__patient__{name}" for name in ("family_name", "given_name", "title", "is_dead")),
)


class ListingQuerySet(models.QuerySet["Listing"]):
    """Words for choosing listings."""

    def visible_to(self, user: User) -> "ListingQuerySet":
        return self.filter(meeting__team__in=user.team_ids())

    def on_the_list(self) -> "ListingQuerySet":
        return self.exclude(status__in=OFF_THE_LIST)

    def in_the_room(self) -> "ListingQuerySet":
        """One case's page in the meeting, in one statement."""
        people = ("responsible", "plan__proposed_by", "episode__case__key_worker")
        rows = self.select_related("meeting__team", "meeting__screen__presenter", *people)
        return rows.select_related("episode__case__patient", "episode__case__team__organisation")

    def for_the_list(self) -> "ListingQuerySet":
        """No more columns than a row of the meeting's list shows."""
        return self.select_related("episode__case__patient", "responsible", "plan").only(*ROW_OF_THE_LIST)


@tracked
class Listing(Versioned):
    """An episode on a meeting's list, with the question for the MDT."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="listings")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="listings")
    position = models.PositiveSmallIntegerField()
    track = models.CharField(max_length=20, choices=Track.choices, default=Track.DISCUSS)
    question = models.TextField("question for the MDT")
    responsible = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="responsible consultant",
    )
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="listings")
    status = models.CharField(max_length=12, choices=ListingStatus.choices, default=ListingStatus.LISTED)
    status_reason = models.CharField(max_length=300, blank=True)
    off_reason = models.CharField(
        max_length=20, choices=PostponeReason.choices, blank=True, default="", db_default=""
    )
    off_at = models.DateTimeField("when it was taken off", null=True, blank=True, editable=False)
    urgency = models.CharField(
        max_length=10, choices=ListingUrgency.choices, blank=True, default="", db_default=""
    )
    source = models.CharField(
        "why it was proposed",
        max_length=20,
        choices=ProposalReason.choices,
        blank=True,
        default="",
        db_default="",
        help_text="Empty: somebody put it on the list by hand",
    )
    guest = models.CharField(
        "guest", max_length=200, blank=True, default="", db_default="", help_text="Who joins for this case"
    )
    minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Where it needs more or less time than the team's cases do"
    )
    gaps_accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    gaps_accepted_reason = models.CharField(
        "why it is listed with facts missing", max_length=300, blank=True, default="", db_default=""
    )
    late_reason = models.CharField(
        "why it is listed after the cut-off", max_length=300, blank=True, default="", db_default=""
    )
    late_approved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    late_approved_at = models.DateTimeField(null=True, blank=True)
    standard = models.ForeignKey(
        "mdt.StandardVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="listings",
        db_index=False,
    )
    standard_confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    standard_confirmed_at = models.DateTimeField(null=True, blank=True)
    pulled_back_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pulled_back_at = models.DateTimeField(null=True, blank=True)
    pulled_back_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    listed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "position", "id"]
        indexes = [
            models.Index(fields=["episode", "-id"], name="mdt_listing_episode"),
            models.Index(
                fields=["episode"], name="mdt_listing_standing", condition=models.Q(status__in=STANDING)
            ),
            models.Index(
                fields=["episode"], name="mdt_listing_off", condition=models.Q(status__in=TAKEN_OFF)
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["meeting", "episode"], name="mdt_listing_once")]

    def __str__(self) -> str:
        return f"place {self.position}"

    @property
    def is_on_the_list(self) -> bool:
        return self.status not in OFF_THE_LIST


@tracked
class SetAside(models.Model):
    """A case that the product proposed and somebody left off this meeting."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="set_aside")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "episode"], name="mdt_set_aside_once")]

    def __str__(self) -> str:
        return f"left off meeting {self.meeting_id}"


@tracked
class Preparation(models.Model):
    """That someone has prepared a listed case for a role."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="preparations")
    role = models.CharField(max_length=30, choices=Role.choices)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "role"], name="mdt_preparation_once")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, listing {self.listing_id}"
