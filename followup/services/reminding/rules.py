"""Changing who is reminded of what, and when: by administrators, within what safety allows."""

from dataclasses import replace

from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.services.refusals import Refusals
from followup.models import Audience, Channel, ReminderKind, ReminderRule, Unit
from followup.rules import EARLIEST, IN_TIME, LATEST, ROLES_TOLD, RuleLine, is_safe, rules_on, with_change

UNSAFE = (
    f"would not be told to the person responsible by e-mail within {IN_TIME} days of the due date. Of each kind at "
    "least one rule in use does that: leave this one as it is, or add another first."
)


@transaction.atomic
def save_rule(
    *, rule: ReminderRule | None, version: int | None, details: RuleLine, is_on: bool, by: User
) -> ReminderRule:
    """Add a rule or change one. Rules are switched off, never deleted: what was told by them keeps its reason."""
    by.must(Permission.MANAGE_REMINDERS)
    # All rules are locked, in one order: of two people who each switch off one of two, the second is refused.
    rows = {row.pk: row for row in ReminderRule.objects.select_for_update().order_by("pk")}
    row = rows[rule.pk] if rule else ReminderRule()
    if rule:
        check_version(row, version)
    check_rule(row=rule and row, details=replace(details, id=row.pk), is_on=is_on)
    before = _codes(row) if rule else {}
    for name in ("kind", "offset", "unit", "audience", "role", "channel"):
        setattr(row, name, getattr(details, name))
    row.is_on = is_on
    row.save()
    data = {"from": before, "to": _codes(row)}
    audit.record(EventType.REMINDER_RULE_CHANGED, target=row, by=by, data=data)
    return row


def check_rule(*, row: ReminderRule | None, details: RuleLine, is_on: bool) -> None:
    """Refuse what cannot be meant, what is there already, and what would leave a kind to chance."""
    refusals = Refusals()
    refusals.choice("kind", "What it reminds of", details.kind, ReminderKind.values)
    refusals.choice("unit", "Unit", details.unit, Unit.values)
    refusals.choice("channel", "How", details.channel, Channel.values)
    refusals.between("offset", "Days", details.offset, EARLIEST, LATEST, "Days before are negative.")
    _check_audience(refusals, details)
    if row and row.kind != details.kind:
        refusals.add("kind", "A rule keeps what it reminds of. Switch it off and add another.")
    others = ReminderRule.objects.exclude(pk=row.pk) if row else ReminderRule.objects.all()
    if others.filter(**_key(details)).exists():
        refusals.add("offset", f"There is a rule {details.when}, {details.whom}, already. Change that one.")
    then = with_change(rules_on(kind=details.kind), details, is_on=is_on)
    if details.kind in ReminderKind.values and not is_safe(then, details.kind):
        label = ReminderKind(details.kind).label
        refusals.add("channel" if is_on else "is_on", f"“{label}” {UNSAFE}")
    refusals.settle()


def _check_audience(refusals: Refusals, details: RuleLine) -> None:
    refusals.choice("audience", "To whom", details.audience, Audience.values)
    if details.audience == Audience.ROLE:
        refusals.need("role", "Role", details.role)
        refusals.choice("role", "Role", details.role, [role.value for role in ROLES_TOLD])
    elif details.role:
        refusals.add("role", "A rule to the person responsible names no role.")


def _key(details: RuleLine) -> dict[str, str | int]:
    names = ("kind", "offset", "unit", "audience", "role")
    return dict(zip(names, details.same_as, strict=True))


def _codes(row: ReminderRule) -> dict[str, str | int | bool]:
    return {
        "offset": row.offset,
        "unit": row.unit,
        "audience": row.audience,
        "role": row.role,
        "channel": row.channel,
        "is_on": row.is_on,
    }
