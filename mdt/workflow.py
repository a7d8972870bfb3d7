"""States of meetings and listings, and the outcomes of a decision, as data a clinician can read."""

from django.db.models import TextChoices

from audit.workflow import Workflow, WrongState


class NotNow(WrongState):
    """A refusal of the state that is said in words of its own."""

    def __init__(self, words: str) -> None:
        Exception.__init__(self, words)


class MeetingStatus(TextChoices):
    PLANNED = "planned", "Planned"
    CLOSED_FOR_LISTING = "closed_for_listing", "Closed for listing"
    IN_SESSION = "in_session", "In session"
    OUTCOMES_TO_FINISH = "outcomes_to_finish", "Outcomes to finish"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"


M = MeetingStatus

MEETING = Workflow(
    "meeting",
    {
        M.PLANNED: frozenset({M.CLOSED_FOR_LISTING, M.IN_SESSION, M.CANCELLED}),
        M.CLOSED_FOR_LISTING: frozenset({M.PLANNED, M.IN_SESSION, M.CANCELLED}),
        M.IN_SESSION: frozenset({M.OUTCOMES_TO_FINISH}),
        M.OUTCOMES_TO_FINISH: frozenset({M.IN_SESSION, M.FINISHED}),
        M.FINISHED: frozenset(),
        M.CANCELLED: frozenset(),
    },
    dict(M.choices),
)


class ListingStatus(TextChoices):
    TO_APPROVE = "to_approve", "Waits for the chair"
    LISTED = "listed", "Listed"
    DISCUSSING = "discussing", "Being discussed"
    DISCUSSED = "discussed", "Outcome to record"
    DECIDED = "decided", "Decided"
    POSTPONED = "postponed", "Postponed"
    WITHDRAWN = "withdrawn", "Taken off the list"


L = ListingStatus

LISTING = Workflow(
    "listing",
    {
        L.TO_APPROVE: frozenset({L.LISTED, L.POSTPONED, L.WITHDRAWN}),
        L.LISTED: frozenset({L.DISCUSSING, L.DECIDED, L.POSTPONED, L.WITHDRAWN}),
        L.DISCUSSING: frozenset({L.DISCUSSED, L.DECIDED, L.POSTPONED}),
        L.DISCUSSED: frozenset({L.DISCUSSING, L.DECIDED, L.POSTPONED}),
        L.DECIDED: frozenset({L.DISCUSSING}),
        L.POSTPONED: frozenset({L.LISTED, L.TO_APPROVE}),
        L.WITHDRAWN: frozenset({L.LISTED, L.TO_APPROVE}),
    },
    dict(L.choices),
)


class Track(TextChoices):
    """How a case is dealt with at a meeting; every case stays listed and recorded."""

    DISCUSS = "discuss", "Discuss"
    STANDARD_OF_CARE = "standard_of_care", "Standard of care"


class ListingUrgency(TextChoices):
    URGENT = "urgent", "Urgent: not later than this meeting"
    ROUTINE = "routine", "Routine"


class ProposalReason(TextChoices):
    """Why the product proposes a case for a meeting; the order is that of the list."""

    TO_RATIFY = "to_ratify", "An urgent decision to ratify"
    NOT_RATIFIED = "not_ratified", "A provisional decision that was not ratified"
    RECURRENCE = "recurrence", "A recurrence or new episode that no meeting has discussed"
    POST_OPERATIVE = "post_operative", "Histology after an operation"
    RESULTS = "results", "Results since it was last discussed"
    RELISTED = "relisted", "Listed again by the last decision, and due"
    POSTPONED = "postponed", "Put off by an earlier meeting"
    NOT_DELIVERED = "not_delivered", "The agreed plan was not delivered in time"
    READY = "ready", "Accepted and ready for its first discussion"


class PostponeReason(TextChoices):
    RADIOLOGY = "radiology", "Radiology"
    HISTOLOGY = "histology", "Histology"
    CLINICAL_INFORMATION = "clinical_information", "Clinical information"
    CAPACITY = "capacity", "No time at this meeting"
    PATIENT = "patient", "The patient's wish or condition"
    CANCELLED = "cancelled", "The meeting was cancelled"


class GapClosed(TextChoices):
    ARRIVED = "arrived", "The fact arrived"
    NOT_KNOWN = "not_known", "Recorded as not knowable"
    NOT_NEEDED = "not_needed", "Needed no longer"


