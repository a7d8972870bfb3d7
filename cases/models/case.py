"""A suspected or confirmed sarcoma of one patient, and its episodes."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import Organisation, Team, User
from audit.history import tracked
from audit.models import Versioned
from cases.models import searching
from cases.models.patient import Patient, in_name_order
from cases.workflow import CaseStatus, ClosedReason


class CaseQuerySet(models.QuerySet["Case"]):
    """Words for choosing cases."""

    def visible_to(self, user: User) -> "CaseQuerySet":
        """Cases of the user's teams, and those that they or a colleague of the same specialty referred."""
        from cases.models.referral import Referral

        mine = models.Q(team__in=user.team_ids())
        if user.referring_as():
            sent = Referral.objects.referred_by_colleagues_of(user).filter(case=models.OuterRef("pk"))
            mine |= models.Q(models.Exists(sent))
        return self.filter(mine)

    def in_teams_of(self, user: User) -> "CaseQuerySet":
        """Cases whose whole record the user may read; a referrer follows only progress and outcome."""
        return self.filter(team__in=user.team_ids())

    def matching(self, text: str) -> "CaseQuerySet":
        """Cases that somebody means by these words; each way of meaning one has an index that answers it."""
        return self.filter(searching.meaning(text))

    def locked(self, pk: int) -> "Case":
        """Held until the transaction ends, with patient, team and episode, which are read once it is held.

        In one statement a row that was merged into another patient's meanwhile would not be found.
        """
        self.select_for_update(no_key=True).only("pk").get(pk=pk)
        return self.select_related("patient", "team", "current_episode").get(pk=pk)

    def by_name(self) -> "CaseQuerySet":
        """In the order of the patients' names, which an index keeps: the first page costs the same at any size."""
        names = in_name_order("patient__family_name"), in_name_order("patient__given_name")
        return self.order_by(*names, "-opened_on", "pk")

    def open(self) -> "CaseQuerySet":
        return self.exclude(status=CaseStatus.CLOSED)

    def with_summary(self) -> "CaseQuerySet":
        """What a row of a list shows, in one statement: patient, team, current episode."""
        return self.select_related("patient", "team", "key_worker", "current_episode")


