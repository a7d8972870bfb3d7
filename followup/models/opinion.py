"""Second opinions: asked of another centre, and what became of them."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Organisation, User
from audit.history import tracked
from audit.models import Versioned
from cases.models import Episode
from followup.workflow import OpinionStatus

FINISHED = [OpinionStatus.CLOSED, OpinionStatus.WITHDRAWN, OpinionStatus.DECLINED]


class SecondOpinionQuerySet(models.QuerySet["SecondOpinion"]):
    """Words for choosing second opinions."""

    def visible_to(self, user: User) -> "SecondOpinionQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def open(self) -> "SecondOpinionQuerySet":
        return self.exclude(status__in=FINISHED)


@tracked
class SecondOpinion(Versioned):
    """A request to another centre for its view; it never moves the case."""

    class AskedBy(models.TextChoices):
        PATIENT = "patient", "The patient"
        TEAM = "team", "The team"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="second_opinions")
    asked_by = models.CharField(max_length=10, choices=AskedBy.choices, default=AskedBy.PATIENT)
    asked_of = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="centre asked"
    )
    question = models.TextField()
    status = models.CharField(max_length=15, choices=OpinionStatus.choices, default=OpinionStatus.REQUESTED)
    status_reason = models.CharField(max_length=300, blank=True)
    step_due_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="Who chases it")
    opinion = models.TextField(blank=True)
    requested_on = models.DateField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = SecondOpinionQuerySet.as_manager()

    class Meta:
        ordering = ["step_due_on", "id"]
        indexes = [models.Index(fields=["step_due_on"], name="followup_opinion_step")]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "asked_of"],
                name="followup_opinion_open_once",
                condition=~models.Q(status__in=FINISHED),
            )
        ]

    def __str__(self) -> str:
        return f"second opinion {self.pk}"
