"""Reminders: what is owed to whom, by which rule, and the mails that tell of them."""

from typing import Any

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from followup.models.opinion import SecondOpinion
from followup.models.rule import WITHOUT_CASE, ReminderKind, ReminderRule
from followup.workflow import MailStatus, ReminderStatus
from trials.models import Enquiry, Trial

PAGE_OF = {
    ReminderKind.REVIEW_DUE: "followup:review",
    ReminderKind.OPINION_STEP_DUE: "followup:opinion",
    ReminderKind.GAP_DUE: "mdt:episode_gaps",
    ReminderKind.ACTION_DUE: "mdt:decision",
    ReminderKind.RATIFICATION_DUE: "mdt:decision",
    ReminderKind.LETTER_DUE: "mdt:letter",
    ReminderKind.PATIENT_TO_TELL: "mdt:decision",
    ReminderKind.PLAN_NOT_STARTED: "treatments:plan",
    ReminderKind.SCHEDULE_TO_CONFIRM: "followup:schedule",
    ReminderKind.FOLLOW_UP_TO_PLAN: "followup:to_plan",
    ReminderKind.TRIAL_STEP_DUE: "trials:referral",
    ReminderKind.TRIAL_STALE: "trials:trial",
    ReminderKind.ENQUIRY_DUE: "trials:enquiry",
}
"""By kind, the page of the target: an episode for missing facts and follow-up to plan, the decision for an action.

Each opens to everyone who sees the team's cases: whoever is told of it may be somebody who can only find another.
"""

ASKED, ASKED_PAGE = "asked ", "followup:opinion_asked"
"""How a step begins that the team asked for a second opinion owes, and the page on which they see what was sent."""

LINK = "link "
"""How a step begins that is about the link of an outside expert: that it is over, or runs out."""


class MailQuerySet(models.QuerySet["Mail"]):
    """Words for choosing mails."""

    def open_digests(self) -> "MailQuerySet":
        """Which new reminders join: no mail server can have seen them."""
        return self.filter(kind=Mail.Kind.DIGEST, status=MailStatus.PENDING, in_doubt=False)

    def undelivered_to(self, team_ids: list[int]) -> "MailQuerySet":
        """Given up, refused or bounced, of what people of these teams are told."""
        told = Reminder.objects.filter(mail=models.OuterRef("pk")).told_in(team_ids)
        gone = models.Q(status=MailStatus.FAILED) | models.Q(bounced_at__isnull=False)
        return self.filter(gone, models.Exists(told))


