"""Second opinions: asked of another centre, and what became of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import Organisation, Team, User
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from cases.models import Episode
from followup.workflow import OpinionStatus

FINISHED = [OpinionStatus.CLOSED, OpinionStatus.WITHDRAWN, OpinionStatus.DECLINED]
UNSEEN = [OpinionStatus.REQUESTED, OpinionStatus.WITHDRAWN, OpinionStatus.DECLINED]
"""To the team asked: nothing was sent yet, or nobody answers."""


class OpinionPart(models.TextChoices):
    """What of a case can be sent with a request."""

    SUMMARY = "summary", "Summary: the six facts, age, history"
    PATHOLOGY = "pathology", "Pathology reports"
    IMAGING = "imaging", "Imaging reports"
    STAGING = "staging", "Staging and grading"
    TREATMENTS = "treatments", "Treatments given"
    DISCUSSIONS = "discussions", "What the MDT decided so far"
    PLAN = "plan", "The home team’s plan"
    WISHES = "wishes", "What the patient knows and wants"
    DOCUMENTS = "documents", "Documents"
    IMAGES = "images", "Links to images"


HOME_PLAN = (OpinionPart.PLAN, OpinionPart.DISCUSSIONS)
"""Parts that tell the home team's own view: never shown where the opinion is blind, until it is in."""


class SecondOpinionQuerySet(models.QuerySet["SecondOpinion"]):
    """Words for choosing second opinions."""

    def visible_to(self, user: User) -> "SecondOpinionQuerySet":
        """Those of the home team's cases: the whole record is theirs to read."""
        return self.filter(episode__case__team__in=user.team_ids())

    def asked_of(self, user: User) -> "SecondOpinionQuerySet":
        """Those in which a team of theirs was asked by another team here, until the day to which it is shared."""
        asked = self.filter(team_asked__in=user.team_ids(), shared_until__gte=timezone.localdate())
        return asked.exclude(status__in=UNSEEN).exclude(episode__case__patient__is_dead=True)

    def open(self) -> "SecondOpinionQuerySet":
        return self.exclude(status__in=FINISHED)


@tracked
class SecondOpinion(Versioned):
    """A request to another centre for its view; it never moves the case."""

    class AskedBy(models.TextChoices):
        PATIENT = "patient", "The patient"
        TEAM = "team", "The team"
        ANOTHER_CENTRE = "centre", "Another centre, of us"

    class Consent(models.TextChoices):
        PATIENT = "patient", "The patient agreed"
        BEST_INTERESTS = "best_interests", "Decided in the patient’s best interests"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="second_opinions")
    asked_by = models.CharField(max_length=10, choices=AskedBy.choices, default=AskedBy.PATIENT)
    asked_of = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="centre asked"
    )
    asking = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The centre that asks, where another one asks for this team's view",
    )
    team_asked = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Where the centre asked works here: whose people see the parts sent and answer",
    )
    question = models.TextField()
    is_blind = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The home team's plan is not shown until the opinion is in",
    )
    parts = ArrayField(
        models.CharField(max_length=15, choices=OpinionPart.choices), default=list, db_default=[], blank=True
    )
    consent = models.CharField(max_length=15, choices=Consent.choices, blank=True, default="", db_default="")
    consent_on = models.DateField(null=True, blank=True)
    consent_note = models.CharField(max_length=300, blank=True, default="", db_default="")
    consent_recorded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    shared_until = models.DateField(
        null=True, blank=True, help_text="Last day on which the team asked sees the parts sent"
    )
    relisting_noted_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody said what follows from a disagreement"
    )
    relisting_note = models.CharField(max_length=300, blank=True, default="", db_default="")
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

    @property
    def is_of_us(self) -> bool:
        """Whether another centre asks for this team's view."""
        return self.asked_by == self.AskedBy.ANOTHER_CENTRE

    @property
    def outlived_the_patient(self) -> bool:
        """Whether it still waits though the patient died: the other centre is told, then it is withdrawn."""
        return self.episode.case.patient.is_dead and self.status not in (*FINISHED, OpinionStatus.RECEIVED)

    @property
    def other_centre(self) -> Organisation:
        """The one that is asked, or that asks."""
        return self.asking or self.asked_of


class OpinionItem(models.TextChoices):
    """What two teams are compared by."""

    DIAGNOSIS = "diagnosis", "Diagnosis"
    GRADE = "grade", "Grade"
    STAGE = "stage", "Stage"
    RESECTABILITY = "resectability", "Resectability"
    TREATMENT = "treatment", "Treatment"


