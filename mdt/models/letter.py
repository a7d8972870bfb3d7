"""Letters that carry an outcome to people, and the texts that a team writes for them."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from accounts.models import Team, User
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from cases.models import Referral
from mdt.models.decision import Decision
from mdt.workflow import TO_ISSUE, LetterKind, LetterStatus, TextKind

FIXED_COLUMNS = (
    *("kind", "decision_id", "case_id", "template_id", "recipients", "text", "due_on"),
    *("checked_by_id", "checked_at", "issued_by_id", "issued_at", "pdf", "pdf_sha256"),
)


def _row(version: str) -> str:
    return f"({', '.join(f'{version}.{column}' for column in FIXED_COLUMNS)})"


class LetterTemplate(models.Model):
    """One version of a team's text for a kind of document; where a team has none, the built-in text is used."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="letter_templates")
    kind = models.CharField(max_length=10, choices=TextKind.choices)
    number = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True, help_text="Empty: back to the built-in text")
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["team", "kind", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["team", "kind", "number"], name="mdt_letter_template_once")
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.number}"


class LetterQuerySet(models.QuerySet["Letter"]):
    """Words for choosing letters."""

    def visible_to(self, user: User) -> "LetterQuerySet":
        return self.filter(case__team__in=user.team_ids())

    def to_referrer(self, user: User) -> "LetterQuerySet":
        """The issued ones that are for the clinician who referred the patient, or a colleague, and stand."""
        sent = Referral.objects.referred_by_colleagues_of(user)
        theirs = self.filter(kind=LetterKind.CLINICAL, status=LetterStatus.ISSUED)
        return theirs.filter(case__in=sent.values("case"))

    def to_issue(self) -> "LetterQuerySet":
        return self.filter(status__in=TO_ISSUE)


@tracked
class Letter(Versioned):
    """One letter about one decision; fixed, with its PDF, when it is issued."""

    kind = models.CharField(max_length=10, choices=LetterKind.choices)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="letters")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="letters")
    template = models.ForeignKey(
        LetterTemplate,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: built-in",
    )
    recipients = models.TextField(blank=True, help_text="One to a line")
    text = models.TextField(help_text="As it reads, placeholders filled in")
    status = models.CharField(max_length=10, choices=LetterStatus.choices, default=LetterStatus.DRAFT)
    status_reason = models.CharField(max_length=300, blank=True)
    due_on = models.DateField()
    checked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    issued_at = models.DateTimeField(null=True, blank=True)
    pdf = models.FileField(upload_to="letters", blank=True, max_length=120)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["case", "-id"], name="mdt_letter_case"),
            models.Index(
                fields=["due_on"],
                name="mdt_letter_to_issue",
                condition=models.Q(status__in=list(TO_ISSUE)),
            ),
            models.Index(
                fields=["-issued_at", "-id"],
                name="mdt_letter_issued",
                condition=models.Q(status=LetterStatus.ISSUED),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["decision", "kind"], name="mdt_letter_once"),
            models.CheckConstraint(
                condition=~models.Q(status=LetterStatus.ISSUED)
                | (models.Q(issued_at__isnull=False) & ~models.Q(pdf_sha256="")),
                name="mdt_letter_issued_is_fixed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="fixed_once_issued",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.pdf_sha256 <> '' AND ({_row('NEW')} IS DISTINCT FROM {_row('OLD')}"
                    " OR NEW.status NOT IN ('issued', 'replaced'))"
                ),
            ),
            pgtrigger.Protect(
                name="kept_once_issued",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.pdf_sha256 <> ''"),
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"

    @property
    def is_to_issue(self) -> bool:
        return self.status in TO_ISSUE


class LetterUse(models.Model):
    """That an issued letter was printed, downloaded, or fetched by a hospital system."""

    class How(models.TextChoices):
        PRINTED = "printed", "Printed"
        DOWNLOADED = "downloaded", "Downloaded"
        FETCHED = "fetched", "Fetched by a hospital system"

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="uses")
    how = models.CharField(max_length=10, choices=How.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-at", "-id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.get_how_display()}: letter {self.letter_id}"
