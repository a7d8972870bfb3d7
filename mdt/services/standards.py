"""A team's standards of care: proposed by one consultant, approved by another, changed by a new version, retired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from mdt.models import StandardApproval, StandardOfCare, StandardRetirement, StandardVersion
from mdt.workflow import NotNow
from treatments.guidance.local import Condition, ConditionError, condition_data, read_condition
from treatments.services import PlanContent, contract_of, validate
from treatments.services.content import FieldErrors
from treatments.services.drafting import unsaid

MOST: Final = {"title": 120, "source": 200, "reason": 300}


@dataclass(frozen=True, slots=True)
class StandardDetails:
    """What a person may say in a standard of care."""

    title: str
    condition: Mapping[str, Any]
    plan: PlanContent
    source: str
    review_on: date
    active_from: date


@transaction.atomic
def propose_standard(*, team: Team, details: StandardDetails, by: User) -> StandardVersion:
    """Write the first version; it is used when a colleague has approved it."""
    by.must(Permission.PROPOSE_STANDARD, team)
    return _write(StandardOfCare.objects.create(team=team), 1, details, by)


@transaction.atomic
def change_standard(
    *, standard: StandardOfCare, version: int, details: StandardDetails, by: User
) -> StandardVersion:
    """Write the next version; the one in force stays so until the new one is approved."""
    standard = _locked(standard)
    by.must(Permission.PROPOSE_STANDARD, standard.team)
    newest = _newest(standard, version)
    return _write(standard, newest.number + 1, details, by)


@transaction.atomic
def approve_standard(*, standard: StandardOfCare, version: int, by: User) -> StandardApproval:
    """Let the newest version be used from its first day on."""
    standard = _locked(standard)
    by.must(Permission.APPROVE_STANDARD, standard.team)
    newest = _newest(standard, version)
    if StandardApproval.objects.filter(version=newest).exists():
        raise NotNow(f"{newest} is approved already.")
    if newest.proposed_by_id == by.pk:
        raise PermissionDenied("You proposed this version yourself. A colleague has to approve it.")
    if newest.review_on <= timezone.localdate():
        raise NotNow(f"The review date of {newest} has passed. Write a version with a later one.")
    role = _role(standard.team, by)
    approval = StandardApproval.objects.create(version=newest, approved_by=by, role=role)
    _record(EventType.STANDARD_APPROVED, newest, by)
    return approval


@transaction.atomic
def retire_standard(*, standard: StandardOfCare, version: int, reason: str, by: User) -> StandardRetirement:
    """Take a standard out of use for good; what was decided by it stays as it was."""
    standard = _locked(standard)
    by.must(Permission.APPROVE_STANDARD, standard.team)
    newest = _newest(standard, version)
    found = FieldErrors()
    _text("reason", reason, "Write why the standard is no longer used.", found)
    found.raise_any()
    retirement = StandardRetirement.objects.create(standard=standard, retired_by=by, reason=reason.strip())
    _record(EventType.STANDARD_RETIRED, newest, by)
    return retirement


def _locked(standard: StandardOfCare) -> StandardOfCare:
    rows = StandardOfCare.objects.select_for_update(of=("self",)).select_related("team")
    standard = rows.get(pk=standard.pk)
    if StandardRetirement.objects.filter(standard=standard).exists():
        raise NotNow(f"{standard.label} is retired. Write a new standard in its place.")
    return standard


def _newest(standard: StandardOfCare, seen: int) -> StandardVersion:
    newest = standard.versions.select_related("standard").order_by("-number")[:1].get()
    if newest.number != seen:
        raise StaleVersion(newest)
    return newest


def _role(team: Team, by: User) -> Role:
    """The role in which somebody approves."""
    held = [Role(each.role) for each in by.active_memberships if each.team_id == team.pk]
    return next(role for role in held if Permission.APPROVE_STANDARD in ROLE_PERMISSIONS[role])


def _record(event: EventType, version: StandardVersion, by: User) -> None:
    data = {"standard": version.standard.label, "version": version.number}
    audit.record(event, target=version, by=by, data=data)


def _write(standard: StandardOfCare, number: int, details: StandardDetails, by: User) -> StandardVersion:
    refusals(details).raise_any()
    contract = contract_of(details.plan, offers_limb_perfusion=None)
    version = StandardVersion.objects.create(
        standard=standard,
        number=number,
        title=details.title.strip(),
        condition=condition_data(read_condition(details.condition)),
        plan={"intent": contract["intent"], "treatments": contract["treatments"]},
        source=details.source.strip(),
        review_on=details.review_on,
        active_from=details.active_from,
        proposed_by=by,
    )
    _record(EventType.STANDARD_PROPOSED, version, by)
    return version


def refusals(details: StandardDetails) -> FieldErrors:
    """Everything that keeps the details from being a standard of care, by field."""
    found = FieldErrors()
    _refuse_condition(details.condition, found)
    _refuse_plan(details.plan, found)
    _text("title", details.title, "Give the standard a short title.", found)
    _text("source", details.source, "Name the evidence: a guideline, a paper.", found)
    if details.review_on <= timezone.localdate():
        found.add("review_on", "Give a day in the future on which the team reviews the standard.")
    elif details.review_on <= details.active_from:
        found.add("review_on", "It would be reviewed before it is used. Give a day after the first.")
    return found


def _refuse_condition(data: Mapping[str, Any], found: FieldErrors) -> None:
    try:
        condition = read_condition(data)
    except ConditionError as error:
        found.errors |= error.errors
        return
    if condition == Condition():
        found.add(
            "histologies", "Say of which cases it speaks: at least one of the parts, such as histologies."
        )


def _refuse_plan(content: PlanContent, found: FieldErrors) -> None:
    try:
        validate(content, offers_limb_perfusion=None)
    except ValidationError as error:
        found.errors |= error.message_dict
    for each in unsaid(content.treatments):
        found.add("plan", f"{each}: a plan that leaves it open is not proposed.")


def _text(name: str, text: str, needed: str, found: FieldErrors) -> None:
    length = len(text.strip())
    if not length:
        found.add(name, needed)
    elif length > MOST[name]:
        found.add(name, f"Use at most {MOST[name]} characters; these are {length}.")
