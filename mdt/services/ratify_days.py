"""Until when a provisional decision is ratified."""

from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.calendar import add_working_days
from mdt.workflow import DecisionKind

RATIFY_WITHIN: Final = 2
"""Working days in which a provisional decision is ratified, unless another day is typed."""


def ratify_day(kind: str, typed: date | None) -> date | None:
    """The day that was typed, else the usual one; none for a decision that is final."""
    if kind != DecisionKind.PROVISIONAL:
        return None
    today = timezone.localdate()
    if typed is not None and typed < today:
        words = "The day until which it is ratified has passed. Enter today or a later day."
        raise ValidationError({"ratify_by_on": [words]})
    return typed or add_working_days(today, RATIFY_WITHIN)
