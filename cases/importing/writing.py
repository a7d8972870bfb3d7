"""Writes one planned batch: a fixed number of statements, whatever the number of rows in it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import cast

from django.db import connection, models
from django.utils import timezone

from accounts.models import User
from audit import services as audit
from audit.events import EventType
from cases.importing.building import Builder, Built, Keys
from cases.importing.copying import copy_in
from cases.importing.drafts import Draft
from cases.importing.mapping import RegistryMapping
from cases.importing.planning import Outcome, Planned
from cases.models import (
    Case,
    CaseEvent,
    Diagnosis,
    Episode,
    HospitalNumber,
    ImagingReport,
    ImportedCase,
    ImportedText,
    ImportRow,
    ImportRun,
    PathologyReport,
    Patient,
    PerformanceStatus,
    Staging,
    TreatmentGiven,
)
from cases.services import next_references
from cases.services.refreshing import says_the_same

NEW = (Outcome.TAKEN, Outcome.REMARKS)
REPLACED: tuple[type[models.Model], ...] = (
    Diagnosis,
    PathologyReport,
    ImagingReport,
    PerformanceStatus,
    TreatmentGiven,
)
PATIENT_FIELDS = (
    "nhs_number",
    "family_name",
    "given_name",
    "birth_on",
    "sex",
    "is_dead",
    "died_on",
    "version",
)
CASE_FIELDS = ("opened_on", "status", "closed_reason", "closed_on", "version")
EPISODE_FIELDS = ("kind", "started_on", "age_at_diagnosis", "facts", "fact_sources", "version")

Standing = defaultdict[int, dict[str, Staging]]
"""The stages that hold, by episode and basis."""


def write_batch(planned: Sequence[Planned], *, run: ImportRun, mapping: RegistryMapping, by: User) -> None:
    """Write what the plan says, with history, audit and the outcome of every row. Call it in a transaction."""
    today = timezone.localdate()
    builder = Builder(mapping, by, today, run.team.staging_edition, run.pk, _keys(len(planned)))
    cases = _write_new([one for one in planned if one.outcome in NEW], builder, run, today)
    _write_updates([one for one in planned if one.outcome == Outcome.UPDATED], builder)
    copy_in(_import_row(one, run, cases) for one in planned)


def outcome_row(one: Planned, run: ImportRun, case_id: int | None) -> ImportRow:
    """The row of the run's report."""
    remarks = [{"column": r.column, "value": r.value[:500], "done": r.done} for r in one.remarks]
    return ImportRow(
        run=run,
        line=one.drafted.line,
        source_id=one.drafted.source_id,
        outcome=one.outcome,
        remarks=remarks,
        case_id=case_id,
    )


def _import_row(one: Planned, run: ImportRun, cases: dict[str, Case]) -> ImportRow:
    case = one.case or (cases.get(one.drafted.source_id) if one.outcome in NEW else None)
    return outcome_row(one, run, case.pk if case else None)


def _keys(how_many: int) -> Keys:
    tables = (Patient, Case, Episode, Diagnosis, PathologyReport, ImagingReport)
    return Keys(*(_reserve(model, how_many) for model in tables))


