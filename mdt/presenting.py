"""How pages say a meeting: the six role tiles, the competences there, and a plan's verdict beside its case."""

from collections.abc import Iterable, Sequence
from typing import Any

from accounts.permissions import Competence, Role
from mdt.models import Attendance, Listing
from mdt.quorum import Quorum
from treatments.models import Check

VERDICTS = {
    "contradicts_record": ("contradiction", "contradicts the record"),
    "incomplete": ("missing", "facts missing"),
    "needs_reason": ("deviation", "a reason is needed"),
    "needs_acknowledgement": ("caution", "an acknowledgement is needed"),
    "outside_guidance": ("advice", "outside the guidance"),
    "concordant": ("ok", "concordant"),
}


def tiles(quorum: Quorum, attendances: Sequence[Attendance], recused: set[int]) -> list[dict[str, Any]]:
    """Items of the quorum meter, all six roles always."""
    return [
        {
            "role": Role(seat.role).label,
            "state": "present" if seat.filled_by else "absent" if seat.is_needed else "none",
            "people": [
                {"text": _words(row), "state": _how(row, recused)}
                for row in attendances
                if row.role == seat.role
            ]
            or [{"text": "nobody", "state": "absent"}],
            "note": "" if seat.is_needed else "not needed for this quorum",
        }
        for seat in quorum.seats
    ]


def _words(row: Attendance) -> str:
    gives = [Competence(each).label.lower() for each in row.competences]
    words = f"{row.person.full_name} ({', '.join(gives)})" if gives else row.person.full_name
    return f"{words} for {row.deputises_for}" if row.deputises_for_id else words


def _how(row: Attendance, recused: set[int]) -> str:
    if row.person_id in recused:
        return "recused"
    if row.deputises_for_id:
        return "deputy"
    return "remote" if row.mode == Attendance.Mode.REMOTE else "present"


def newest_checks(listings: Iterable[Listing]) -> dict[int, Check]:
    """The newest check of each listed plan, in one statement."""
    plans = [listing.plan_id for listing in listings if listing.plan_id]
    rows = Check.objects.filter(plan__in=plans).order_by("plan_id", "-id").distinct("plan_id")
    return {check.plan_id: check for check in rows.only("plan_id", "verdict")}


def verdict(check: Check | None) -> tuple[str, str]:
    """Icon and words of a check's verdict."""
    return VERDICTS[check.verdict] if check else ("plain", "not checked yet")
