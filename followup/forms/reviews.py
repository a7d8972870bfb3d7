"""Shapes of what is typed about reviews; the services judge it."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from audit.forms import VersionedForm
from followup.forms.fields import DayField, OneOf, PersonField
from followup.models import ReviewFinding, ReviewKind
from followup.services import reviews

REVIEWS_SHOWN = [
    ("due", "Due in 30 days, and overdue"),
    ("overdue", "Overdue"),
    ("planned", "All planned"),
    ("missed", "Missed"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
REVIEW_ORDERS = [("due", "Due date"), ("patient", "Patient"), ("responsible", "Who is responsible")]


class ReviewForm(VersionedForm):
    """What is planned."""

    kind = OneOf(label="Kind of review", choices=ReviewKind.choices, widget=forms.RadioSelect)
    due_on = DayField(label="Due date")
    responsible = PersonField(label="Who is responsible", help_text="They are reminded on the day")
    note = forms.CharField(
        label="Note", required=False, max_length=reviews.NOTE, help_text="What to look for"
    )

    def __init__(self, *args: Any, people: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["responsible"].offer(people)


class DoneForm(VersionedForm):
    """What the review found."""

    done_on = DayField(label="Date of the review")
    finding = OneOf(label="Finding", choices=ReviewFinding.choices, widget=forms.RadioSelect)
    finding_note = forms.CharField(
        label="Detail", required=False, max_length=reviews.FINDING_NOTE, widget=forms.Textarea
    )


class MissedForm(VersionedForm):
    """What was done about a review that did not happen."""

    what_was_done = forms.CharField(
        label="What was done about it",
        max_length=reviews.REASON,
        widget=forms.Textarea,
        help_text="Who was told, and what happens next",
    )


class CancelForm(VersionedForm):
    """Why a review is not needed any more."""

    reason = forms.CharField(label="Reason", max_length=reviews.REASON, widget=forms.Textarea)
