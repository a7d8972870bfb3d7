"""What was decided by whom, who disagreed, and what has to be done."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from cases.models import Episode
from mdt.workflow import DecisionKind, Intent, Outcome
from treatments.models import Check, Plan


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Words for choosing decisions."""

    def visible_to(self, user: User) -> "DecisionQuerySet":
        """Those of the cases that they see. A team's are found by the join that shows the case: planning one more
        takes longer than finding them.
        """
        from cases.models import Case

        if not user.referring_as():
            return self.filter(case__team__in=user.team_ids())
        return self.filter(models.Exists(Case.objects.visible_to(user).filter(pk=models.OuterRef("case_id"))))

    def standing(self) -> "DecisionQuerySet":
        """Those that no later decision replaces."""
        return self.filter(replaced_by__isnull=True)

    def standing_at_its_listing(self) -> "DecisionQuerySet":
        """Those that nothing on the same listing replaces; another meeting's answer leaves them in the record."""
        again = Decision.objects.filter(
            replaces=models.OuterRef("pk"), listing=models.OuterRef("listing")
        ).order_by()
        return self.filter(~models.Exists(again))

    def with_ratification(self) -> "DecisionQuerySet":
        """Joined with what says how each stands to its ratification (mdt.ratification)."""
        people = ("to_ratify_by", "refusal__refused_by", "ratifies__to_ratify_by")
        return self.select_related("ratify_at", "replaced_by__listing__meeting", *people)


class Decision(models.Model):
    """What the MDT decided, fixed when it is recorded; a correction is a new one that names this."""

    listing = models.ForeignKey("mdt.Listing", null=True, on_delete=models.PROTECT, related_name="decisions")
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
    trials_considered = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Of each trial of the register: its id, name, number, and what matching said then",
    )
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
    ratify_at = models.ForeignKey(
        "mdt.Meeting",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Of an urgent decision: the meeting that is to ratify it",
    )
    asked = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Of an urgent decision: who was asked, and what they said",
    )
    standard = models.ForeignKey(
        "mdt.StandardVersion", null=True, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    confirmed_by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Of a standard of care: the clinician who confirmed it",
    )
    ratify_by_on = models.DateField(
        "to be ratified by", null=True, help_text="Of a provisional decision: until when"
    )
    intent = models.CharField(
        max_length=10,
        choices=Intent.choices,
        blank=True,
        default="",
        db_default="",
        help_text="What the treatment is for: the plan's, or as it was said without a plan",
    )
    covered = models.JSONField(
        "what the discussion covered",
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Codes of mdt.checklist; empty where nobody filled it in",
    )
    relist_on = models.DateField("discuss again from", null=True)
    ratifies = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="ratified_by")
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [
            models.Index(fields=["case", "-recorded_at"], name="mdt_decision_case"),
            models.Index(
                fields=["episode"],
                name="mdt_decision_urgent",
                condition=models.Q(kind=DecisionKind.URGENT),
            ),
            models.Index(
                fields=["relist_on"],
                name="mdt_decision_relist",
                condition=models.Q(relist_on__isnull=False),
            ),
            models.Index(
                fields=["tell_by_on"],
                name="mdt_decision_tell_by",
                condition=models.Q(tells_patient__isnull=False),
            ),
            models.Index(
                fields=["ratify_by_on", "recorded_at"],
                name="mdt_decision_ratify_by",
                condition=models.Q(to_ratify_by__isnull=False),
            ),
            models.Index(
                fields=["ratify_at"],
                name="mdt_decision_ratify_at",
                condition=models.Q(kind=DecisionKind.URGENT),
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.get_outcome_display()

    @property
    def trial_words(self) -> str:
        """Which trials were considered, and what was written of them."""
        named = ", ".join(
            each["name"] if each["number"] == each["name"] else f"{each['name']} ({each['number']})"
            for each in self.trials_considered
        )
        return ". ".join(words for words in (named, self.trial_note) if words)

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


class RatificationRefusal(models.Model):
    """That the person named did not ratify a provisional decision, and why; the case is discussed again."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="refusal")
    refused_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"decision {self.decision_id} not ratified"


class ActionQuerySet(models.QuerySet["Action"]):
    """Words for choosing actions."""

    def visible_to(self, user: User) -> "ActionQuerySet":
        return self.filter(decision__case__team__in=user.team_ids())


@tracked
class Action(Versioned):
    """Something to be done after a decision, by someone, by a date."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions")
    text = models.CharField("action", max_length=300)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    not_needed_reason = models.CharField(
        "why it is not needed any more",
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="Closed without being done",
    )

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["owner", "due_on"], name="mdt_action_open", condition=models.Q(done_at__isnull=True)
            ),
            models.Index(
                fields=["due_on"], name="mdt_action_open_due", condition=models.Q(done_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"action {self.pk}"
