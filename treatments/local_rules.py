"""A team's local rules as pages show them: their state, who answers for them, and what asks for attention."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from treatments.guidance.local import ANSWERABLE, read_condition, words
from treatments.models import LocalRule, LocalRuleVersion

STATES = {
    "in_force": ("In force", "green"),
    "to_approve": ("Waits for approval", "yellow"),
    "later": ("Approved, not begun", "blue"),
    "ended": ("Ended", "grey"),
    "retired": ("Retired", "grey"),
}


def rules_for(user: User) -> QuerySet[LocalRule]:
    """With every version, newest first, in a fixed number of statements."""
    versions = LocalRuleVersion.objects.select_related("proposed_by", "approval__approved_by")
    rules = LocalRule.objects.visible_to(user).select_related("team", "retirement__retired_by")
    return rules.prefetch_related(Prefetch("versions", versions.order_by("-number"))).order_by(
        "team__name", "id"
    )


def told(rule: LocalRule) -> dict[str, Any]:
    """One rule in words: what is in force of it, or else its newest version."""
    today = timezone.localdate()
    versions = list(rule.versions.all())
    current = _in_force(rule, versions)
    waiting = versions[0] if not _approved(versions[0]) and not _retired(rule) else None
    shown = current or versions[0]
    state = "in_force" if current else _state(rule, shown)
    return {
        "rule": rule,
        "version": shown,
        "state": state,
        "state_words": STATES[state],
        "waiting": waiting if waiting is not shown else None,
        "speaks_of": words(read_condition(shown.condition)),
        "answers": f"{shown.national_rule} {ANSWERABLE.get(shown.national_rule, '')}".strip(),
        "approval": _approved(shown),
        "is_overdue": current is not None and current.review_on < today,
    }


def history(rule: LocalRule) -> list[dict[str, Any]]:
    """Every version, newest first."""
    return [
        {
            "version": version,
            "speaks_of": words(read_condition(version.condition)),
            "approval": _approved(version),
        }
        for version in rule.versions.all()
    ]


def panel(user: User) -> list[dict[str, Any]]:
    """The rules in force in the user's teams, as the Guidance page shows them beside the published ones."""
    found = [told(rule) for rule in rules_for(user)]
    return [_row(each) for each in found if each["state"] == "in_force"]


def _row(each: dict[str, Any]) -> dict[str, Any]:
    version = each["version"]
    message = version.message or f"Standing reason for {each['answers']}: {version.reason}"
    return {
        "id": each["rule"].label,
        "title": version.title,
        "severity": version.severity or "deviation",
        "fires_when": each["speaks_of"],
        "message": message,
        "source": version.source,
        "approved_by": each["approval"].approved_by.full_name,
        "review_on": version.review_on,
    }


def asks_attention(user: User) -> dict[str, int]:
    """Rules past their review date, and versions that wait for somebody else's approval; two statements."""
    teams = user.team_ids(Permission.APPROVE_LOCAL_RULE)
    today = timezone.localdate()
    mine = LocalRuleVersion.objects.filter(rule__team__in=teams)
    return {
        "overdue": mine.in_force(today).filter(review_on__lt=today).count(),
        "to_approve": mine.to_approve().exclude(proposed_by=user).count(),
    }


def _in_force(rule: LocalRule, versions: Iterable[LocalRuleVersion]) -> LocalRuleVersion | None:
    today = timezone.localdate()
    if _retired(rule):
        return None
    begun = next((each for each in versions if _approved(each) and each.active_from <= today), None)
    if begun is None or (begun.active_until is not None and begun.active_until < today):
        return None
    return begun


def _state(rule: LocalRule, version: LocalRuleVersion) -> str:
    if _retired(rule):
        return "retired"
    if not _approved(version):
        return "to_approve"
    return "later" if version.active_from > timezone.localdate() else "ended"


def _approved(version: LocalRuleVersion) -> Any:
    return getattr(version, "approval", None)


def _retired(rule: LocalRule) -> Any:
    return getattr(rule, "retirement", None)
