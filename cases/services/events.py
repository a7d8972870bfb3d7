"""Dated facts of the pathway, written with the change that they tell of."""

from datetime import date

from django.db import transaction

from accounts.models import Organisation, User
from cases.models import Case, CaseEvent
from cases.models.case import CaseEventType

LONGEST_NOTE = 300


@transaction.atomic
def note(
    *,
    case: Case,
    type: CaseEventType,
    on: date,
    note: str = "",
    organisation: Organisation | None = None,
    by: User | None,
) -> CaseEvent:
    """Put one entry on the case's timeline; the decision behind it asked for permission and was audited."""
    return CaseEvent.objects.create(
        case=case, type=type, on=on, note=note[:LONGEST_NOTE], organisation=organisation, by=by
    )
