"""Until when a provisional decision is ratified."""

from datetime import date
from typing import Final

from django.utils import timezone

from accounts.calendar import add_working_days
from cases.services.refusals import Refusals
from mdt.workflow import DecisionKind

RATIFY_WITHIN: Final = 2
"""Working days in which a provisional decision is ratified, unless another day is typed."""


def ratify_day(kind: str, typed: date | None) -> date | None:
    """The day that was typed, else the usual one; none for a decision that is final."""
    if kind != DecisionKind.PROVISIONAL:
        return None
    refusals = Refusals()
    refuse_past(typed, refusals)
    refusals.settle()
    return typed or add_working_days(timezone.localdate(), RATIFY_WITHIN)


def refuse_past(typed: date | None, refusals: Refusals) -> None:
    if typed is not None and typed < timezone.localdate():
        refusals.add(
            "ratify_by_on", "The day until which it is ratified has passed. Enter today or a later day."
        )
