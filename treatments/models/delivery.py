"""What became of each treatment of an agreed plan."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import User
from audit.history import tracked
from audit.models import Versioned
from cases.clinical import vocabulary
from cases.models import TreatmentGiven
from treatments.models.plan import NotDelivered, Plan, Treatment
from treatments.workflow import DeliveryStatus

WITH_REASON = (DeliveryStatus.STOPPED, DeliveryStatus.CHANGED, DeliveryStatus.NOT_GIVEN)


class Margin(models.TextChoices):
    """What an operation left behind; RX: it could not be judged."""

    R0 = "R0", vocabulary.MARGINS["R0"]
    R1 = "R1", vocabulary.MARGINS["R1"]
    R2 = "R2", vocabulary.MARGINS["R2"]
    RX = "RX", "RX, cannot be judged"


class Complication(models.TextChoices):
    """The worst complication of an operation, by Clavien and Dindo."""

    NONE = "none", "None"
    GRADE_I = "I", "Grade I: no more than simple care"
    GRADE_II = "II", "Grade II: drugs, transfusion or feeding through a vein"
    GRADE_IIIA = "IIIa", "Grade IIIa: intervention without general anaesthesia"
    GRADE_IIIB = "IIIb", "Grade IIIb: intervention under general anaesthesia"
    GRADE_IVA = "IVa", "Grade IVa: life-threatening, one organ"
    GRADE_IVB = "IVb", "Grade IVb: life-threatening, several organs"
    GRADE_V = "V", "Grade V: death"


@tracked
class Delivery(Versioned):
    """What became of one treatment; without a row it is still to come and has no date."""

    treatment = models.OneToOneField(Treatment, on_delete=models.PROTECT, related_name="delivery")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="deliveries")
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.TO_COME)
    scheduled_on = models.DateField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    margin = models.CharField(max_length=2, choices=Margin.choices, blank=True)
    complications = models.CharField(
        max_length=5, choices=Complication.choices, blank=True, help_text="The worst, by Clavien and Dindo"
    )
    instead = models.JSONField(
        default=dict,
        blank=True,
        help_text="What was given in its place, in the shape of the guidance contract",
    )
    reason_code = models.CharField(max_length=20, choices=NotDelivered.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    given = models.OneToOneField(
        TreatmentGiven, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the service itself"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["plan", "treatment__position"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["scheduled_on"],
                name="treatments_delivery_scheduled",
                condition=Q(status=DeliveryStatus.SCHEDULED),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=WITH_REASON) ^ Q(reason_code=""),
                name="treatments_delivery_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=DeliveryStatus.SCHEDULED) | Q(scheduled_on__isnull=False),
                name="treatments_delivery_has_its_date",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True)
                | Q(started_on__isnull=True)
                | Q(ended_on__gte=F("started_on")),
                name="treatments_delivery_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()
