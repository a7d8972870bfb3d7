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
        L.LISTED: frozenset({L.DISCUSSING, L.DECIDED, L.POSTPONED, L.WITHDRAWN}),
        L.DISCUSSING: frozenset({L.DISCUSSED, L.DECIDED, L.POSTPONED}),
        L.DISCUSSED: frozenset({L.DISCUSSING, L.DECIDED, L.POSTPONED}),
        L.DECIDED: frozenset({L.DISCUSSING}),
        L.POSTPONED: frozenset({L.LISTED}),
        L.WITHDRAWN: frozenset({L.LISTED}),
    },
    dict(L.choices),
)


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


class DecisionKind(TextChoices):
    DISCUSSED = "discussed", "Discussed"
    STANDARD_OF_CARE = "standard_of_care", "Standard of care"
    URGENT = "urgent", "Urgent, between meetings"
    PROVISIONAL = "provisional", "Provisional"


OFF_THE_LIST = (L.POSTPONED, L.WITHDRAWN)
OUTCOME_OWED = (L.LISTED, L.DISCUSSING, L.DISCUSSED)
"""Listings that keep a meeting from being finished."""

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