class OpinionAnswer(models.Model):
    """What the other centre said; fixed when it is handed in."""

    class Way(models.TextChoices):
        LINK = "link", "By the expert, through the link"
        HERE = "here", "By the team asked, here"
        TYPED = "typed", "Copied from a letter or a call by the home team"

    opinion = models.OneToOneField(SecondOpinion, on_delete=models.PROTECT, related_name="answer")
    way = models.CharField(max_length=5, choices=Way.choices)
    given_on = models.DateField()
    given_by_name = models.CharField(max_length=200)
    given_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField(help_text="The opinion in the expert's own words")
    was_blind = models.BooleanField(help_text="The home team's plan had not been shown")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class OpinionView(models.Model):
    """One item of an answer: their view, the home team's at that moment, and whether the two agree."""

    answer = models.ForeignKey(OpinionAnswer, on_delete=models.PROTECT, related_name="views")
    item = models.CharField(max_length=15, choices=OpinionItem.choices)
    theirs = models.CharField(max_length=200, blank=True, help_text="A code; empty: no view given")
    theirs_text = models.CharField(max_length=500, blank=True)
    ours = models.CharField(max_length=200, blank=True, help_text="A code; empty: the home team had none yet")
    agrees = models.BooleanField(null=True, help_text="Empty: nothing to compare")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["answer", "item"], name="followup_opinion_item_once")]
        indexes = [models.Index(fields=["item", "agrees"], name="followup_opinion_agreement")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.item} of answer {self.answer_id}"


class OpinionFile(models.Model):
    """A file that came with an opinion; what it is was told by its content."""

    opinion = models.ForeignKey(SecondOpinion, on_delete=models.PROTECT, related_name="files")
    file = models.FileField(upload_to="opinions/%Y")
    title = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField("checksum (SHA-256)", max_length=64)
    added_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Empty: an outside expert, through the link",
    )
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["opinion", "sha256"], name="followup_opinion_file_once")
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"file {self.pk}"


class ExpertLink(models.Model):
    """The way of an expert without an account to one request: a secret address, and a code told by telephone.

    Neither secret is kept, only what checks it. It ends when the opinion is in, after 21 days, after five wrong codes,
    or when it is taken back.
    """

    class Ended(models.TextChoices):
        TAKEN_BACK = "taken_back", "Taken back"
        TOO_MANY_TRIES = "too_many_tries", "Too many wrong codes"
        REPLACED = "replaced", "Replaced by a new link"
        ANSWERED = "answered", "The opinion was handed in"
        NOT_NEEDED = "not_needed", "The request was withdrawn or declined, or the patient died"

    opinion = models.ForeignKey(SecondOpinion, on_delete=models.PROTECT, related_name="links")
    expert_name = models.CharField(max_length=200)
    expert_post = models.CharField("post and hospital", max_length=200, blank=True)
    expert_telephone = models.CharField(max_length=40, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=200)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    session_hash = models.CharField(max_length=64, blank=True)
    session_until = models.DateTimeField(null=True, blank=True)
    draft = models.JSONField(default=dict, help_text="What the expert typed and has not handed in")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=15, choices=Ended.choices, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["opinion"],
                name="followup_expert_link_open_once",
                condition=models.Q(ended_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                Coalesce("ended_at", "expires_at"),
                name="followup_expert_link_over",
                condition=models.Q(ended_reason__in=["", "too_many_tries"]),
            )
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"


class OpinionSending(models.Model):
    """What of a case went where, or was looked at from outside, and when."""

    class How(models.TextChoices):
        PACK = "pack", "Pack (PDF)"
        BUNDLE = "bundle", "Structured bundle"
        SHARE = "share", "Shared with the team asked"
        LINK = "link", "Link made for an outside expert"
        OPENED = "opened", "Opened by the outside expert"
        SHOWN = "shown", "Other parts chosen while it was open"

    opinion = models.ForeignKey(SecondOpinion, on_delete=models.PROTECT, related_name="sendings")
    how = models.CharField(max_length=10, choices=How.choices)
    to = models.CharField(max_length=400, help_text="The centre, team or expert")
    parts = ArrayField(models.CharField(max_length=15, choices=OpinionPart.choices))
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the file that was made")
    link = models.ForeignKey(
        ExpertLink, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Empty: the outside expert",
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"sending {self.pk}"
