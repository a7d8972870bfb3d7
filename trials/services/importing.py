"""A registry's records, taken into the register: new trials, changes for a person to decide, and what was left.

What people changed here is never overwritten: a record that differs offers its values, for services.deciding.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from trials.models import ImportedStudy, ProposedChange, RegisterImport, Trial
from trials.registry.comparing import offers
from trials.registry.errors import Unreadable
from trials.registry.files import Source
from trials.registry.reading import read_sources
from trials.registry.record import Read, Reading, Record
from trials.registry.values import readable
from trials.services.held import Held, Register, held_of
from trials.services.writing import Batch, as_of, verify_as_of
from trials.workflow import CHANGE, OPEN, ChangeStatus, ImportOutcome, TrialStatus

VERIFIED_ANEW_AFTER_DAYS: Final = 7
"""An entry goes stale after weeks: to note every night that it is still true would fill its history."""
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
    try:
        with transaction.atomic():
            counts = _take_all(reading, Batch(run, by))
    except IntegrityError:
        counts = {}
        run.refusal = "Somebody added one of these trials by hand in the same moment. Import it again."
        run.save(update_fields=["refusal"])
    audit.record(EventType.TRIAL_IMPORTED, target=run, by=by, data=counts)
    return run


def _take_all(reading: Reading, batch: Batch) -> dict[str, int]:
    """How many studies became what."""
    register = Register([each.record for each in reading.studies if each.record])
    taken = {each.place: _take(each, register, batch) for each in reading.studies if each.follows is None}
    for each in reading.studies:
        if each.follows is not None:
            batch.note(each, ImportOutcome.OLDER, list(each.left), trial=taken[each.follows].trial)
    batch.write()
    return dict(Counter(str(study.outcome) for study in batch.studies))


def _must_keep(by: User | None) -> None:
    if by is not None:
        by.must(Permission.KEEP_TRIALS)


def _named(name: str) -> str:
    name = readable(name)
    return name[:299] + "…" if len(name) > 300 else name


def _take(read: Read, register: Register, batch: Batch) -> ImportedStudy:
    left = list(read.left)
    if read.record is None:
        return batch.note(read, ImportOutcome.REFUSED, left)
    held = register.find(read.record)
    fields = register.without_taken_numbers(read.record, held, left)
    if held is None:
        return _add(read, read.record, fields, left, register, batch)
    if held.trial.pk is None:
        batch.write_trials()  # two numbers of one study in one import
    return _compare(read, read.record, fields, left, held, batch)


def _add(
    read: Read, record: Record, fields: Mapping[str, Any], left: list[str], register: Register, batch: Batch
) -> ImportedStudy:
    """A trial that the register had not: with its arms, its sites and the people to ask there."""
    trial = batch.add(record, fields)
    register.add(trial, record, fields)
    if "status" not in fields:
        left.append("It is held with the status Unknown until a person says how it stands.")
    elif trial.status not in OPEN:
        left.append(f"It is not open to patients: {trial.get_status_display()}.")
    return batch.note(read, ImportOutcome.NEW, left, trial=trial, record=dict(fields))


def _compare(
    read: Read, record: Record, fields: Mapping[str, Any], left: list[str], held: Held, batch: Batch
) -> ImportedStudy:
    """A trial that is held: what its record has otherwise is offered, field by field."""
    trial = held.trial
    if older := _older(record, held):
        return batch.note(read, ImportOutcome.OLDER, [*left, older], trial=trial)
    if record.posted_on is None:
        left.append(NO_DAY)
    current = held_of(trial)
    found = offers(held=current, base=held.base, record=fields)
    waiting = _still_waiting(held, current, fields, found, batch.by)
    offered = {change.field: change.offered for change in waiting} | found
    if waiting and not found:
        left.append("It is as it was at the last import. Its changes still wait to be decided.")
    base = {**(held.base or {}), **fields}
    outcome = _outcome(trial, offered, left)
    study = batch.note(read, outcome, left, trial=trial, record=base if base != held.base else None)
    named = {change.field for change in waiting}
    batch.changes += [
        ProposedChange(study=study, trial=trial, field=name, held=current[name], offered=found[name])
        for name in found
        if name not in named
    ]
    _saw(trial, record, batch, is_as_held=not offered)
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
    held: Held,
    current: Mapping[str, Any],
    fields: Mapping[str, Any],
    found: Mapping[str, Any],
    by: User | None,
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
        audit.record(
            EventType.TRIAL_CHANGE_DECIDED,
            target=change,
            by=by,
            data={"field": name, "to": change.status.value},
        )
    return waiting


def _outcome(trial: Trial, offered: Mapping[str, Any], left: list[str]) -> ImportOutcome:
    status = offered.get("status")
    if status and trial.status in OPEN and status not in OPEN:
        left.insert(
            0, f"Recruitment ended: the registry says {TrialStatus(status).label}. Decide this first."
        )
        return ImportOutcome.CLOSED
    if status in OPEN and trial.status not in OPEN:
        left.insert(
            0, f"Recruitment opened: the registry says {TrialStatus(status).label}. Decide this first."
        )
    return ImportOutcome.CHANGED if offered else ImportOutcome.UNCHANGED


def _saw(trial: Trial, record: Record, batch: Batch, *, is_as_held: bool) -> None:
    """Note the registry's last update; a record that says what is held verifies the entry, as of its own day."""
    if record.posted_on and record.posted_on != trial.posted_on:
        trial.posted_on = record.posted_on
        batch.updated[trial.pk] = trial
    day = as_of(record.version)
    is_recent = day and trial.verified_on and (day - trial.verified_on).days < VERIFIED_ANEW_AFTER_DAYS
    if is_as_held and not is_recent and verify_as_of(trial, day, batch.by):
        batch.updated[trial.pk] = trial
