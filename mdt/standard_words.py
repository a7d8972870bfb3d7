"""A team's standards of care as pages show them: their state, who answers for them, and what asks for attention."""

from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.models import User
from cases.presenting import treatment_words
from mdt.models import StandardOfCare, StandardVersion
from mdt.standards import Standard, read_standard
from treatments.guidance.local import read_condition, words

STATES: Final = {
    "in_force": ("In force", "green"),
    "to_approve": ("Waits for approval", "yellow"),
    "later": ("Approved, not begun", "blue"),
    "overdue": ("Out of force: its review is overdue", "orange"),
    "retired": ("Retired", "grey"),
}
SOON: Final = timedelta(days=60)
"""How long before its review date the page reminds of it."""
INTENTS: Final = {"curative": "To cure", "palliative": "To control"}


def standards_for(user: User) -> QuerySet[StandardOfCare]:
    """With every version, newest first, in two statements."""
    versions = StandardVersion.objects.select_related("proposed_by", "approval__approved_by")
    rows = StandardOfCare.objects.visible_to(user).select_related("team", "retirement__retired_by")
    return rows.prefetch_related(Prefetch("versions", versions.order_by("-number"))).order_by(
        "team__name", "id"
    )


def of_version(version: StandardVersion) -> Standard:
    """In the form that is matched with cases; `version.standard_id` is all that it needs of its standard."""
    label = f"SOC-{version.standard_id} v{version.number}"
    return read_standard(version.pk, label, version.title, version.condition, version.plan)


def in_force(team: int) -> list[Standard]:
    """The standards that a team may use today; one statement."""
    rows = StandardVersion.objects.in_force(timezone.localdate()).filter(standard__team=team)
    return [of_version(version) for version in rows.order_by("standard_id")]


def told(standard: StandardOfCare) -> dict[str, Any]:
    """One standard in words: what is in force of it, or else what would be, or its newest version."""
    today = timezone.localdate()
    versions = list(standard.versions.all())
    begun = next((each for each in versions if approval_of(each) and each.active_from <= today), None)
    shown = begun or versions[0]
    state = _state(standard, shown, today)
    waits = not approval_of(versions[0]) and state != "retired"
    return {
        "standard": standard,
        "version": shown,
        "state": state,
        "state_words": STATES[state],
        "waiting": versions[0] if waits and versions[0] is not shown else None,
        "open": versions[0] if waits else None,
        "approval": approval_of(shown),
        "review_soon": state == "in_force" and shown.review_on <= today + SOON,
        **said(shown),
    }


def said(version: StandardVersion) -> dict[str, Any]:
    """Of which cases a version speaks, and what it plans for them."""
    plan = of_version(version).plan
    return {
        "speaks_of": words(read_condition(version.condition)),
        "intent": INTENTS[plan.intent],
        "lines": [treatment_words(line) for line in plan.treatments],
    }


def history(standard: StandardOfCare) -> list[dict[str, Any]]:
    """Every version, newest first."""
    return [
        {"version": version, "approval": approval_of(version), **said(version)}
        for version in standard.versions.all()
    ]


def _state(standard: StandardOfCare, version: StandardVersion, today: date) -> str:
    if getattr(standard, "retirement", None):
        return "retired"
    if not approval_of(version):
        return "to_approve"
    if version.active_from > today:
        return "later"
    return "in_force" if version.review_on >= today else "overdue"


def approval_of(version: StandardVersion) -> Any:
    return getattr(version, "approval", None)
