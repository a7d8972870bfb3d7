"""What matching found: only what may fit is kept; who is excluded, and why, is worked out when it is looked at."""

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Cast, Least, Now

from accounts.models import User
from audit.history import tracked
from cases.models import Case, Episode
from cases.models.case import CaseQuerySet
from trials.models.trial import CriteriaVersion, Trial
from trials.workflow import OPEN, MatchRunStatus


class MatchResult(models.TextChoices):
    """Never "eligible": that is the trial team's word."""

    MAY_FIT = "may_fit", "May fit"
    MAY_FIT_IF = "may_fit_if", "May fit if"
    EXCLUDED = "excluded", "Excluded"


def matched_cases() -> CaseQuerySet:
    """The cases that are matched: open, of a patient who is alive, with an episode."""
    return Case.objects.open().filter(patient__is_dead=False, current_episode__isnull=False)


class MatchQuerySet(models.QuerySet["Match"]):
    """Words for choosing matches."""

    def visible_to(self, user: User) -> "MatchQuerySet":
        """Those of their teams' cases; a recorded death takes a patient off every trial list at once."""
        return self.filter(episode__case__team__in=user.team_ids(), episode__case__patient__is_dead=False)

    def still(self) -> "MatchQuerySet":
        """Those of trials that are open, with the current episode of a case that is still matched."""
        current = matched_cases().values("current_episode")
        return self.filter(trial__status__in=OPEN, episode__in=current)

    def with_place(self) -> "MatchQuerySet":
        """`place`: where each stands, what is worth asking first; one number of 18 digits, which no two share."""
        unknown, met = Least("unknown", Value(999)), Value(999) - Least("met", Value(999))
        place = (Cast(unknown, models.BigIntegerField()) * 1000 + met) * 10**12 + F("id")
        return self.annotate(place=models.ExpressionWrapper(place, models.BigIntegerField()))

    def with_criteria(self) -> "MatchQuerySet":
        """`in_force_id`: the version of the trial's criteria in force."""
        versions = CriteriaVersion.objects.filter(trial=models.OuterRef("trial")).order_by("-number")
        return self.annotate(in_force_id=models.Subquery(versions.values("pk")[:1]))


class Match(models.Model):
    """A trial that is open and may fit an episode as it is recorded now."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="trial_matches")
    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="matches")
    result = models.CharField(max_length=10, choices=MatchResult.choices)
    unknown = models.PositiveSmallIntegerField("facts that would settle it", default=0)
    met = models.PositiveSmallIntegerField("criteria met", default=0)
    criteria_number = models.PositiveIntegerField("version of the criteria")
    found_at = models.DateTimeField(db_default=Now())

    objects = MatchQuerySet.as_manager()

    class Meta:
        ordering = ["unknown", "-met", "id"]
        verbose_name_plural = "matches"
        indexes = [
            models.Index(fields=["trial", "unknown", "-met", "id"], name="trials_match_worth"),
            models.Index(fields=["episode", "unknown", "-met", "id"], name="trials_match_of_episode"),
        ]
        constraints = [models.UniqueConstraint(fields=["episode", "trial"], name="trials_match_once")]

    def __str__(self) -> str:
        return f"trial {self.trial_id} for episode {self.episode_id}"


class MatchRunQuerySet(models.QuerySet["MatchRun"]):
    """Words for choosing runs."""

    def visible_to(self, user: User) -> "MatchRunQuerySet":
        """No run says anything of a patient: all of them, to whoever works with cases, as the register."""
        return self if user.team_ids() else self.none()


class MatchRun(models.Model):
    """A run of matching: what set it off, how much it looked at, how it ended.

    One case that changed is matched within its own delivery of the outbox, and has no run.
    """

    class Cause(models.TextChoices):
        NIGHTLY = "nightly", "Every night"
        IMPORT = "import", "Cases were imported"
        TRIAL = "trial", "A trial changed"
        ASKED = "asked", "Somebody asked"

    cause = models.CharField(max_length=8, choices=Cause.choices)
    status = models.CharField(max_length=10, choices=MatchRunStatus.choices, default=MatchRunStatus.RUNNING)
    trial = models.ForeignKey(
        Trial, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField(db_default=Now())
    worked_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    last_episode_id = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField("episodes to look at", default=0)
    episodes = models.PositiveIntegerField("episodes looked at", default=0)
    trials = models.PositiveIntegerField("trials looked at", default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial"],
                name="trials_run_one_at_a_time",
                condition=models.Q(status=MatchRunStatus.RUNNING),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.status == MatchRunStatus.RUNNING


class Answer(models.TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_KNOWN = "not_known", "Cannot be known"


class ScreeningAnswerQuerySet(models.QuerySet["ScreeningAnswer"]):
    """Words for choosing answers."""

    def visible_to(self, user: User) -> "ScreeningAnswerQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def standing(self) -> "ScreeningAnswerQuerySet":
        """Those that nobody took back."""
        return self.filter(withdrawn_at=None)


@tracked
class ScreeningAnswer(models.Model):
    """A person's answer to a question that the record does not settle; the newest that stands of a question counts.

    `question` is `measurable_disease` or `treatments_complete` for what any trial asks, else the id of a question of
    the trial's criteria.
    """

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="screening_answers")
    trial = models.ForeignKey(Trial, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    answer = models.CharField(max_length=9, choices=Answer.choices)
    on = models.DateField("date")
    note = models.CharField("how it is known", max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(db_default=Now())
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ScreeningAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["episode", "question"], name="trials_answer_episode")]

    def __str__(self) -> str:
        return f"answer {self.pk}"
