"""States of a plan, and of a re-check of plans, as data a clinician can read."""

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
