"""Plans, their treatments, and what keeps a plan from starting."""

from datetime import date, timedelta
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, Now, TruncDate

from accounts.models import User
from audit.history import tracked
from audit.models import Versioned
from cases.models import Episode
from cases.workflow import CaseStatus
from treatments.workflow import DeliveryStatus, PlanStatus

TO_DELIVER = (PlanStatus.AGREED, PlanStatus.IN_PROGRESS)
"""Plans whose treatments are still to come, or under way."""
OPEN_STATES = (DeliveryStatus.TO_COME, DeliveryStatus.SCHEDULED, DeliveryStatus.UNDER_WAY)

GRACE_DAYS = 7
"""A treatment that was not recorded as given is asked about so long after its date."""


class PlanQuerySet(models.QuerySet["Plan"]):
    """Words for choosing plans."""

    def visible_to(self, user: User) -> "PlanQuerySet":
        return self.filter(episode__case__team__in=user.team_ids())

    def current(self) -> "PlanQuerySet":
        return self.exclude(status__in=[PlanStatus.SUPERSEDED, PlanStatus.DECLINED, PlanStatus.NOT_DELIVERED])

    def waiting(self) -> "PlanQuerySet":
        """Proposed, and not yet agreed."""
        return self.filter(status=PlanStatus.PROPOSED)

    def for_the_list(self) -> "PlanQuerySet":
        """What a row of the list shows, in a fixed number of statements."""
        return self.select_related(
            "episode__case__patient", "episode__case__team__organisation", "proposed_by", "named_surgeon"
        ).prefetch_related("treatments", "holds")


FIXED_COLUMNS = ("episode_id", "number", "intent", "trial", "palliative_care_referral", "named_surgeon_id")


def _row(version: str) -> str:
    return f"({', '.join(f'{version}.{column}' for column in FIXED_COLUMNS)})"


class NotDelivered(models.TextChoices):
    """Why an agreed plan, or a treatment of it, was not carried out, not to its end, or otherwise than agreed."""

    PATIENT_CHOICE = "patient_choice", "The patient's choice"
    PROGRESSION = "progression", "The disease progressed"
    UNFIT = "unfit", "The patient became too unwell"
    COMORBIDITY = "comorbidity", "Other illness"
    SIDE_EFFECTS = "side_effects", "Side effects"
    NOT_NEEDED = "not_needed", "No longer needed"
    OTHER_TREATMENT = "other_treatment", "Another treatment was chosen"
    BEST_SUPPORTIVE_CARE = "best_supportive_care", "Best supportive care was chosen"
    TRIAL = "trial", "Treated in a trial instead"
    LOST = "lost", "Lost to follow-up"
    DIED = "died", "The patient died"
    MOVED = "moved", "Treatment went to another centre"
    SERVICE = "service", "The service could not give it"
    OTHER = "other", "Other"


