"""Reviews: planned looks at a patient, and what they found."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import Team, User
from audit.history import tracked
from audit.models import Versioned
from cases.models import Episode
from cases.workflow import CaseStatus
from followup.workflow import ReviewStatus, ScheduleStatus


class ReviewQuerySet(models.QuerySet["Review"]):
    """Words for choosing reviews."""

    def visible_to(self, user: User) -> "ReviewQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def scheduled(self) -> "ReviewQuerySet":
        return self.filter(status=ReviewStatus.SCHEDULED)

    def waiting(self) -> "ReviewQuerySet":
        """Missed, and neither planned again nor followed by the end of the episode's follow-up."""
        missed = self.filter(status=ReviewStatus.MISSED, next__isnull=True)
        return missed.exclude(models.Exists(_ended())).exclude(episode__case__status=CaseStatus.CLOSED)

    def with_end(self) -> "ReviewQuerySet":
        """With the code by which the episode's follow-up ended since the review was due, where it did."""
        newest = _ended().order_by("-pk").values("ended_reason")[:1]
        return self.annotate(its_end=models.Subquery(newest))


def _ended() -> "ReviewScheduleQuerySet":
    """Ends of follow-up of a review's episode, from its day on."""
    return ReviewSchedule.objects.filter(
        episode=models.OuterRef("episode"),
        status=ScheduleStatus.ENDED,
        ended_on__gte=models.OuterRef("due_on"),
    )


class ReviewKind(models.TextChoices):
    CLINIC = "clinic", "Clinic"
    CHEST_IMAGING = "chest_imaging", "Chest imaging"
    LOCAL_XRAY = "local_xray", "X-ray of the site"
    LOCAL_MRI = "local_mri", "Local MRI"
    CT = "ct", "CT"
    TELEPHONE = "telephone", "Telephone"

    @property
    def within(self) -> str:
        """Its name within a sentence: chest imaging, CT."""
        label = str(self.label)
        return label if label.startswith(("CT", "X-")) else label[0].lower() + label[1:]


class ReviewFinding(models.TextChoices):
    NO_DISEASE = "no_disease", "No evidence of disease"
    LOCAL_RECURRENCE = "local_recurrence", "Local recurrence"
    METASTASIS = "metastasis", "Metastasis"
    NEW_PRIMARY = "new_primary", "New primary"
    OTHER = "other", "Other"


class ScheduleEnd(models.TextChoices):
    """Why a schedule of reviews ended."""

    COMPLETED = "completed", "Follow-up completed"
    RECURRENCE = "recurrence", "Recurrence or metastasis"
    DIED = "died", "The patient died"
    LOST = "lost_to_follow_up", "Lost to follow-up"
    PATIENT_CHOICE = "patient_choice", "The patient wants no further follow-up"
    TRANSFERRED = "transferred", "Followed up elsewhere"
    REPLACED = "replaced", "Replaced by another schedule"
    CLOSED = "case_closed", "The case was closed"


class ReviewScheduleQuerySet(models.QuerySet["ReviewSchedule"]):
    """Words for choosing schedules."""

    def visible_to(self, user: User) -> "ReviewScheduleQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def open(self) -> "ReviewScheduleQuerySet":
        return self.filter(status__in=[ScheduleStatus.PROPOSED, ScheduleStatus.CONFIRMED])


@tracked
class ReviewSchedule(Versioned):
    """How often a patient is looked at after treatment: proposed from the table, confirmed by a clinician."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="review_schedules")
    plan = models.ForeignKey(
        "treatments.Plan",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Whose treatment was finished",
    )
    pathway = models.CharField(max_length=40, help_text="Its key in the table of schedules")
    edition = models.CharField(max_length=60, help_text="Of the table from which it was proposed")
    from_on = models.DateField("months count from", help_text="End of the definitive treatment")
    phases = models.JSONField(
        help_text="List of {until_months: int or null, every_months: int, kinds: [kind of review]}, in their order"
    )
    responsible = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(max_length=10, choices=ScheduleStatus.choices, default=ScheduleStatus.PROPOSED)
    note = models.CharField(max_length=300, blank=True, help_text="Why it was changed, or is not wanted")
    proposed_at = models.DateTimeField(db_default=Now())
    confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=20, choices=ScheduleEnd.choices, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = ReviewScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["proposed_at"],
                name="followup_schedule_to_confirm",
                condition=models.Q(status=ScheduleStatus.PROPOSED),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["episode"],
                name="followup_schedule_once",
                condition=models.Q(status__in=[ScheduleStatus.PROPOSED, ScheduleStatus.CONFIRMED]),
            ),
            models.CheckConstraint(
                condition=models.Q(status=ScheduleStatus.ENDED) ^ models.Q(ended_reason=""),
                name="followup_schedule_end_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"schedule {self.pk}"


@tracked
class ScheduleApproval(models.Model):
    """A team's word that a schedule which rests on no published source may be proposed to its clinicians."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="schedule_approvals")
    pathway = models.CharField(max_length=40)
    edition = models.CharField(max_length=60)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    approved_at = models.DateTimeField(db_default=Now())
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "pathway", "edition"],
                name="followup_approval_once",
                condition=models.Q(withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"approval {self.pk}"


@tracked
class Review(Versioned):
    """A planned look at the patient."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=20, choices=ReviewKind.choices, default=ReviewKind.CLINIC)
    also = ArrayField(
        models.CharField(max_length=20, choices=ReviewKind.choices),
        default=list,
        db_default=[],
        blank=True,
        verbose_name="imaging to have by then",
    )
    schedule = models.ForeignKey(
        ReviewSchedule,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reviews",
        db_index=False,
        help_text="That it follows; empty: set by hand",
    )
    follows = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="next",
        help_text="The review after which it was planned",
    )
    due_on = models.DateField()
    responsible = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.SCHEDULED)
    done_on = models.DateField(null=True, blank=True)
    finding = models.CharField(max_length=20, choices=ReviewFinding.choices, blank=True)
    finding_note = models.TextField(blank=True)
    status_reason = models.CharField(
        max_length=300, blank=True, help_text="Why missed or cancelled, and what was done"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["due_on"],
                include=["id", "episode", "responsible"],  # all that the minute's search for reminders gives
                name="followup_review_due_whose",
                condition=models.Q(status=ReviewStatus.SCHEDULED),
            ),
            models.Index(fields=["episode", "due_on"], name="followup_review_episode"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status=ReviewStatus.DONE)
                | (models.Q(done_on__isnull=False) & ~models.Q(finding="")),
                name="followup_review_done_has_finding",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} due {self.due_on:%d %b %Y}"

    @property
    def imaging_words(self) -> str:
        """What to have by then: chest imaging, CT."""
        return ", ".join(ReviewKind(kind).within for kind in self.also)


@tracked
class LossToFollowUp(models.Model):
    """A patient who could not be reached any more; said so, never left silent."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="losses_to_follow_up")
    last_seen_on = models.DateField(null=True, blank=True)
    tried = models.TextField("what was tried", help_text="Whom was written to or rung, and when")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(db_default=Now())
    found_on = models.DateField(null=True, blank=True, help_text="When the patient was in touch again")
    found_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "losses to follow-up"
        constraints = [
            models.UniqueConstraint(
                fields=["episode"],
                name="followup_loss_once",
                condition=models.Q(found_on__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"loss {self.pk}"