class LetterKind(TextChoices):
    CLINICAL = "clinical", "To the referring clinician and the GP"
    PATIENT = "patient", "To the patient"


class TextKind(TextChoices):
    """What a team writes a text of its own for."""

    CLINICAL = "clinical", "Letter to the referring clinician and the GP"
    PATIENT = "patient", "Letter to the patient"
    MINUTES = "minutes", "Minutes of a meeting"
    ACTIONS = "actions", "Actions of a meeting"


class LetterStatus(TextChoices):
    DRAFT = "draft", "Draft"
    CHECKED = "checked", "Checked"
    ISSUED = "issued", "Issued"
    REPLACED = "replaced", "Replaced by a later one"
    STOPPED = "stopped", "Stopped"


S = LetterStatus

LETTER = Workflow(
    "letter",
    {
        S.DRAFT: frozenset({S.CHECKED, S.ISSUED, S.REPLACED, S.STOPPED}),
        S.CHECKED: frozenset({S.DRAFT, S.ISSUED, S.REPLACED, S.STOPPED}),
        S.ISSUED: frozenset({S.REPLACED}),
        S.REPLACED: frozenset(),
        S.STOPPED: frozenset({S.DRAFT}),
    },
    dict(S.choices),
)


TO_ISSUE = (S.DRAFT, S.CHECKED)
"""Letters that have not gone yet, and are to go."""


class Outcome(TextChoices):
    AGREE_PLAN = "agree_plan", "Agree the plan"
    MORE_IMAGING = "more_imaging", "More imaging"
    BIOPSY_OR_PATHOLOGY = "biopsy_or_pathology", "Biopsy or pathology review"
    OTHER_TEAM = "other_team", "Other team or centre"
    TRIAL = "trial", "Trial"
    SECOND_OPINION = "second_opinion", "Second opinion"
    PALLIATIVE_CARE = "palliative_care", "Palliative care"
    SURVEILLANCE = "surveillance", "Surveillance"
    NO_TREATMENT = "no_treatment", "No treatment"
    BENIGN = "benign", "Benign or no tumour: discharge"
    OTHER_CANCER = "other_cancer", "Other cancer: refer on"
    NO_DECISION = "no_decision", "No decision"


class Intent(TextChoices):
    """What treatment is for; the codes are those of the guidance contract."""

    CURATIVE = "curative", "To cure"
    PALLIATIVE = "palliative", "To control"


class DecisionKind(TextChoices):
    DISCUSSED = "discussed", "Discussed"
    STANDARD_OF_CARE = "standard_of_care", "Standard of care"
    URGENT = "urgent", "Urgent, between meetings"
    PROVISIONAL = "provisional", "Provisional"


OFF_THE_LIST = (L.TO_APPROVE, L.POSTPONED, L.WITHDRAWN)
"""Listings that have no place on the list: not yet, or no longer."""
OUTCOME_OWED = (L.LISTED, L.DISCUSSING, L.DISCUSSED)
"""Listings that keep a meeting from being finished."""

STANDING = (L.TO_APPROVE, *OUTCOME_OWED)
"""Listings of a case that is on its way to a discussion, so that nothing proposes it again."""
TAKEN_OFF = (L.POSTPONED, L.WITHDRAWN)

NOT_OPENED = (M.PLANNED, M.CLOSED_FOR_LISTING)
"""Meetings whose session has not begun."""
OPEN = (M.IN_SESSION, M.OUTCOMES_TO_FINISH)
"""Meetings in which decisions are recorded."""

NOBODY_TO_TELL = frozenset({Outcome.NO_DECISION})
"""Outcomes that the patient need not hear of yet."""

CASE_AFTER: dict[str, str] = {
    Outcome.AGREE_PLAN: "planned",
    Outcome.SURVEILLANCE: "follow_up",
    Outcome.BENIGN: "closed",
    Outcome.OTHER_CANCER: "closed",
}
"""The case's state after a final outcome; every other outcome leaves it discussed."""

CLOSED_FOR: dict[str, str] = {Outcome.BENIGN: "not_sarcoma", Outcome.OTHER_CANCER: "other_cancer"}
"""The coded reason with which an outcome closes the case."""
