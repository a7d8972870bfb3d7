"""The local rules and standing reasons of teams, as the check takes them; one statement, however many teams."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Expression, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from accounts.permissions import Role
from treatments.guidance.local import LocalGuidance, LocalRule, StandingReason, read_condition
from treatments.models import LocalRuleVersion

_ROW: Final = JSONObject(
    id="rule_id",
    version="number",
    team="rule__team__name",
    team_id="rule__team_id",
    kind="kind",
    title="title",
    condition="condition",
    severity="severity",
    message="message",
    source="source",
    national_rule="national_rule",
    reason_code="reason_code",
    reason="reason",
    approver="approval__approved_by_id",
    approver_name="approval__approved_by__full_name",
    approver_role="approval__role",
)


def of_teams(team_ids: Iterable[int], on: date | None = None) -> dict[int, LocalGuidance]:
    """What is in force in each of the teams on that day, today unless told."""
    wanted = set(team_ids)
    in_force = LocalRuleVersion.objects.in_force(on or timezone.localdate()).filter(rule__team__in=wanted)
    rows: dict[int, list[Mapping[str, Any]]] = {}
    for row in in_force.order_by("rule_id").values_list(_ROW, flat=True):
        rows.setdefault(row["team_id"], []).append(row)
    return {team: of_rows(rows.get(team, ())) for team in wanted}


def of_team(team_id: int, on: date | None = None) -> LocalGuidance:
    return of_teams([team_id], on)[team_id]


def column(team: str, on: date | Expression | None = None) -> ArraySubquery:
    """The same as a column of another statement, whose rows know their team by that path; `of_rows` reads it."""
    in_force = LocalRuleVersion.objects.in_force(on or timezone.localdate()).filter(rule__team=OuterRef(team))
    return ArraySubquery(in_force.order_by("rule_id").values(told=_ROW))


def of_rows(rows: Iterable[Mapping[str, Any]]) -> LocalGuidance:
    rules, reasons = list[LocalRule](), list[StandingReason]()
    for row in rows:
        if row["kind"] == LocalRuleVersion.Kind.FINDING:
            rules.append(_rule(row))
        else:
            reasons.append(_reason(row))
    return LocalGuidance(tuple(rules), tuple(reasons))


def _rule(row: Mapping[str, Any]) -> LocalRule:
    return LocalRule(
        id=f"LOCAL-{row['id']}",
        version=row["version"],
        team=row["team"],
        title=row["title"],
        condition=read_condition(row["condition"]),
        severity=row["severity"],
        message=row["message"],
        source=row["source"],
    )


def _reason(row: Mapping[str, Any]) -> StandingReason:
    return StandingReason(
        id=f"LOCAL-{row['id']}",
        version=row["version"],
        team=row["team"],
        rule=row["national_rule"],
        condition=read_condition(row["condition"]),
        reason_code=row["reason_code"],
        text=row["reason"],
        approved_by_id=row["approver"],
        approved_by=f"{row['approver_name']}, {Role(row['approver_role']).label.lower()}",
    )