class Mail(models.Model):
    """One message to one person: about a reminder, or the day's digest of several."""

    class Kind(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DIGEST = "digest", "Digest"

    kind = models.CharField(max_length=7, choices=Kind.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mails", db_index=False)
    status = models.CharField(max_length=10, choices=MailStatus.choices, default=MailStatus.PENDING)
    message_id = models.CharField(max_length=120, unique=True, help_text="The same on every try")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    claimed_by = models.CharField(max_length=80, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(
        null=True, blank=True, help_text="When the try that is running began to speak to the mail server"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    in_doubt = models.BooleanField(
        default=False, help_text="A try may have reached the mail server before it was cut off"
    )
    last_error = models.CharField(max_length=200, blank=True, help_text="The kind of error; never its text")
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_status = models.CharField(max_length=10, blank=True, help_text="Of RFC 3463, such as 5.1.1")
    seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When a coordinator dealt with its failure"
    )
    seen_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                name="followup_digest_open_once",
                condition=models.Q(kind="digest", status=MailStatus.PENDING, in_doubt=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="followup_mail_to_send",
                condition=models.Q(status__in=[MailStatus.PENDING, MailStatus.CLAIMED]),
            ),
            models.Index(fields=["person", "-created_at"], name="followup_mail_person"),
            models.Index(fields=["id"], name="followup_mail_in_doubt", condition=models.Q(in_doubt=True)),
            models.Index(
                fields=["created_at"],
                name="followup_mail_undelivered",
                condition=models.Q(status=MailStatus.FAILED) | models.Q(bounced_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Words for choosing reminders."""

    def visible_to(self, user: User) -> "ReminderQuerySet":
        return self.filter(person=user)

    def told_in(self, team_ids: list[int]) -> "ReminderQuerySet":
        """Told to people as those of these teams: about their cases, what they are asked, or the register they keep."""
        asked = Q(kind=ReminderKind.OPINION_STEP_DUE, step__startswith=ASKED)
        of_them = SecondOpinion.objects.filter(pk=OuterRef("target_id"), team_asked__in=team_ids)
        enquiries = Enquiry.objects.filter(pk=OuterRef("target_id"), team__in=team_ids)
        members = Membership.objects.active().filter(user=OuterRef("person"), team__in=team_ids)
        return self.filter(
            ~asked & Q(case__team__in=team_ids)
            | asked & Exists(of_them)
            | Q(kind=ReminderKind.ENQUIRY_DUE) & Exists(enquiries)
            | Q(kind=ReminderKind.TRIAL_STALE) & Exists(members)
        )

    def with_subject(self) -> "ReminderQuerySet":
        """With what they are about where that is no case, and the team that was asked, in the same statement."""
        trial = Trial.objects.filter(pk=OuterRef("target_id"))
        enquiry = Enquiry.objects.filter(pk=OuterRef("target_id"))
        return self.annotate(
            subject=Case(
                When(kind=ReminderKind.TRIAL_STALE, then=Subquery(trial.values("short_name")[:1])),
                When(kind=ReminderKind.ENQUIRY_DUE, then=Subquery(enquiry.values("reference")[:1])),
                default=Value(""),
            ),
            subject_team=Case(
                When(kind=ReminderKind.ENQUIRY_DUE, then=Subquery(enquiry.values("team")[:1])),
                output_field=models.BigIntegerField(),
            ),
        )

    def owed(self) -> "ReminderQuerySet":
        return self.filter(status=ReminderStatus.OWED)

    def unread(self) -> "ReminderQuerySet":
        """New to the person; what was put off is new again on its day."""
        return self.awake().filter(read_at__isnull=True)

    def awake(self) -> "ReminderQuerySet":
        """Owed, and not put off until a later day."""
        today = timezone.localdate()
        return self.owed().filter(models.Q(snoozed_until__isnull=True) | models.Q(snoozed_until__lte=today))

    def snoozed(self) -> "ReminderQuerySet":
        return self.owed().filter(snoozed_until__gt=timezone.localdate())

    def settled(self) -> "ReminderQuerySet":
        return self.filter(status=ReminderStatus.SETTLED)


class Reminder(models.Model):
    """A message owed to a person about something due: one row for each kind, target, step, rule and person."""

    kind = models.CharField(max_length=20, choices=ReminderKind.choices)
    target_id = models.BigIntegerField()
    step = models.CharField(max_length=40, help_text="Which due date or step of the target it is about")
    rule = models.ForeignKey(
        ReminderRule,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Empty: asked for by a person",
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reminders")
    covers_for = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Whose it is, where that person is away",
    )
    case = models.ForeignKey(
        "cases.Case",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reminders",
        help_text="Empty: about a trial or an enquiry",
    )
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=ReminderStatus.choices, default=ReminderStatus.OWED)
    mail = models.ForeignKey(Mail, null=True, blank=True, on_delete=models.PROTECT, related_name="reminders")
    read_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target_id", "step", "rule", "person"],
                name="followup_reminder_once_by_rule",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=True, kind__in=WITHOUT_CASE)
                | ~Q(kind__in=WITHOUT_CASE) & Q(case__isnull=False),
                name="followup_reminder_of_case_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="followup_reminder_person"),
            models.Index(
                fields=["person"],
                name="followup_reminder_new",
                condition=models.Q(read_at__isnull=True, status=ReminderStatus.OWED),
            ),
            models.Index(
                fields=["case"],
                name="followup_reminder_of_case",
                condition=models.Q(status=ReminderStatus.OWED),
            ),
            models.Index(
                fields=["kind", "due_on"],
                name="followup_reminder_of_day",
                condition=models.Q(status=ReminderStatus.OWED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target_id}"

    def get_absolute_url(self) -> str:
        """The page on which what is due can be done."""
        page = ASKED_PAGE if self.step.startswith(ASKED) else PAGE_OF[ReminderKind(self.kind)]
        return reverse(page, args=[self.page_key])

    @property
    def page_key(self) -> int | str:
        """By which the pages about it are found: an enquiry goes by its reference."""
        return self.reference if self.kind == ReminderKind.ENQUIRY_DUE else self.target_id

    @property
    def reference(self) -> str:
        """Of the case; of what is about none, the trial's short name or the enquiry's reference."""
        return self.case.reference if self.case else " ".join(str(self._found("subject")).split())

    @property
    def team_id(self) -> int | None:
        """Of the case, or that was asked; an entry of the register is no team's."""
        return self.case.team_id if self.case else self._found("subject_team")

    def _found(self, name: str) -> Any:
        """As `with_subject` found it, or by a statement of its own."""
        found = self if name in self.__dict__ else Reminder.objects.with_subject().get(pk=self.pk)
        return found.__dict__[name]

    @property
    def what(self) -> str:
        """What is due, in words."""
        if self.step.startswith(LINK):
            return "Second opinion: end of the expert’s link"
        return self.get_kind_display()