@tracked
class Case(Versioned):
    """One sarcoma of one patient in the care of one team."""

    reference = models.CharField(max_length=20, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cases")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="cases")
    status = models.CharField(max_length=20, choices=CaseStatus.choices, default=CaseStatus.ACCEPTED)
    closed_reason = models.CharField(max_length=20, choices=ClosedReason.choices, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    key_worker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    responsible_consultant = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    current_episode = models.OneToOneField(
        "cases.Episode", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    patient_knows = models.TextField("what the patient knows", blank=True)
    patient_wants = models.TextField("what the patient wants", blank=True)
    has_symptoms = models.BooleanField("has symptoms to control", default=False)
    source = models.CharField(max_length=60, blank=True, help_text="Registry that it was imported from")
    source_id = models.CharField(max_length=60, blank=True)
    opened_on = models.DateField()
    created_at = models.DateTimeField(db_default=Now())

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["team", "status", "-opened_on", "-id"], name="cases_case_team_list"),
            models.Index(fields=["team", "-opened_on", "-id"], name="cases_case_team_newest"),
            models.Index(
                fields=["reference"], name="cases_case_reference", opclasses=["varchar_pattern_ops"]
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"], name="cases_case_source_once", condition=~models.Q(source="")
            ),
            models.CheckConstraint(
                condition=models.Q(status=CaseStatus.CLOSED) ^ models.Q(closed_reason=""),
                name="cases_case_closed_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class OfEpisodeQuerySet(models.QuerySet[Any]):
    """Words for choosing what belongs to an episode."""

    def visible_to(self, user: User) -> Self:
        """Those of cases whose whole record the user may read; a referrer follows only progress and outcome."""
        return self.filter(episode__case__team__in=user.team_ids())


class CaseCounter(models.Model):
    """Last case number given in a team's year; its row is the lock."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "year"], name="cases_counter_once")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.year}: {self.last}"


class EpisodeKind(models.TextChoices):
    PRIMARY = "primary", "Primary"
    RESIDUAL = "residual", "Residual"
    LOCAL_RECURRENCE = "local_recurrence", "Local recurrence"
    METASTATIC_RECURRENCE = "metastatic_recurrence", "Metastatic recurrence"
    PROGRESSION = "progression", "Progression"


@tracked
class Episode(Versioned):
    """One disease event of a case. `facts` is what its rows say together; only `refresh_facts` writes it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="episodes")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=30, choices=EpisodeKind.choices, default=EpisodeKind.PRIMARY)
    started_on = models.DateField()
    age_at_diagnosis = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Where the date of birth is not held"
    )
    family_override = models.CharField("staging family chosen by the MDT", max_length=30, blank=True)
    facts = models.JSONField(default=dict, editable=False, help_text="The `case` of the guidance contract")
    fact_sources = models.JSONField(default=dict, editable=False, help_text="Where each fact comes from")

    class Meta:
        ordering = ["case", "number"]
        indexes = [
            models.Index(
                fields=["case"], name="cases_episode_later", condition=~models.Q(kind=EpisodeKind.PRIMARY)
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="cases_episode_number"),
            models.CheckConstraint(
                condition=models.Q(age_at_diagnosis__isnull=True) | models.Q(age_at_diagnosis__lte=120),
                name="cases_episode_possible_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.number})"

    def fact(self, key: str) -> Any:
        return self.facts.get(key)


class CaseEventType(models.TextChoices):
    REFERRED = "referred", "Referred"
    ACCEPTED = "accepted", "Referral accepted"
    FIRST_SEEN = "first_seen", "First seen"
    DIAGNOSED = "diagnosed", "Diagnosis recorded"
    DIAGNOSIS_CHANGED = "diagnosis_changed", "Diagnosis changed"
    STAGED = "staged", "Stage worked out"
    STAGE_CHANGED = "stage_changed", "Stage changed"
    PATHOLOGY = "pathology", "Pathology report"
    IMAGING = "imaging", "Imaging report"
    LISTED = "listed", "Put on a meeting's list"
    PLAN_PROPOSED = "plan_proposed", "Plan proposed"
    DISCUSSED = "discussed", "Discussed"
    DECIDED_TO_TREAT = "decided_to_treat", "Plan agreed"
    INFORMED = "informed", "Patient informed"
    TREATMENT_STARTED = "treatment_started", "Treatment started"
    TREATMENT_ENDED = "treatment_ended", "Treatment ended"
    REVIEWED = "reviewed", "Reviewed"
    RECURRED = "recurred", "Recurrence"
    EPISODE_STARTED = "episode_started", "New episode"
    REOPENED = "reopened", "Case re-opened"
    OPINION = "opinion", "Second opinion"
    TRIAL_REFERRED = "trial_referred", "Referred to a trial"
    TRIAL_SCREENING = "trial_screening", "Screening for a trial"
    TRIAL_ENROLLED = "trial_enrolled", "Enrolled in a trial"
    TRIAL_SCREEN_FAILURE = "trial_screen_failure", "Screening for a trial failed"
    TRIAL_DECLINED = "trial_declined", "Trial declined by the patient"
    TRIAL_NOT_TAKEN = "trial_not_taken", "Not taken by the trial team"
    TRIAL_WITHDRAWN = "trial_withdrawn", "Referral to a trial withdrawn"
    DIED = "died", "Died"
    CLOSED = "closed", "Case closed"


class CaseEventQuerySet(models.QuerySet["CaseEvent"]):
    """Words for choosing entries of timelines."""

    def visible_to(self, user: User) -> "CaseEventQuerySet":
        """Those of cases whose whole record the user may read."""
        return self.filter(case__team__in=user.team_ids())


class CaseEvent(models.Model):
    """A typed, dated fact of the pathway; the timeline and (later) the clocks read it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    type = models.CharField(max_length=30, choices=CaseEventType.choices)
    on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = CaseEventQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["case", "-on"], name="cases_event_timeline")]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.on:%d %b %Y}"

    @property
    def changes_picture(self) -> bool:
        """Shown as a diamond: it changed the diagnosis or the stage."""
        return self.type in {
            CaseEventType.DIAGNOSIS_CHANGED,
            CaseEventType.STAGE_CHANGED,
            CaseEventType.RECURRED,
        }

    def is_past(self, today: date) -> bool:
        return self.on <= today
