"""The register kept by hand: a trial added or changed, verified, its sites with their contacts, its arms."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import Membership, Organisation, User
from accounts.permissions import Permission, roles_with
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion, check_version
from cases.services.refusals import Refusals
from trials.criteria.drugs import drugs_named
from trials.models import NUMBERS, Arm, Trial, TrialReferral, TrialSite
from trials.models.trial import Phase, SiteStatus
from trials.registry.arms import LONGEST_DRUG
from trials.registry.record import FIELDS, SEXES
from trials.workflow import ChangeStatus, TrialStatus

MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-([0-9]{2}))?")
BY_HAND: Final = "Typed in here"


@dataclass(frozen=True)
class TrialDetails:
    """What people write about a trial by hand."""

    short_name: str
    title: str
    official_title: str = ""
    nct: str = ""
    eudract: str = ""
    ctis: str = ""
    isrctn: str = ""
    iras: str = ""
    other_numbers: Sequence[str] = ()
    phases: Sequence[str] = ()
    status: str = TrialStatus.RECRUITING
    status_on: date | None = None
    why_stopped: str = ""
    starts: str = ""
    ends: str = ""
    sponsor: str = ""
    conditions: Sequence[str] = ()
    summary: str = ""
    eligibility: str = ""
    sex: str = ""
    minimum_age: str = ""
    maximum_age: str = ""
    source: str = ""
    owner: User | None = None


@dataclass(frozen=True)
class ArmDetails:
    """What is given in an arm; drugs under any of their names."""

    name: str
    text: str = ""
    drugs: Sequence[str] = ()


@dataclass(frozen=True)
class SiteDetails:
    """Where a trial runs, and whom to ask there."""

    facility: str
    organisation: Organisation | None = None
    city: str = ""
    country: str = ""
    status: str = SiteStatus.UNKNOWN
    contact_name: str = ""
    contact_role: str = ""
    contact_phone: str = ""
    contact_email: str = ""


def who_may_keep() -> "models.QuerySet[User]":
    """Those who may own a trial's entry: whose role keeps the register."""
    keeping = Membership.objects.filter(is_active=True, role__in=roles_with(Permission.KEEP_TRIALS))
    return User.objects.filter(is_active=True, pk__in=keeping.values("user")).order_by("full_name", "pk")


@transaction.atomic
def add_trial(*, details: TrialDetails, by: User) -> Trial:
    """A trial that nobody imported; who types it in has verified it, and owns it unless somebody else is named."""
    by.must(Permission.KEEP_TRIALS)
    trial = Trial(created_by=by, verified_on=timezone.localdate(), verified_by=by)
    _put(trial, details)
    trial.owner = trial.owner or by
    trial.status_on = trial.status_on or timezone.localdate()
    trial.source = trial.source or BY_HAND
    _save(trial)
    audit.record(EventType.TRIAL_ADDED, target=trial, by=by)
    return trial


@transaction.atomic
def change_trial(*, trial: Trial, version: int | None, details: TrialDetails, by: User) -> Trial:
    """Put right what is held. A status that changes without another day is as of today."""
    by.must(Permission.KEEP_TRIALS)
    trial = _locked(trial)
    check_version(trial, version)
    before = {each.name: getattr(trial, each.name) for each in fields(TrialDetails)}
    _put(trial, details)
    if trial.status != before["status"] and trial.status_on == before["status_on"]:
        trial.status_on = timezone.localdate()
    changed = [name for name, value in before.items() if getattr(trial, name) != value]
    if not changed:
        return trial
    _save(trial)
    audit.record(EventType.TRIAL_CHANGED, target=trial, by=by, data={"fields": sorted(changed)})
    return trial


@transaction.atomic
def verify_trial(*, trial: Trial, version: int | None, by: User) -> Trial:
    """Somebody looked at the entry today, and it is still true; refused where it is not the entry they looked at.

    Refused too while the registry says something else that nobody has decided on: one of the two is not true.
    """
    by.must(Permission.KEEP_TRIALS)
    trial = _locked(trial)
    if version is not None and version != trial.version:
        raise StaleVersion(trial)
    if waiting := trial.proposed_changes.filter(status=ChangeStatus.OPEN).count():
        changes = "1 change waits" if waiting == 1 else f"{waiting} changes wait"
        raise ValidationError(
            f"The registry says something else: {changes}. Decide on that first, then verify."
        )
    trial.verified_on, trial.verified_by = timezone.localdate(), by
    trial.save(update_fields=["verified_on", "verified_by"])
    audit.record(
        EventType.TRIAL_VERIFIED,
        target=trial,
        by=by,
        data={"on": trial.verified_on.isoformat(), "fields": []},
    )
    return trial


@transaction.atomic
def save_site(
    *, trial: Trial, site: TrialSite | None, version: int | None, details: SiteDetails, by: User
) -> TrialSite:
    """Add a site with its contact, or change one."""
    by.must(Permission.KEEP_TRIALS)
    trial = _locked(trial)
    check_version(trial, version)
    row = trial.sites.get(pk=site.pk) if site else TrialSite(trial=trial)
    for each in fields(details):
        setattr(row, each.name, getattr(details, each.name))
    row.full_clean(exclude=["trial"])
    row.save()
    _changed(trial, "sites", "changed" if site else "added", row.pk, by)
    return row


