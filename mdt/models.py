"""Meetings, what is on their list, who was there, and what was decided by whom."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import Team, User
from accounts.permissions import Competence, Role
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from cases.models import Episode
from mdt.workflow import DecisionKind, ListingStatus, MeetingStatus, Outcome
from treatments.models import Check, Plan


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Words for choosing meetings."""

    def visible_to(self, user: User) -> "MeetingQuerySet":
        return self.filter(team__in=user.team_ids())

    def takes_listings(self) -> "MeetingQuerySet":
        return self.filter(status=MeetingStatus.PLANNED)

    def with_counts(self) -> "MeetingQuerySet":
        """How many cases are on the list, and how many of them are decided."""
        off = [ListingStatus.POSTPONED, ListingStatus.WITHDRAWN]
        decided = models.Q(listings__status=ListingStatus.DECIDED)
        return self.annotate(
            cases=models.Count("listings", filter=~models.Q(listings__status__in=off)),
            decided=models.Count("listings", filter=decided),
        )


@tracked
class Meeting(Versioned):
    """One meeting of a team. Its chair is a duty in this meeting, not a role."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=20, choices=MeetingStatus.choices, default=MeetingStatus.PLANNED)
    chair = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [models.UniqueConstraint(fields=["team", "starts_at"], name="mdt_meeting_once")]

    def __str__(self) -> str:
        return f"{self.team} {self.starts_at:%d %b %Y}"


ROW_OF_THE_LIST = (
    *("meeting", "position", "question", "status", "status_reason", "version"),
    *("responsible__full_name", "plan__number", "plan__status"),
    *("episode__facts", "episode__case__reference"),
    *(f"episode__case__patient__{name}" for name in ("family_name", "given_name", "title", "is_dead")),
)


class ListingQuerySet(models.QuerySet["Listing"]):
    """Words for choosing listings."""

    def visible_to(self, user: User) -> "ListingQuerySet":
        return self.filter(meeting__team__in=user.team_ids())

    def on_the_list(self) -> "ListingQuerySet":
        return self.exclude(status__in=[ListingStatus.POSTPONED, ListingStatus.WITHDRAWN])

    def in_the_room(self) -> "ListingQuerySet":
        """One case's page in the meeting, in one statement."""
        people = ("responsible", "plan__proposed_by", "episode__case__key_worker")
        rows = self.select_related("meeting__team", "episode__case__patient", *people)
        decided = Decision.objects.filter(listing=models.OuterRef("pk"))
        return rows.select_related("episode__case__team__organisation").annotate(
            has_decision=models.Exists(decided)
        )

    def for_the_list(self) -> "ListingQuerySet":
        """No more columns than a row of the meeting's list shows."""
        return self.select_related("episode__case__patient", "responsible", "plan").only(*ROW_OF_THE_LIST)


@tracked
class Listing(Versioned):
    """An episode on a meeting's list, with the question for the MDT."""

    class Track(models.TextChoices):
        DISCUSS = "discuss", "Discuss"
        STANDARD_OF_CARE = "standard_of_care", "Standard of care"

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
    listed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "position", "id"]
        indexes = [models.Index(fields=["episode", "-id"], name="mdt_listing_episode")]
        constraints = [models.UniqueConstraint(fields=["meeting", "episode"], name="mdt_listing_once")]

    def __str__(self) -> str:
        return f"place {self.position}"

    @property
    def is_on_the_list(self) -> bool:
        return self.status not in {ListingStatus.POSTPONED, ListingStatus.WITHDRAWN}


@tracked
class Discussion(models.Model):
    """When a case was marked as being discussed; who was there in that time is present for its decision."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="discussions")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["listing"], name="mdt_discussion_one_open", condition=models.Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"discussion of listing {self.listing_id}"


@tracked
class Attendance(models.Model):
    """One interval in which a person was at a meeting, in one role."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", "In person"
        REMOTE = "remote", "Remote"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendances")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role.choices)
    competences = ArrayField(
        models.CharField(max_length=30, choices=Competence.choices), default=list, blank=True
    )
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.IN_PERSON)
    deputises_for = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField(db_default=Now())
    left_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["role", "arrived_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person"],
                name="mdt_attendance_one_open",
                condition=models.Q(left_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(left_at__isnull=True) | models.Q(left_at__gte=models.F("arrived_at")),
                name="mdt_attendance_leaves_after_arriving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} at meeting {self.meeting_id}"


@tracked
class Recusal(models.Model):
    """Someone who steps aside from one case, with the interest declared; they don't count for its quorum."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="recusals")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    interest = models.CharField("interest declared", max_length=300)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "person"], name="mdt_recusal_once")]

    def __str__(self) -> str:
        return f"recusal from listing {self.listing_id}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Words for choosing decisions."""

    def visible_to(self, user: User) -> "DecisionQuerySet":
        from cases.models import Case

        return self.filter(models.Exists(Case.objects.visible_to(user).filter(pk=models.OuterRef("case_id"))))

    def standing(self) -> "DecisionQuerySet":
        """Those that no later decision replaces."""
        return self.filter(replaced_by__isnull=True)


class Decision(models.Model):
    """What the MDT decided, fixed when it is recorded; a correction is a new one that names this."""

    listing = models.ForeignKey(Listing, null=True, on_delete=models.PROTECT, related_name="decisions")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="decisions")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=20, choices=DecisionKind.choices)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    rationale = models.TextField(blank=True)
    options_considered = models.TextField(blank=True)
    no_decision_reason = models.CharField(max_length=300, blank=True)
    trial_considered = models.CharField(
        max_length=12, choices=[("yes", "Yes"), ("no", "No"), ("not_relevant", "Not relevant")], default="no"
    )
    trial_note = models.CharField(max_length=300, blank=True)
    plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="decisions")
    check_made = models.ForeignKey(
        Check,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The check that was made in its transaction",
    )
    responsible = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    tells_patient = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    tell_by_on = models.DateField(null=True)
    present = models.JSONField(
        help_text="Who was there while the case was discussed: name, role, competences, mode, deputy"
    )
    recused = models.JSONField(default=list)
    is_quorate = models.BooleanField()
    quorum_rule = models.JSONField(
        help_text="Seats needed, filled and missing, and the rule's version, as they were then"
    )
    to_ratify_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ratifies = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="ratified_by")
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [models.Index(fields=["case", "-recorded_at"], name="mdt_decision_case")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.get_outcome_display()

    @property
    def is_final(self) -> bool:
        return self.kind != DecisionKind.PROVISIONAL


class Dissent(models.Model):
    """A member's disagreement with a decision, kept with name and reason."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="dissents")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["at"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"dissent from decision {self.decision_id}"


@tracked
class Action(Versioned):
    """Something to be done after a decision, by someone, by a date."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions")
    text = models.CharField("action", max_length=300)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["owner", "due_on"], name="mdt_action_open", condition=models.Q(done_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"action {self.pk}"
