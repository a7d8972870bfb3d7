"""A registry's records, taken into the register: new trials, changes for a person to decide, and what was left.

What people changed here is never overwritten: a record that differs offers its values (services.offered).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from trials.models import Arm, ImportedStudy, ProposedChange, RegisterImport, Trial, TrialSite
from trials.registry.comparing import offers
from trials.registry.errors import Unreadable
from trials.registry.files import Source
from trials.registry.reading import read_sources
from trials.registry.record import Read, Reading, Record
from trials.services.held import Held, Register, held_of
from trials.workflow import CHANGE, OPEN, ChangeStatus, ImportOutcome, TrialStatus

SOURCE: Final = "ClinicalTrials.gov"
NO_DAY: Final = (
    "The record does not say of which day it is: it was compared as if it were newer than what is held."
)


def import_files(*, sources: Iterable[Source], name: str, by: User | None) -> RegisterImport:
    """Read the files and take what they hold; files that hold no study are an import with the reason.

    by: None for the service itself.
    """
    _must_keep(by)
    try:
        reading = read_sources(sources)
    except Unreadable as error:
        return refuse_import(name=name, refusal=error.message, by=by)
    return import_studies(reading=reading, name=name, by=by)


@transaction.atomic
def refuse_import(*, name: str, refusal: str, by: User | None) -> RegisterImport:
    """Note that nothing could be read, and why."""
    _must_keep(by)
    run = RegisterImport.objects.create(name=_named(name), refusal=refusal, started_by=by)
    audit.record(EventType.TRIAL_IMPORTED, target=run, by=by, data={"refused": True})
    return run


@transaction.atomic
def import_studies(*, reading: Reading, name: str, by: User | None) -> RegisterImport:
    """Take every study that was read, or none: new trials, and for those held the changes to decide."""
    _must_keep(by)
    with connection.cursor() as cursor:
        # Two imports wait for each other, so that the second finds the trials that the first has added.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", ["trial register import"])
    run = RegisterImport.objects.create(name=_named(name), started_by=by, notes=list(reading.notes))
    register = Register([each.record for each in reading.studies if each.record])
    taken = {each.place: _take(each, run, register, by) for each in reading.studies if each.follows is None}
    for each in reading.studies:
        if each.follows is not None:
            first = taken[each.follows]
            _note(each, run, ImportOutcome.OLDER, trial=first.trial, left=list(each.left))
    counts: dict[str, int] = {}
    for study in taken.values():
        counts[study.outcome] = counts.get(study.outcome, 0) + 1
    audit.record(EventType.TRIAL_IMPORTED, target=run, by=by, data=counts)
    return run


def _must_keep(by: User | None) -> None:
    if by is not None:
        by.must(Permission.KEEP_TRIALS)


def _named(name: str) -> str:
    return name[:299] + "…" if len(name) > 300 else name


def _note(
    read: Read,
    run: RegisterImport,
    outcome: ImportOutcome,
    *,
    trial: Trial | None,
    left: list[str],
    **kept: Any,
) -> ImportedStudy:
    if read.record:
        kept |= {"posted_on": read.record.posted_on, "version_on": read.record.version}
    return ImportedStudy.objects.create(
        run=run,
        place=read.place,
        file=read.file,
        nct=read.nct,
        title=read.title,
        outcome=outcome,
        left=left,
        trial=trial,
        **kept,
    )


def _take(read: Read, run: RegisterImport, register: Register, by: User | None) -> ImportedStudy:
    if read.record is None:
        return _note(read, run, ImportOutcome.REFUSED, trial=None, left=list(read.left))
    held = register.find(read.record)
    left = list(read.left)
    fields = register.without_taken_numbers(read.record, held, left)
    if held is None:
        return _add(read, run, register, fields, left, by)
    return _compare(read, run, held, fields, left, by)


def _add(
    read: Read,
    run: RegisterImport,
    register: Register,
    fields: Mapping[str, Any],
    left: list[str],
    by: User | None,
) -> ImportedStudy:
    """A trial that the register had not: with its arms, its sites and the people to ask there."""
    record = read.record
    if record is None:
        raise ValueError("a study that was refused adds no trial")
    try:
        with transaction.atomic():
            trial = _create(record, fields, by)
    except IntegrityError:
        left = ["Somebody added a trial with one of its numbers in the same moment. Import it again."]
        return _note(read, run, ImportOutcome.REFUSED, trial=None, left=left)
    register.add(trial, record, fields)
    if "status" not in fields:
        left.append("It is held with the status Unknown until a person says how it stands.")
    elif trial.status not in OPEN:
        left.append(f"It is not open to patients: {trial.get_status_display()}.")
    audit.record(EventType.TRIAL_ADDED, target=trial, by=by, data={"import": run.pk})
    return _note(read, run, ImportOutcome.NEW, trial=trial, left=left, record=dict(fields))


def _create(record: Record, fields: Mapping[str, Any], by: User | None) -> Trial:
    columns = {name: value for name, value in fields.items() if name not in ("arms", "sites")}
    as_of = _as_of(record.version)
    trial = Trial.objects.create(
        **({"status": TrialStatus.UNKNOWN} | columns),
        short_name=record.acronym or record.nct,
        status_on=record.posted_on or as_of,
        source=SOURCE,
        posted_on=record.posted_on,
        verified_on=as_of,
        verified_by=by if as_of else None,
        owner=by,
        created_by=by,
    )
    Arm.objects.bulk_create(Arm(trial=trial, **arm) for arm in fields.get("arms", ()))
    TrialSite.objects.bulk_create(
        TrialSite(trial=trial, is_imported=True, **site) for site in fields.get("sites", ())
    )
    return trial


def _as_of(version: date | None) -> date | None:
    """The day on which the registry still said so; a record that is dated ahead is of today at the latest."""
    return min(version, timezone.localdate()) if version else None


def _compare(
    read: Read,
    run: RegisterImport,
    held: Held,
    fields: Mapping[str, Any],
    left: list[str],
    by: User | None,
) -> ImportedStudy:
    """A trial that is held: what its record has otherwise is offered, field by field."""
    record, trial = read.record, held.trial
    if record is None:
        raise ValueError("a study that was refused is compared with nothing")
    if older := _older(record, held):
        return _note(read, run, ImportOutcome.OLDER, trial=trial, left=[*left, older])
    if record.posted_on is None:
        left.append(NO_DAY)
    current = held_of(trial)
    found = offers(held=current, base=held.base, record=fields)
    waiting = _still_waiting(held, current, fields, found)
    offered = {change.field: change.offered for change in waiting} | found
    if waiting and not found:
        left.append("It is as it was at the last import. Its changes still wait to be decided.")
    base = {**(held.base or {}), **fields}
    outcome = _outcome(trial, offered, left)
    kept = base if base != held.base else None
    study = _note(read, run, outcome, trial=trial, left=left, record=kept)
    named = {change.field for change in waiting}
    for name in (each for each in found if each not in named):
        ProposedChange.objects.create(
            study=study, trial=trial, field=name, held=current[name], offered=found[name]
        )
    _saw(trial, record, by, is_as_held=not offered)
    return study


def _older(record: Record, held: Held) -> str:
    """Why the record changes nothing, where what is held is newer."""
    known = held.trial.posted_on
    if record.posted_on and known and record.posted_on < known:
        return (
            f"The register holds the record of {_said(known)}, this one is of {_said(record.posted_on)}: "
            "nothing was changed."
        )
    is_same_update = record.posted_on == known
    if is_same_update and record.version and held.version_on and record.version < held.version_on:
        return (
            f"The register has read this study as it stood on {_said(held.version_on)}, this record is of "
            f"{_said(record.version)}: nothing was changed."
        )
    return ""


def _said(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _still_waiting(
    held: Held, current: Mapping[str, Any], fields: Mapping[str, Any], found: Mapping[str, Any]
) -> list[ProposedChange]:
    """Of the changes that wait those that this record leaves as they are; the others it has overtaken."""
    waiting = []
    base = held.base or {}
    for change in held.open_changes:
        name = change.field
        is_repeated = name in found and found[name] == change.offered
        says_no_other = name not in fields or fields[name] == base.get(name)
        if is_repeated or (says_no_other and change.offered != current[name]):
            waiting.append(change)
            continue
        CHANGE.check(change.status, ChangeStatus.OVERTAKEN)
        change.status = ChangeStatus.OVERTAKEN
        change.save(update_fields=["status"])
    return waiting


def _outcome(trial: Trial, offered: Mapping[str, Any], left: list[str]) -> ImportOutcome:
    status = offered.get("status")
    if status and trial.status in OPEN and status not in OPEN:
        left.insert(
            0, f"Recruitment ended: the registry says {TrialStatus(status).label}. Decide this first."
        )
        return ImportOutcome.CLOSED
    return ImportOutcome.CHANGED if offered else ImportOutcome.UNCHANGED


def _saw(trial: Trial, record: Record, by: User | None, *, is_as_held: bool) -> None:
    """Note the registry's last update; a record that says what is held verifies the entry, as of its own day."""
    changed = []
    if record.posted_on and record.posted_on != trial.posted_on:
        trial.posted_on = record.posted_on
        changed.append("posted_on")
    if is_as_held and verify_as_of(trial, _as_of(record.version), by):
        changed += ["verified_on", "verified_by"]
    if changed:
        trial.save(update_fields=changed)


def verify_as_of(trial: Trial, day: date | None, by: User | None) -> bool:
    """Whether the entry is verified by a record of that day: not where a person verified it later. Not saved."""
    if day is None or (trial.verified_on and trial.verified_on >= day):
        return False
    trial.verified_on, trial.verified_by = day, by
    audit.record(
        EventType.TRIAL_VERIFIED, target=trial, by=by, data={"on": day.isoformat(), "source": SOURCE}
    )
    return True