@transaction.atomic
def remove_site(*, trial: Trial, site: TrialSite, version: int | None, by: User) -> Trial:
    """Take a site off; one to which a patient was referred stays, and is closed instead."""
    by.must(Permission.KEEP_TRIALS)
    trial = _locked(trial)
    check_version(trial, version)
    if TrialReferral.objects.filter(site=site).exists():
        raise ValidationError(
            f"A patient was referred to {site.facility}, so the site stays. Change its status to Closed instead."
        )
    trial.sites.get(pk=site.pk).delete()
    return _changed(trial, "sites", "removed", site.pk, by)


@transaction.atomic
def save_arm(*, trial: Trial, arm: Arm | None, version: int | None, details: ArmDetails, by: User) -> Arm:
    """Add an arm or change one; drugs under a brand name are held by their generic names."""
    by.must(Permission.KEEP_TRIALS)
    trial = _locked(trial)
    check_version(trial, version)
    row = trial.arms.get(pk=arm.pk) if arm else Arm(trial=trial)
    row.name, row.text, row.drugs = details.name, details.text, _generic(details.drugs)
    if trial.arms.filter(name__iexact=row.name).exclude(pk=row.pk).exists():
        raise ValidationError(
            {"name": [f"This trial has an arm named {row.name} already. Give it another name."]}
        )
    row.full_clean(exclude=["trial"])
    row.save()
    _changed(trial, "arms", "changed" if arm else "added", row.pk, by)
    return row


@transaction.atomic
def remove_arm(*, trial: Trial, arm: Arm, version: int | None, by: User) -> Trial:
    """Take an arm off the trial."""
    by.must(Permission.KEEP_TRIALS)
    trial = _locked(trial)
    check_version(trial, version)
    trial.arms.get(pk=arm.pk).delete()
    return _changed(trial, "arms", "removed", arm.pk, by)


def _locked(trial: Trial) -> Trial:
    return Trial.objects.select_for_update().get(pk=trial.pk)


def _changed(trial: Trial, field: str, what: str, row: int, by: User) -> Trial:
    """Part of a trial is another: an edit that was begun on the trial before is told so."""
    trial.save(update_fields=["version"])
    data = {"fields": [field], "what": what, "row": row}
    audit.record(EventType.TRIAL_CHANGED, target=trial, by=by, data=data)
    return trial


def _generic(drugs: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(drug for each in drugs for drug in drugs_named(each)))
    for drug in found:
        if len(drug) > LONGEST_DRUG:
            said = f"“{drug[:40]}…” has {len(drug)} characters. The name of a drug may have {LONGEST_DRUG}."
            raise ValidationError({"drugs": [f"{said} Write each drug on a line of its own."]})
    return found


def _put(trial: Trial, details: TrialDetails) -> None:
    for each in fields(details):
        value = getattr(details, each.name)
        if isinstance(value, str):
            value = value.strip()
        setattr(trial, each.name, list(value) if isinstance(value, tuple) else value)
    for name in NUMBERS:
        setattr(trial, name, written_number(name, getattr(trial, name)))


def written_number(name: str, typed: str) -> str:
    """A number as its registry writes it, however it was typed."""
    number = "".join(typed.split()).upper()
    return number.removeprefix("IRAS") if name == "iras" else number


def _save(trial: Trial) -> None:
    """With every message at its field; somebody may take a number in the same moment."""
    _refuse(trial)
    try:
        with transaction.atomic():
            trial.save()
    except IntegrityError:
        _refuse(trial)
        raise


def _refuse(trial: Trial) -> None:
    refusals = Refusals(_shape_errors(trial))
    for name, other in _others_with_numbers(trial).items():
        if name not in refusals.errors:
            refusals.add(
                name,
                f"{FIELDS[name]} {getattr(trial, name)} is held by another trial, {other.short_name}. "
                "Leave it out here, or take it from that trial first.",
            )
    refusals.choice("sex", "Sex, as published", trial.sex, sorted(SEXES))
    for phase in trial.phases:
        refusals.choice("phases", "Phase", phase, Phase.values)
    refusals.past("status_on", "Status as of", trial.status_on)
    for name, label in (("starts", "Starts"), ("ends", "Ends")):
        _refuse_month(refusals, name, label, getattr(trial, name))
    if trial.starts and trial.ends and trial.ends < trial.starts[: len(trial.ends)]:
        refusals.add("ends", f"It ends ({trial.ends}) before it starts ({trial.starts}). Check both.")
    if trial.owner and not who_may_keep().filter(pk=trial.owner.pk).exists():
        refusals.add(
            "owner", f"{trial.owner.full_name} does not keep the register. Choose somebody who does."
        )
    refusals.settle()


def _shape_errors(trial: Trial) -> dict[str, list[str]]:
    try:
        trial.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        return error.message_dict
    return {}


def _others_with_numbers(trial: Trial) -> Mapping[str, Trial]:
    """By number, another trial that has the same."""
    wanted = models.Q()
    for name in NUMBERS:
        if getattr(trial, name):
            wanted |= models.Q(**{name: getattr(trial, name)})
    others = Trial.objects.filter(wanted).exclude(pk=trial.pk) if wanted else ()
    return {
        name: other
        for other in others
        for name in NUMBERS
        if getattr(trial, name) and getattr(other, name) == getattr(trial, name)
    }


def _refuse_month(refusals: Refusals, name: str, label: str, text: str) -> None:
    found = MONTH.fullmatch(text)
    try:
        if text and (found is None or (found[3] and not date(int(found[1]), int(found[2]), int(found[3])))):
            raise ValueError
    except ValueError:
        refusals.add(
            name, f"{label}: “{text[:20]}” is no day and no month. Write 2026-07-15, or 2026-07 for a month."
        )
