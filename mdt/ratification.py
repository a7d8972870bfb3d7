"""How a decision stands to its ratification: said in one way on every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from cases.services.refusals import said
from mdt.models import Decision
from mdt.services.ratifying import RATIFIED
from mdt.workflow import DecisionKind

TO_RATIFY: Final = "to_ratify"
OVERDUE: Final = "overdue"
RATIFIED_BY: Final = "ratified"
REFUSED: Final = "refused"
ANSWERED: Final = "answered"

LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    TO_RATIFY: ("caution", "clock"),
    OVERDUE: ("contradiction", "clock"),
    RATIFIED_BY: ("ok", ""),
    REFUSED: ("contradiction", "absent"),
    ANSWERED: ("plain", ""),
}
"""By state: how the component `state` shows it, and its sign."""


@dataclass(frozen=True)
class Ratification:
    """One of the states above, in words; `reason` is why it was refused."""

    state: str
    words: str
    reason: str = ""

    @property
    def look(self) -> str:
        return LOOKS[self.state][0]

    @property
    def symbol(self) -> str:
        return LOOKS[self.state][1]


def ratification_words(decision: Decision | None) -> Ratification | None:
    """None of a decision that needs no ratification and ratifies none."""
    if decision is None:
        return None
    if decision.kind == DecisionKind.PROVISIONAL:
        return _provisional(decision)
    if decision.kind == DecisionKind.URGENT:
        return _urgent(decision)
    return _ratifying(decision)


def told_outside(decision: Decision) -> Ratification | None:
    """The same for whoever referred the patient: no more names, and no reasons."""
    found = ratification_words(decision)
    if found is None or decision.kind == DecisionKind.URGENT:
        return None
    if found.state == REFUSED:
        on = said(timezone.localdate(decision.refusal.at))
        return Ratification(REFUSED, f"Not ratified: refused on {on}. The team discusses the case again.")
    words = f"Ratified on {_on(decision)}" if found.state == RATIFIED_BY else "Waits to be ratified"
    return Ratification(found.state if found.state == RATIFIED_BY else TO_RATIFY, words)


def ratify_by(decision: Decision) -> date:
    """Until when a provisional decision is ratified; one that names no day was due the day after."""
    return decision.ratify_by_on or timezone.localdate(decision.recorded_at) + timedelta(days=1)


def _provisional(decision: Decision) -> Ratification | None:
    refusal, later = getattr(decision, "refusal", None), getattr(decision, "replaced_by", None)
    if refusal is not None:
        words = f"Not ratified: {refusal.refused_by} refused on {said(timezone.localdate(refusal.at))}"
        if later is not None:
            return Ratification(ANSWERED, f"{words}; {_answered(decision, later)}", refusal.reason)
        return Ratification(REFUSED, words, refusal.reason)
    if later is not None:
        return _followed(decision, later)
    if decision.to_ratify_by is None:
        return None
    by = ratify_by(decision)
    if by < timezone.localdate():
        return Ratification(OVERDUE, f"To be ratified by {decision.to_ratify_by}: overdue since {_day(by)}")
    return Ratification(TO_RATIFY, f"To be ratified by {decision.to_ratify_by}, by {_day(by)}")


def _answered(decision: Decision, later: Decision) -> str:
    """Where it was another meeting that decided again, which one."""
    if decision.listing_id and later.listing and later.listing_id != decision.listing_id:
        return f"answered at the meeting of {said(later.listing.meeting.day)}"
    return f"decided again on {_on(later)}"


def _followed(decision: Decision, later: Decision) -> Ratification:
    if later.ratifies_id == decision.pk:
        return Ratification(RATIFIED_BY, _by_whom(decision, later))
    return Ratification(ANSWERED, f"Not ratified: {_answered(decision, later)}")


def _urgent(decision: Decision) -> Ratification | None:
    later = getattr(decision, "replaced_by", None)
    if later is not None:
        return _followed(decision, later)
    if decision.ratify_at is None:
        return None
    day = said(decision.ratify_at.day)
    if decision.ratify_at.starts_at < timezone.now():
        return Ratification(OVERDUE, f"Not ratified: due at the meeting of {day}")
    return Ratification(TO_RATIFY, f"To be ratified at the meeting of {day}")


def _ratifying(decision: Decision) -> Ratification | None:
    """That this decision is the ratified one."""
    if decision.ratifies is None:
        return None
    return Ratification(RATIFIED_BY, _by_whom(decision.ratifies, decision))


def _by_whom(before: Decision, later: Decision) -> str:
    """The person who added their word afterwards, or the meeting that said the same."""
    person = before.to_ratify_by
    added = {each["person"] for each in later.present if each["mode"] == RATIFIED}
    if person is not None and person.pk in added:
        return f"Ratified by {person} on {_on(later)}"
    return f"Ratified by the MDT on {_on(later)}"


def _on(decision: Decision) -> str:
    return said(timezone.localdate(decision.recorded_at))


def _day(day: date) -> str:
    """Fri 27 Nov 2026."""
    return f"{day:%a} {said(day)}"
