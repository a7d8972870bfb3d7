"""States of a trial in the register, of a referral to one, and of an enquiry from outside, as data to be read."""

from typing import Final

from django.db.models import TextChoices

from audit.workflow import Workflow


class TrialStatus(TextChoices):
    """The statuses of ClinicalTrials.gov (API v2, values of `overallStatus`), and one of our own."""

    IN_DEVELOPMENT = "IN_DEVELOPMENT", "In development"
    NOT_YET_RECRUITING = "NOT_YET_RECRUITING", "Not yet recruiting"
    RECRUITING = "RECRUITING", "Recruiting"
    ENROLLING_BY_INVITATION = "ENROLLING_BY_INVITATION", "Enrolling by invitation"
    ACTIVE_NOT_RECRUITING = "ACTIVE_NOT_RECRUITING", "Active, not recruiting"
    SUSPENDED = "SUSPENDED", "Suspended"
    COMPLETED = "COMPLETED", "Completed"
    TERMINATED = "TERMINATED", "Terminated"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"
    UNKNOWN = "UNKNOWN", "Unknown"
    AVAILABLE = "AVAILABLE", "Expanded access: available"
    NO_LONGER_AVAILABLE = "NO_LONGER_AVAILABLE", "Expanded access: no longer available"
    TEMPORARILY_NOT_AVAILABLE = "TEMPORARILY_NOT_AVAILABLE", "Expanded access: temporarily not available"
    APPROVED_FOR_MARKETING = "APPROVED_FOR_MARKETING", "Approved for marketing"
    WITHHELD = "WITHHELD", "Withheld"


T = TrialStatus

OPEN: Final = (T.RECRUITING, T.ENROLLING_BY_INVITATION, T.AVAILABLE)
"""Statuses in which a patient may be put forward; any other trial is matched only "as if open", on request."""

OVER: Final = (T.COMPLETED, T.TERMINATED, T.WITHDRAWN, T.NO_LONGER_AVAILABLE, T.APPROVED_FOR_MARKETING)
"""Statuses that need no more verifying."""


class TrialReferralStatus(TextChoices):
    REFERRED = "referred", "Referred to the trial team"
    SCREENING = "screening", "Screening"
    ENROLLED = "enrolled", "Enrolled"
    SCREEN_FAILURE = "screen_failure", "Screen failure"
    DECLINED = "declined", "Declined by the patient"
    NOT_TAKEN = "not_taken", "Not taken by the trial team"
    WITHDRAWN = "withdrawn", "Withdrawn by us"


R = TrialReferralStatus

_ENDS = frozenset({R.SCREEN_FAILURE, R.DECLINED, R.NOT_TAKEN, R.WITHDRAWN})

TRIAL_REFERRAL = Workflow(
    "referral to a trial",
    {
        R.REFERRED: _ENDS | {R.SCREENING},
        R.SCREENING: _ENDS | {R.ENROLLED},
        R.ENROLLED: frozenset(),
        R.SCREEN_FAILURE: frozenset(),
        R.DECLINED: frozenset(),
        R.NOT_TAKEN: frozenset(),
        R.WITHDRAWN: frozenset(),
    },
    dict(R.choices),
)

TRIAL_REFERRAL_OPEN: Final = (R.REFERRED, R.SCREENING)

TRIAL_REFERRAL_WORKING_DAYS: Final = {R.REFERRED: 5, R.SCREENING: 20}
"""Working days within which each step is expected to be followed by the next; a centre's own rule, not a standard."""


class EnquiryStatus(TextChoices):
    NEW = "new", "New"
    IN_HAND = "in_hand", "In hand"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed without an answer"


Q = EnquiryStatus

ENQUIRY = Workflow(
    "enquiry",
    {
        Q.NEW: frozenset({Q.IN_HAND, Q.ANSWERED, Q.CLOSED}),
        Q.IN_HAND: frozenset({Q.ANSWERED, Q.CLOSED}),
        Q.ANSWERED: frozenset({Q.IN_HAND}),
        Q.CLOSED: frozenset({Q.IN_HAND}),
    },
    dict(Q.choices),
)

ENQUIRY_OPEN: Final = (Q.NEW, Q.IN_HAND)
ENQUIRY_WORKING_DAYS: Final = 5
"""Working days within which an enquiry is answered; a centre's own rule, not a standard."""
ENQUIRY_KEPT_DAYS: Final = 2 * 365
"""Days after it was due for which the details of an enquiry without a referral are kept; a centre's own rule too."""
STALE_AFTER_DAYS: Final = 60
"""A trial that nobody verified for longer than this is marked stale, and its owner reminded."""


class ImportOutcome(TextChoices):
    NEW = "new", "New in the register"
    CHANGED = "changed", "Changes to accept"
    CLOSED = "closed", "Closed to recruitment"
    UNCHANGED = "unchanged", "Unchanged"
    OLDER = "older", "Older than what is held"
    REFUSED = "refused", "Refused"


class ChangeStatus(TextChoices):
    OPEN = "open", "To decide"
    ACCEPTED = "accepted", "Accepted"
    KEPT = "kept", "Kept as it was"
    OVERTAKEN = "overtaken", "Overtaken by a later import"


CHANGE = Workflow(
    "proposed change",
    {
        ChangeStatus.OPEN: frozenset({ChangeStatus.ACCEPTED, ChangeStatus.KEPT, ChangeStatus.OVERTAKEN}),
        ChangeStatus.ACCEPTED: frozenset(),
        ChangeStatus.KEPT: frozenset(),
        ChangeStatus.OVERTAKEN: frozenset(),
    },
    dict(ChangeStatus.choices),
)


class MatchRunStatus(TextChoices):
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Ended by a fault"


MATCH_RUN = Workflow(
    "run of matching",
    {
        MatchRunStatus.RUNNING: frozenset({MatchRunStatus.FINISHED, MatchRunStatus.FAILED}),
        MatchRunStatus.FINISHED: frozenset(),
        MatchRunStatus.FAILED: frozenset({MatchRunStatus.RUNNING}),
    },
    dict(MatchRunStatus.choices),
)
