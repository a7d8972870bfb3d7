"""Enquiries from outside: somebody asks which trial may fit, or for a view, before any referral."""

from datetime import date, timedelta

from django.db import models
from django.db.models.functions import Now

from accounts.models import Team, User
from audit.history import tracked
from audit.models import APPEND_ONLY, Versioned
from cases.models import Referral
from trials.workflow import ENQUIRY_KEPT_DAYS, ENQUIRY_OPEN, EnquiryStatus


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    """Words for choosing enquiries."""

    def visible_to(self, user: User) -> "EnquiryQuerySet":
        return self.filter(team__in=user.team_ids())

    def open(self) -> "EnquiryQuerySet":
        return self.filter(status__in=ENQUIRY_OPEN)

    def due(self, today: date) -> "EnquiryQuerySet":
        """Open, and to be answered by that day or before it."""
        return self.open().filter(due_on__lte=today)

    def kept_too_long(self, today: date) -> "EnquiryQuerySet":
        """Ended for longer than details are kept, without a referral, and nobody has removed them yet."""
        rows = self.exclude(status__in=ENQUIRY_OPEN).filter(referral=None, details_removed_on=None)
        return rows.filter(due_on__lt=today - timedelta(days=ENQUIRY_KEPT_DAYS))

    def overdue(self, today: date) -> "EnquiryQuerySet":
        return self.open().filter(due_on__lt=today)


@tracked
class Enquiry(Versioned):
    """What somebody outside asked, what the team made of it, and what was answered."""

    class From(models.TextChoices):
        PATIENT = "patient", "A patient"
        RELATIVE = "relative", "A relative or friend"
        CLINICIAN = "clinician", "A clinician or hospital"
        OTHER = "other", "Somebody else"

    class Channel(models.TextChoices):
        FORM = "form", "The form on this site"
        API = "api", "A hospital system"
        STAFF = "staff", "Taken down by staff"

    class Asks(models.TextChoices):
        TRIAL = "trial", "A clinical trial"
        IMMUNOTHERAPY = "immunotherapy", "Immunotherapy"
        SECOND_OPINION = "second_opinion", "A second opinion"
        ADVICE = "advice", "Advice, or another option"

    class Became(models.TextChoices):
        NOTHING = "", "Nothing further"
        REFERRAL = "referral", "A referral"
        SECOND_OPINION = "second_opinion", "A second opinion"

    reference = models.CharField(max_length=12, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="enquiries")
    channel = models.CharField(max_length=5, choices=Channel.choices)
    sender = models.CharField("from", max_length=10, choices=From.choices)
    name = models.CharField(max_length=200)
    hospital = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=100, blank=True)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField("telephone", max_length=40, blank=True)
    subtype = models.CharField("type of sarcoma, as told", max_length=300, blank=True)
    site = models.CharField("where it is, as told", max_length=300, blank=True)
    done = models.TextField("what was done so far, as told", blank=True)
    asks = models.CharField(max_length=14, choices=Asks.choices)
    question = models.TextField()
    facts = models.JSONField(
        default=dict,
        blank=True,
        help_text="The `case` of the guidance contract, as staff made it of what was told",
    )
    sex = models.CharField(max_length=10, blank=True)
    answers = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="To what any trial can ask: yes or no, by the question's key",
    )
    status = models.CharField(max_length=8, choices=EnquiryStatus.choices, default=EnquiryStatus.NEW)
    status_reason = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    answer = models.TextField(blank=True)
    answered_on = models.DateField(null=True, blank=True)
    answered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    became = models.CharField(max_length=14, choices=Became.choices, blank=True, default="")
    referral = models.ForeignKey(
        Referral, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField(db_default=Now())
    details_removed_on = models.DateField(
        null=True, blank=True, help_text="Who asked, what they told and what was answered were taken away"
    )

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name_plural = "enquiries"
        indexes = [
            models.Index(
                fields=["due_on"], name="trials_enquiry_due", condition=models.Q(status__in=ENQUIRY_OPEN)
            ),
            models.Index(fields=["team", "-received_at"], name="trials_enquiry_received"),
            models.Index(fields=["channel", "-received_at"], name="trials_enquiry_channel"),
        ]

    def __str__(self) -> str:
        return self.reference


class EnquiryStep(models.Model):
    """What was done with an enquiry: taken on, matched, answered, turned into a referral."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(max_length=8, choices=EnquiryStatus.choices)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["enquiry", "id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.get_status_display()
