"""States of referrals and cases, as data a clinician can read."""

from django.db.models import TextChoices

from audit.workflow import Workflow


class ReferralStatus(TextChoices):
    RECEIVED = "received", "Received"
    RETURNED = "returned", "Returned for information"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"


class CaseStatus(TextChoices):
    ACCEPTED = "accepted", "Accepted"
    READY = "ready", "Ready"
    LISTED = "listed", "Listed"
    DISCUSSED = "discussed", "Discussed"
    PLANNED = "planned", "Planned"
    ON_TREATMENT = "on_treatment", "On treatment"
    FOLLOW_UP = "follow_up", "Follow-up"
    CLOSED = "closed", "Closed"


class ClosedReason(TextChoices):
    NOT_SARCOMA = "not_sarcoma", "Benign or no tumour: discharged"
    OTHER_CANCER = "other_cancer", "Other cancer: referred on"
    COMPLETED = "completed", "Completed"
    DIED = "died", "Died"
    TRANSFERRED = "transferred", "Transferred"
    LOST = "lost_to_follow_up", "Lost to follow-up"


R, C = ReferralStatus, CaseStatus

REFERRAL = Workflow(
    "referral",
    {
        R.RECEIVED: frozenset({R.RETURNED, R.ACCEPTED, R.DECLINED}),
        R.RETURNED: frozenset({R.RECEIVED, R.DECLINED}),
        R.ACCEPTED: frozenset(),
        R.DECLINED: frozenset(),
    },
    dict(R.choices),
)

CASE = Workflow(
    "case",
    {
        # To follow-up: a patient who was lost and is in touch again.
        C.ACCEPTED: frozenset({C.READY, C.LISTED, C.FOLLOW_UP, C.CLOSED}),
        C.READY: frozenset({C.LISTED, C.CLOSED}),
        C.LISTED: frozenset({C.READY, C.DISCUSSED, C.PLANNED, C.CLOSED}),
        C.DISCUSSED: frozenset({C.LISTED, C.PLANNED, C.FOLLOW_UP, C.CLOSED}),
        C.PLANNED: frozenset({C.LISTED, C.ON_TREATMENT, C.FOLLOW_UP, C.CLOSED}),
        C.ON_TREATMENT: frozenset({C.LISTED, C.FOLLOW_UP, C.CLOSED}),
        # To accepted: a recurrence re-opens the case.
        C.FOLLOW_UP: frozenset({C.ACCEPTED, C.LISTED, C.ON_TREATMENT, C.CLOSED}),
        C.CLOSED: frozenset({C.ACCEPTED}),
    },
    dict(C.choices),
)