@tracked
class Plan(Versioned):
    """Proposed treatments with an intent; fixed from `proposed` on: an edit is a new plan that replaces it."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=15, choices=PlanStatus.choices, default=PlanStatus.DRAFT)
    status_reason = models.CharField(max_length=300, blank=True)
    not_delivered_reason = models.CharField(max_length=20, choices=NotDelivered.choices, blank=True)
    intent = models.CharField(max_length=10)
    trial = models.CharField(max_length=200, blank=True)
    palliative_care_referral = models.BooleanField(null=True, blank=True)
    named_surgeon = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The operating specialist of a metastasectomy",
    )
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["episode", "-number"]
        indexes = [
            models.Index(fields=["status", "-proposed_at"], name="treatments_plan_waiting"),
            models.Index(
                fields=["agreed_at"],
                name="treatments_plan_agreed",
                condition=models.Q(agreed_at__isnull=False),
            ),
            models.Index(
                fields=["agreed_at"],
                name="treatments_plan_to_deliver",
                condition=models.Q(status__in=TO_DELIVER),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["episode", "number"], name="treatments_plan_number"),
            models.CheckConstraint(
                condition=models.Q(status=PlanStatus.NOT_DELIVERED) ^ models.Q(not_delivered_reason=""),
                name="treatments_not_delivered_has_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="content_fixed_once_proposed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.status <> 'draft' AND (NEW.status = 'draft' OR "
                    f"{_row('NEW')} IS DISTINCT FROM {_row('OLD')})"
                ),
            )
        ]

    def __str__(self) -> str:
        return f"Plan {self.number}"


class TreatmentQuerySet(models.QuerySet["Treatment"]):
    """Words for choosing treatments of plans that are being carried out."""

    def visible_to(self, user: User) -> "TreatmentQuerySet":
        return self.filter(plan__episode__case__team__in=user.team_ids())

    def to_deliver(self) -> "TreatmentQuerySet":
        """Of agreed plans, and not ended; none of someone who has died, or whose case is closed."""
        not_ended = Q(delivery__isnull=True) | Q(delivery__status__in=OPEN_STATES)
        open_ones = self.filter(not_ended, plan__status__in=TO_DELIVER)
        return open_ones.filter(plan__episode__case__patient__is_dead=False).exclude(
            plan__episode__case__status=CaseStatus.CLOSED
        )

    def not_begun(self) -> "TreatmentQuerySet":
        return self.exclude(delivery__status=DeliveryStatus.UNDER_WAY)

    def late(self, day: date) -> Any:
        """After `with_due`: not begun, and without a date beyond its time, or past its date and a week."""
        never_dated = Q(delivery__scheduled_on__isnull=True, due_on__lt=day)
        past_date = Q(delivery__scheduled_on__lt=day - timedelta(days=GRACE_DAYS))
        rows: Any = self.not_begun()
        return rows.filter(never_dated | past_date)

    def with_due(self) -> "TreatmentQuerySet":
        """`due_on`: its date, or without one the team's days after the agreement or after what ended before it.

        What has no date is not due while another treatment of its plan is under way or has one, nor where its plan
        began and nobody spoke of any treatment (`is_untold`): it began before each one was recorded.
        """
        from treatments.models.delivery import Delivery

        siblings = Delivery.objects.filter(plan=OuterRef("plan"))
        last = siblings.annotate(on=Coalesce("ended_on", "started_on")).order_by(
            F("on").desc(nulls_last=True)
        )
        waits = Exists(siblings.filter(status__in=[DeliveryStatus.SCHEDULED, DeliveryStatus.UNDER_WAY]))
        since = Coalesce(Subquery(last.values("on")[:1]), TruncDate("plan__agreed_at"))
        by_rule = ExpressionWrapper(
            since + F("plan__episode__case__team__delivery_due_days"), output_field=models.DateField()
        )
        is_untold = ExpressionWrapper(
            Q(plan__status=PlanStatus.IN_PROGRESS) & ~Exists(siblings), output_field=models.BooleanField()
        )
        rows = self.annotate(is_untold=is_untold)
        without_date = Case(When(~waits & Q(is_untold=False), then=by_rule), output_field=models.DateField())
        return rows.annotate(due_on=Coalesce("delivery__scheduled_on", without_date))


@tracked
class Treatment(models.Model):
    """One line of a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="treatments")
    position = models.PositiveSmallIntegerField()
    modality = models.CharField(max_length=30)
    procedure = models.CharField(max_length=30, blank=True)
    timing = models.CharField(max_length=15, blank=True)
    technique = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    drugs = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    text = models.CharField("detail", max_length=300, blank=True)

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "position"],
                name="treatments_position_once",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="fixed_once_proposed",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (
                        SELECT FROM treatments_plan
                        WHERE id IN (NEW.plan_id, OLD.plan_id) AND status <> 'draft'
                    ) THEN
                        RAISE EXCEPTION 'pgtrigger: a plan is fixed once it is proposed';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            )
        ]

    def __str__(self) -> str:
        return self.modality


@tracked
class Hold(models.Model):
    """Why a plan may not start yet."""

    class Kind(models.TextChoices):
        SECOND_OPINION = "second_opinion", "A second opinion is awaited"
        PATIENT_NOT_TOLD = "patient_not_told", "The patient has not been told"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    note = models.CharField(max_length=300, blank=True)
    placed_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the service itself",
    )
    placed_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-placed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind"],
                name="treatments_hold_once",
                condition=models.Q(lifted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
