"""A team's own rules: proposed by one consultant, approved by another, changed by a new version, retired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.services import record
from audit.workflow import StaleVersion, WrongState
from treatments.guidance.local import ANSWERABLE, SEVERITIES, ConditionError, condition_data, read_condition
from treatments.models import (
    LocalRule,
    LocalRuleApproval,
    LocalRuleRetirement,
    LocalRuleVersion,
    ReasonCode,
    Recheck,
)
from treatments.services.content import FieldErrors
from treatments.services.rechecking import begin

KIND = LocalRuleVersion.Kind
MOST_RETIRED: Final = 300
MOST: Final = {"title": 120, "source": 200, "message": 500, "reason": 1000}


@dataclass(frozen=True, slots=True)
class LocalRuleDetails:
    """What a person may say in a local rule."""

    kind: str
    title: str
    condition: Mapping[str, Any]
    source: str
    review_on: date
    active_from: date
    active_until: date | None = None
    severity: str = ""
    message: str = ""
    national_rule: str = ""
    reason_code: str = ""
    reason: str = ""


class NotInForce(WrongState):
    """The rule's state does not allow this; the message is the whole sentence."""

    def __init__(self, message: str) -> None:
        super().__init__("local rule", "", "")
        self.args = (message,)


@transaction.atomic
def propose_local_rule(*, team: Team, details: LocalRuleDetails, by: User) -> LocalRuleVersion:
    """Write the first version of a rule; it speaks when a colleague has approved it."""
    by.must(Permission.PROPOSE_LOCAL_RULE, team)
    return _write(LocalRule.objects.create(team=team), 1, details, by)


@transaction.atomic
def change_local_rule(
    *, rule: LocalRule, version: int, details: LocalRuleDetails, by: User
) -> LocalRuleVersion:
    """Write the next version; the one in force stays so until the new one is approved."""
    rule = _locked(rule)
    by.must(Permission.PROPOSE_LOCAL_RULE, rule.team)
    newest = _newest(rule)
    if newest.number != version:
        raise StaleVersion(newest)
    return _write(rule, newest.number + 1, details, by)


@transaction.atomic
def approve_local_rule(*, rule: LocalRule, version: int, by: User) -> LocalRuleApproval:
    """Let the newest version speak from its first day on; the plans of the team are checked again."""
    rule = _locked(rule)
    by.must(Permission.APPROVE_LOCAL_RULE, rule.team)
    newest = _newest(rule)
    if newest.number != version:
        raise StaleVersion(newest)
    if LocalRuleApproval.objects.filter(version=newest).exists():
        raise NotInForce(f"{newest} is approved already.")
    if newest.proposed_by_id == by.pk:
        raise PermissionDenied("You proposed this version yourself. A colleague has to approve it.")
    approval = LocalRuleApproval.objects.create(version=newest, approved_by=by, role=_role(rule.team, by))
    _tell(EventType.LOCAL_RULE_APPROVED, newest, by)
    begin(rule.team, Recheck.Cause.LOCAL_RULES, by)
    return approval


@transaction.atomic
def retire_local_rule(*, rule: LocalRule, version: int, reason: str, by: User) -> LocalRuleRetirement:
    """Take a rule out of use for good; what was found and answered by it stays as it was."""
    rule = _locked(rule)
    by.must(Permission.APPROVE_LOCAL_RULE, rule.team)
    newest = _newest(rule)
    if newest.number != version:
        raise StaleVersion(newest)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": ["Write why the rule is no longer needed."]})
    if len(reason) > MOST_RETIRED:
        raise ValidationError(
            {"reason": [f"Use at most {MOST_RETIRED} characters; these are {len(reason)}."]}
        )
    retirement = LocalRuleRetirement.objects.create(rule=rule, retired_by=by, reason=reason)
    _tell(EventType.LOCAL_RULE_RETIRED, newest, by)
    begin(rule.team, Recheck.Cause.LOCAL_RULES, by)
    return retirement


def _locked(rule: LocalRule) -> LocalRule:
    rule = LocalRule.objects.select_for_update(of=("self",)).select_related("team").get(pk=rule.pk)
    if LocalRuleRetirement.objects.filter(rule=rule).exists():
        raise NotInForce(f"{rule.label} is retired. Write a new rule in its place.")
    return rule


def _newest(rule: LocalRule) -> LocalRuleVersion:
    return rule.versions.select_related("rule").order_by("-number")[:1].get()


def _role(team: Team, by: User) -> Role:
    """The role in which somebody approves."""
    held = [Role(each.role) for each in by.active_memberships if each.team_id == team.pk]
    return next(role for role in held if Permission.APPROVE_LOCAL_RULE in ROLE_PERMISSIONS[role])


def _tell(event: EventType, version: LocalRuleVersion, by: User) -> None:
    record(event, target=version, by=by, data={"rule": version.rule.label, "version": version.number})


def _write(rule: LocalRule, number: int, details: LocalRuleDetails, by: User) -> LocalRuleVersion:
    refusals(details).raise_any()
    condition = condition_data(read_condition(details.condition))
    is_finding = details.kind == KIND.FINDING
    version = LocalRuleVersion.objects.create(
        rule=rule,
        number=number,
        kind=details.kind,
        title=details.title.strip(),
        condition=condition,
        severity=details.severity if is_finding else "",
        message=details.message.strip() if is_finding else "",
        national_rule="" if is_finding else details.national_rule,
        reason_code="" if is_finding else details.reason_code,
        reason="" if is_finding else details.reason.strip(),
        source=details.source.strip(),
        review_on=details.review_on,
        active_from=details.active_from,
        active_until=details.active_until,
        proposed_by=by,
    )
    _tell(EventType.LOCAL_RULE_PROPOSED, version, by)
    return version


def refusals(details: LocalRuleDetails) -> FieldErrors:
    """Everything that keeps the details from being a rule, by field."""
    found = FieldErrors()
    try:
        read_condition(details.condition)
    except ConditionError as error:
        found.errors |= error.errors
    _refuse_unfit(details, found)
    return found


def _refuse_unfit(details: LocalRuleDetails, found: FieldErrors) -> None:
    needed = {
        "title": "Give the rule a short title.",
        "source": "Name the source: a policy, a paper, a decision.",
    }
    if details.kind == KIND.FINDING:
        needed["message"] = "Write what the rule says to the person who plans."
        if details.severity not in SEVERITIES:
            found.add(
                "severity", f"Choose one of: {', '.join(SEVERITIES)}. Nothing else is left to a local rule."
            )
    elif details.kind == KIND.STANDING_REASON:
        needed["reason"] = "Write the reason in words."
        if details.national_rule not in ANSWERABLE:
            message = (
                "Choose a rule whose word is deviation: contradictions and missing facts take no reason."
            )
            found.add("national_rule", message)
        if details.reason_code not in ReasonCode.values:
            found.add("reason_code", "Choose the kind of reason.")
    else:
        found.add("kind", "Choose what the rule is.")
    for name, message in needed.items():
        text = getattr(details, name).strip()
        most = MOST[name]
        if not text:
            found.add(name, message)
        elif len(text) > most:
            found.add(name, f"Use at most {most} characters; these are {len(text)}.")
    _refuse_dates(details, found)


def _refuse_dates(details: LocalRuleDetails, found: FieldErrors) -> None:
    if details.active_until is not None and details.active_until < details.active_from:
        found.add("active_until", "It ends before it begins. Give a day on or after the first.")
    if details.review_on <= timezone.localdate():
        found.add("review_on", "Give a day in the future on which somebody looks at the rule again.")
