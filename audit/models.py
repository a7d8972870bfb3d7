"""Events, reads and the outbox; the application's database role can add to the first two and change neither."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Now

from audit.events import EventType

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Versioned(models.Model):
    """A row that people edit by hand: an edit names the version that it was made on."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class Event(models.Model):
    """Something that someone did, written in the transaction that did it."""

    at = models.DateTimeField(db_default=Now())
    type = models.CharField(max_length=40, help_text="One of audit.events.EventType")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the service itself",
    )
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    case_id = models.BigIntegerField(
        null=True, help_text="The case that it belongs to, for the case's own history"
    )
    data = models.JSONField(default=dict, help_text="Codes, ids and states; no patient detail")

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target_id"], name="audit_event_target"),
            models.Index(
                fields=["case_id", "-at"], name="audit_event_case", condition=models.Q(case_id__isnull=False)
            ),
            models.Index(fields=["by", "-at"], name="audit_event_by"),
            BrinIndex(fields=["at"], name="audit_event_at", pages_per_range=32, autosummarize=True),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.label} ({self.target_type} {self.target_id})"

    @property
    def label(self) -> str:
        """The words that a page shows for it."""
        return EventType(self.type).label


class Read(models.Model):
    """One response in which someone, or a hospital system, saw these patients. Partitioned by month."""

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField(
        db_default=models.Func(
            models.Value("audit_read_id_seq"), function="nextval", output_field=models.BigIntegerField()
        )
    )
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    surface = models.CharField(max_length=10, choices=[("page", "Page"), ("api", "Interface")])
    view = models.CharField(max_length=100)
    patient_ids = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [
            GinIndex(fields=["patient_ids"], name="audit_read_patients"),
            models.Index(fields=["by", "-at"], name="audit_read_by"),
        ]

    def __str__(self) -> str:
        return f"{self.view} by {self.by_id}"


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    """Words for choosing entries of the outbox."""

    def untried(self, consumer: str) -> "OutboxQuerySet":
        """What a consumer that is told in batches waits for; what was in a batch that failed goes by itself."""
        return self.filter(consumer=consumer, status=OutboxEntry.Status.PENDING, attempts=0)


class OutboxEntry(models.Model):
    """One consumer that has still to be told of one event."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="outbox")
    consumer = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True, help_text="The kind of error; never its text")

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outbox entries"
        constraints = [models.UniqueConstraint(fields=["event", "consumer"], name="audit_outbox_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"], name="audit_outbox_pending", condition=models.Q(status="pending")
            ),
            models.Index(
                fields=["consumer"], name="audit_outbox_failed", condition=models.Q(status="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} for event {self.event_id}"


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Words for choosing heartbeats."""

    def with_age(self) -> "HeartbeatQuerySet":
        """How long ago by the database's clock, which all processes share."""
        age = models.ExpressionWrapper(Now() - models.F("at"), output_field=models.DurationField())
        return self.annotate(age=age)


class Heartbeat(models.Model):
    """When a part of the service was last seen at work: the scheduler, a worker, one kind of run."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField(db_default=Now())
    took_ms = models.PositiveIntegerField(null=True)
    detail = models.JSONField(default=dict, help_text="Counts only")

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
