"""States of a plan, of the delivery of its treatments, and of a re-check of plans, as data a clinician can read."""

from django.db.models import TextChoices

from audit.workflow import Workflow


class PlanStatus(TextChoices):
    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Proposed"
    AGREED = "agreed", "Agreed"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    SUPERSEDED = "superseded", "Superseded"
    DECLINED = "declined", "Declined by the patient"
    NOT_DELIVERED = "not_delivered", "Not delivered"


S = PlanStatus

PLAN = Workflow(
    "plan",
    {
        S.DRAFT: frozenset({S.PROPOSED, S.SUPERSEDED}),
        S.PROPOSED: frozenset({S.AGREED, S.SUPERSEDED, S.DECLINED}),
        S.AGREED: frozenset({S.IN_PROGRESS, S.SUPERSEDED, S.DECLINED, S.NOT_DELIVERED}),
        S.IN_PROGRESS: frozenset({S.COMPLETED, S.SUPERSEDED, S.NOT_DELIVERED}),
        S.COMPLETED: frozenset(),
        S.SUPERSEDED: frozenset(),
        S.DECLINED: frozenset(),
        S.NOT_DELIVERED: frozenset(),
    },
    dict(S.choices),
)


class DeliveryStatus(TextChoices):
    TO_COME = "to_come", "To come"
    SCHEDULED = "scheduled", "Scheduled"
    UNDER_WAY = "under_way", "Under way"
    GIVEN = "given", "Given"
    STOPPED = "stopped", "Stopped before its end"
    CHANGED = "changed", "Given otherwise than agreed"
    NOT_GIVEN = "not_given", "Not given"


D = DeliveryStatus

_BEGINNINGS = frozenset({D.UNDER_WAY, D.GIVEN, D.CHANGED, D.NOT_GIVEN})

DELIVERY = Workflow(
    "treatment",
    {
        D.TO_COME: _BEGINNINGS | {D.SCHEDULED},
        # another date, or none for now
        D.SCHEDULED: _BEGINNINGS | {D.SCHEDULED, D.TO_COME},
        D.UNDER_WAY: frozenset({D.GIVEN, D.STOPPED, D.CHANGED}),
        D.GIVEN: frozenset(),
        D.STOPPED: frozenset(),
        D.CHANGED: frozenset(),
        D.NOT_GIVEN: frozenset(),
    },
    dict(D.choices),
)


class RecheckStatus(TextChoices):
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    OVERTAKEN = "overtaken", "Overtaken: the guidance changed again"
    FAILED = "failed", "Stopped by a fault"


R = RecheckStatus

RECHECK = Workflow(
    "re-check",
    {
        R.RUNNING: frozenset({R.FINISHED, R.OVERTAKEN, R.FAILED}),
        R.FINISHED: frozenset(),
        R.OVERTAKEN: frozenset(),
        R.FAILED: frozenset(),
    },
    dict(R.choices),
)