def _reserve(model: type[models.Model], how_many: int) -> Iterator[int]:
    """Keys from the table's sequence: rows that name one another are then written in one insert a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, how_many],
        )
        return iter([row[0] for row in cursor.fetchall()])


def _write_new(planned: Sequence[Planned], builder: Builder, run: ImportRun, today: date) -> dict[str, Case]:
    if not planned:
        return {}
    references = next_references(run.team, today.year, len(planned))
    made: dict[str, Patient] = {}
    built: list[Built] = []
    imported: list[ImportedCase] = []
    for one, reference in zip(planned, references, strict=True):
        draft = cast(Draft, one.drafted)
        is_known = one.patient is not None or draft.patient.number in made
        patient = one.patient or made.get(draft.patient.number) or builder.patient(draft)
        if not is_known:
            made[draft.patient.number] = patient
        built.append(builder.build(draft, builder.case(draft, patient, reference, run.team_id)))
        imported.append(
            ImportedCase(case=built[-1].case, run=run, digest=draft.digest(), made_patient=not is_known)
        )
    _insert_patients(planned, made, builder.mapping.source)
    copy_in(each.case for each in built)
    copy_in(each.episode for each in built)
    _insert_below(built)
    copy_in(imported)
    _record_new(built, made, builder.by)
    return {each.case.source_id: each.case for each in built}


def _insert_patients(planned: Sequence[Planned], made: dict[str, Patient], source: str) -> None:
    copy_in(made.values())
    numbers: dict[str, Patient] = {}
    for one in planned:
        number = cast(Draft, one.drafted).patient.number
        if not one.is_number_held:
            numbers[number] = one.patient or made[number]
    copy_in(
        HospitalNumber(patient=patient, source=source, number=number) for number, patient in numbers.items()
    )


def _insert_below(built: Sequence[Built]) -> None:
    """Everything below the episodes, one table after the other."""
    copy_in(each.diagnosis for each in built)
    copy_in(each.pathology for each in built if each.pathology)
    copy_in(each.imaging for each in built if each.imaging)
    copy_in(each.performance_status for each in built if each.performance_status)
    copy_in(given for each in built for given in each.treatments)
    copy_in(row for each in built for row in each.stagings)
    copy_in(event for each in built for event in each.events)
    copy_in(text for each in built for text in each.texts)


def _record_new(built: Sequence[Built], made: dict[str, Patient], by: User) -> None:
    new = {patient.pk for patient in made.values()}
    registered: list[tuple[models.Model, int | None]] = [
        (each.case.patient, each.case.pk) for each in built if each.case.patient_id in new
    ]
    audit.record_many(EventType.PATIENT_REGISTERED, targets=registered, by=by)
    audit.record_many(EventType.CASE_IMPORTED, targets=[(each.case, each.case.pk) for each in built], by=by)


def _delete_of(episodes: list[int]) -> None:
    """One statement a table: the ORM would read the rows first, a hundred at a time, for what may point to them.

    What does is a delivery under a plan, and a case that has one was edited here and is not touched.
    """
    with connection.cursor() as cursor:
        for model in REPLACED:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table} WHERE episode_id = ANY(%s)", [episodes])


def _write_updates(planned: Sequence[Planned], builder: Builder) -> None:
    """Bring cases that nobody has touched up to date: what the last import wrote is replaced, history keeps it."""
    if not planned:
        return
    cases = [cast(Case, one.case) for one in planned]
    died: list[Patient] = []
    standing = _standing(cases)
    built = [_updated(one, builder, died, standing) for one in planned]
    _delete_of([each.episode.pk for each in built])
    CaseEvent.objects.filter(case__in=cases).delete()
    ImportedText.objects.filter(case__in=cases).delete()
    for each in built:
        each.stagings = [row for row in each.stagings if _is_new(row, standing[each.episode.pk])]
    Patient.objects.bulk_update([case.patient for case in cases], PATIENT_FIELDS)
    Case.objects.bulk_update(cases, CASE_FIELDS)
    Episode.objects.bulk_update([each.episode for each in built], EPISODE_FIELDS)
    _insert_below(built)
    ImportedCase.objects.bulk_update([case.imported for case in cases], ["digest", "run"])
    for patient in died:
        audit.record(EventType.PATIENT_DIED, target=patient, by=builder.by)
    audit.record_many(EventType.CASE_IMPORTED, targets=[(case, case.pk) for case in cases], by=builder.by)


def _updated(one: Planned, builder: Builder, died: list[Patient], standing: Standing) -> Built:
    case, draft = cast(Case, one.case), cast(Draft, one.drafted)
    patient, was_dead = case.patient, case.patient.is_dead
    if case.imported.made_patient:
        builder.fill_patient(patient, draft)
        patient.version += 1
    if patient.is_dead and not was_dead:
        died.append(patient)
    case.version += 1
    cast(Episode, case.current_episode).version += 1
    case.imported.digest, case.imported.run_id = draft.digest(), builder.run_id
    return builder.build(draft, case, standing[cast(Episode, case.current_episode).pk])


def _standing(cases: Sequence[Case]) -> Standing:
    found: Standing = defaultdict(dict)
    for row in Staging.objects.filter(episode__in=[case.current_episode_id for case in cases]).standing():
        found[row.episode_id][row.basis] = row
    return found


def _is_new(row: Staging, standing: dict[str, Staging]) -> bool:
    newest = standing.get(row.basis)
    return newest is None or not says_the_same(newest, row)
