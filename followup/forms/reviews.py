"""Shapes of what is typed about reviews; the services judge it."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from audit.forms import VersionedForm
from followup import services
from followup.forms.fields import DayField, OneOf, PersonField
from followup.models import ReviewFinding, ReviewKind, ScheduleEnd
from followup.services.reviewing import reviews

REVIEWS_SHOWN = [
    ("due", "Due in 30 days, and overdue"),
    ("overdue", "Overdue"),
    ("planned", "All planned"),
    ("waiting", "Missed, no new date"),
    ("missed", "Missed"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
REVIEW_ORDERS = [("due", "Due date"), ("patient", "Patient"), ("responsible", "Who is responsible")]
IMAGING = [
    (kind.value, kind.label)
    for kind in (ReviewKind.CHEST_IMAGING, ReviewKind.LOCAL_XRAY, ReviewKind.LOCAL_MRI, ReviewKind.CT)
]


class ReviewForm(VersionedForm):
    """What is planned."""

    kind = OneOf(label="Kind of review", choices=ReviewKind.choices, widget=forms.RadioSelect)
    also = forms.MultipleChoiceField(
        label="Imaging to have by then",
        choices=IMAGING,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    due_on = DayField(label="Due date")
    responsible = PersonField(label="Who is responsible", help_text="They are reminded on the day")
    note = forms.CharField(
        label="Note", required=False, max_length=reviews.NOTE, help_text="What to look for"
    )

    def __init__(self, *args: Any, people: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["responsible"].offer(people)


class DoneForm(VersionedForm):
    """What the review found, and what follows it."""

    done_on = DayField(label="Date of the review")
    finding = OneOf(label="Finding", choices=ReviewFinding.choices, widget=forms.RadioSelect)
    finding_note = forms.CharField(
        label="Detail", required=False, max_length=reviews.FINDING_NOTE, widget=forms.Textarea
    )
    new_episode = forms.BooleanField(
        label="Where it is a recurrence or a metastasis: start the new episode",
        help_text="The case goes back to the meeting, and the episode of today stays as it is. "
        "Untick it if the meeting is to confirm the finding first.",
        required=False,
    )
    next_on = DayField(label="Next review", required=False)

    def __init__(
        self,
        *args: Any,
        by_schedule: str,
        is_late: bool,
        offers_episode: bool,
        offers_next: bool,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if is_late:
            self.fields["done_on"].help_text = "It is overdue: enter the day on which it was held"
        self.fields["next_on"].help_text = by_schedule
        if not offers_next:
            del self.fields["next_on"]
        if not offers_episode:
            del self.fields["new_episode"]


class MissedForm(VersionedForm):
    """What was done about a review that did not happen, and what follows."""

    what_was_done = forms.CharField(
        label="What was done about it",
        max_length=reviews.REASON,
        widget=forms.Textarea,
        help_text="Whom you wrote to or rang, and when",
    )
    new_on = DayField(label="New date", required=False)
    end = OneOf(
        label="Or follow-up ends",
        required=False,
        choices=[("", "No, there is a new date")]
        + [(end.value, ScheduleEnd(end).label) for end in reviews.ENDS_WHEN_MISSED],
        help_text="“Lost to follow-up” closes the case",
    )
    last_seen_on = DayField(
        label="Last seen on", required=False, help_text="Where the patient is lost to follow-up"
    )

    def __init__(self, *args: Any, may_end: bool, soon: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["new_on"].help_text = soon
        if not may_end:
            del self.fields["end"], self.fields["last_seen_on"]
            self.fields["new_on"].help_text = f"{soon}. A clinician can say that follow-up ends instead"


class CancelForm(VersionedForm):
    """Why a review is not needed any more, and what comes in its place."""

    reason = forms.CharField(label="Reason", max_length=reviews.REASON, widget=forms.Textarea)
    new_on = DayField(label="New date", required=False)
    end = OneOf(
        label="Or follow-up ends",
        required=False,
        choices=[("", "No, there is a new date")]
        + [(end.value, ScheduleEnd(end).label) for end in services.BY_HAND],
    )

    def __init__(self, *args: Any, is_the_last: bool, may_end: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_the_last:
            del self.fields["new_on"], self.fields["end"]
            return
        self.fields[
            "new_on"
        ].help_text = "No other is planned: without one nobody would see the patient again"
        if not may_end:
            del self.fields["end"]
