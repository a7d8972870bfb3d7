"""Meetings of a team."""

from datetime import date, datetime, time

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Team, User
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from mdt.rhythm import LONDON, at, cut_off
from mdt.workflow import NOT_OPENED, OFF_THE_LIST, OPEN, ListingStatus, MeetingStatus


def to_come(meeting: str = "meeting__") -> models.Q:
    """That somebody will hear its cases: its session is open, or its day has not passed."""
    today = at(timezone.localdate(), time.min)
    return models.Q(**{f"{meeting}status__in": OPEN}) | models.Q(
        **{f"{meeting}status__in": NOT_OPENED, f"{meeting}starts_at__gte": today}
    )


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Words for choosing meetings."""

    def visible_to(self, user: User) -> "MeetingQuerySet":
        return self.filter(team__in=user.team_ids())

    def takes_listings(self) -> "MeetingQuerySet":
        return self.filter(status=MeetingStatus.PLANNED)

    def left_behind(self) -> "MeetingQuerySet":
        """Their day has passed, and nobody opened or cancelled them."""
        return self.filter(status__in=NOT_OPENED, starts_at__lt=at(timezone.localdate(), time.min))

    def with_counts(self) -> "MeetingQuerySet":
        """How many cases are on the list, and how many of them are decided."""
        decided = models.Q(listings__status=ListingStatus.DECIDED)
        return self.annotate(
            cases=models.Count("listings", filter=~models.Q(listings__status__in=OFF_THE_LIST)),
            decided=models.Count("listings", filter=decided),
        )


@tracked
class Meeting(Versioned):
    """One meeting of a team. Its chair is a duty in this meeting, not a role."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    is_extra = models.BooleanField("outside the weekly rhythm", default=False, db_default=False)
    rhythm_on = models.DateField(
        "day of the weekly rhythm",
        null=True,
        blank=True,
        editable=False,
        help_text="Which it keeps when it is moved to another day; none for an extra meeting",
    )
    cut_off_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on the chair approves what is added"
    )
    status = models.CharField(max_length=20, choices=MeetingStatus.choices, default=MeetingStatus.PLANNED)
    chair = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["starts_at"], name="mdt_meeting_starts")]
        constraints = [models.UniqueConstraint(fields=["team", "starts_at"], name="mdt_meeting_once")]

    def __str__(self) -> str:
        return f"{self.team} {self.starts_at:%d %b %Y}"

    @property
    def day(self) -> date:
        """In the United Kingdom."""
        return self.starts_at.astimezone(LONDON).date()

    @property
    def closes_at(self) -> datetime:
        """The cut-off; worked out for a meeting that was planned before cut-offs were kept."""
        return self.cut_off_at or cut_off(self.starts_at, self.team.cutoff_working_days)

    def is_late(self, now: datetime) -> bool:
        """Whether an addition to its list needs the chair."""
        return self.status != MeetingStatus.PLANNED or now >= self.closes_at


class MeetingSignature(models.Model):
    """That the chair signed a meeting's outcomes; it names the decisions it saw, and changes none."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="signatures")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decisions = models.JSONField(help_text="Ids of the decisions that stood when it was signed")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-at", "-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"signature of meeting {self.meeting_id}"
