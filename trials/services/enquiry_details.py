"""What an asker typed, put right or removed when they ask for it."""

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.events import EventType
from audit.workflow import WrongState, check_version
from trials.models import Enquiry
from trials.services.enquiries import (
    LONGEST,
    TOLD,
    EnquiryDetails,
    changed,
    checked_details,
    given_reason,
    locked,
)
from trials.workflow import ENQUIRY_OPEN

REMOVED: Final = "Removed"
LABELS: Final = {name: label for name, (label, _) in LONGEST.items()} | {
    "sender": "Who asks",
    "asks": "What is asked for",
}


@transaction.atomic
def correct_enquiry_details(
    *, enquiry: Enquiry, version: int | None, details: EnquiryDetails, reason: str, by: User
) -> Enquiry:
    """Put right what the asker told, in any state; the step names the fields and never what stood in them."""
    row = locked(enquiry, by)
    _must_be_there(row, "corrected")
    check_version(row, version)
    values, refusals = checked_details(details)
    refusals.settle()
    why = given_reason(reason)
    fields = [name for name in TOLD if getattr(row, name) != values[name]]
    if not fields:
        raise ValidationError("Nothing is different from what is held, so there is nothing to correct.")
    for name in fields:
        setattr(row, name, values[name])
    said = ", ".join(LABELS[name].lower() for name in fields)
    return changed(row, f"Corrected: {said}. {why}", EventType.ENQUIRY_CORRECTED, by, fields=fields)


@transaction.atomic
def remove_enquiry_details(*, enquiry: Enquiry, version: int | None, reason: str, by: User) -> Enquiry:
    """Take away who asked, what they told, what was made of it and the answer; that somebody asked stays.

    Only of an enquiry that is answered or closed: without a way to reach the asker nobody could answer.
    """
    row = locked(enquiry, by)
    if row.status in ENQUIRY_OPEN:
        wanted = "one without its details before it is answered or closed"
        raise WrongState("enquiry", row.get_status_display().lower(), wanted)
    _must_be_there(row, "removed")
    check_version(row, version)
    why = given_reason(reason)
    for name in TOLD:
        if name not in ("sender", "asks"):
            setattr(row, name, "")
    row.name = row.question = REMOVED
    row.facts, row.answers, row.sex, row.answer, row.status_reason = {}, {}, "", "", ""
    row.details_removed_on = timezone.localdate()
    return changed(row, f"Details removed. {why}", EventType.ENQUIRY_DETAILS_REMOVED, by)


def _must_be_there(row: Enquiry, wanted: str) -> None:
    if row.details_removed_on:
        raise WrongState("enquiry", "without its details", wanted)
