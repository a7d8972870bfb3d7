"""Decides what becomes of each draft, given what is held already; a fixed number of reads a batch, no writes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Max, Q

from accounts.models import Team
from audit.events import EventType
from audit.models import Event
from cases.importing.drafts import Draft, Drafted, RefusedRow, Remark
from cases.models import Case, Episode, HospitalNumber, ImportRow, Patient

Outcome = ImportRow.Outcome

WRITTEN_BY_IMPORTS: Final = (EventType.CASE_IMPORTED, EventType.PATIENT_REGISTERED)


@dataclass(frozen=True, slots=True)
class Planned:
    """A draft with its outcome, the case that is held already, and the patient that it belongs to."""

    drafted: Drafted
    outcome: str
    case: Case | None = None
    patient: Patient | None = None
    is_number_held: bool = False

    @property
    def remarks(self) -> tuple[Remark, ...]:
        return self.drafted.remarks


@dataclass(frozen=True, slots=True)
class Held:
    """What the installation holds of a batch's ids and numbers."""

    cases: dict[str, Case]
    edited: frozenset[int]
    by_number: dict[str, Patient]
    by_nhs_number: dict[str, Patient]


def plan(batch: Sequence[Drafted], *, team: Team, source: str, locking: bool) -> list[Planned]:
    """The outcome of every row. `locking`: hold what is there until the transaction ends, to write to it."""
    drafts = [drafted for drafted in batch if isinstance(drafted, Draft)]
    held = _held(drafts, source, locking)
    return [
        _planned(drafted, held, team) if isinstance(drafted, Draft) else Planned(drafted, Outcome.REFUSED)
        for drafted in batch
    ]


def _held(drafts: Sequence[Draft], source: str, locking: bool) -> Held:
    cases = Case.objects.filter(source=source, source_id__in=[draft.source_id for draft in drafts])
    cases = cases.select_related("patient", "current_episode", "imported").order_by("pk")
    if locking:
        cases = cases.select_for_update(of=("self", "patient"))
    found = {case.source_id: case for case in cases}
    if locking and found:
        held = [case.pk for case in found.values()]
        list(Episode.objects.select_for_update().filter(case__in=held).order_by("pk").values_list("pk"))
    numbers = HospitalNumber.objects.filter(
        organisation=None, source=source, number__in=[draft.patient.number for draft in drafts]
    )
    return Held(
        cases=found,
        edited=_edited(list(found.values())),
        by_number={row.number: row.patient for row in numbers.select_related("patient")},
        by_nhs_number=_by_nhs_number([d.patient.nhs_number for d in drafts if d.patient.nhs_number]),
    )


def _by_nhs_number(numbers: list[str]) -> dict[str, Patient]:
    if not numbers:
        return {}
    rows = Patient.objects.filter(nhs_number__in=numbers).select_related("merged_into")
    return {str(row.nhs_number): row.merged_into or row for row in rows}


def _edited(cases: list[Case]) -> frozenset[int]:
    """Cases about which, or about whose patient, anybody recorded anything after their last import.

    Every service records an event in the transaction of its change, so the audit trail knows of each edit.
    """
    if not cases:
        return frozenset()
    somebodys = Q(by__isnull=False) & ~Q(type__in=WRITTEN_BY_IMPORTS)
    events = Event.objects.filter(case_id__in=[case.pk for case in cases]).values("case_id")
    last = {
        row["case_id"]: (row["imported"] or 0, row["other"] or 0)
        for row in events.annotate(
            imported=Max("id", filter=Q(type=EventType.CASE_IMPORTED)), other=Max("id", filter=somebodys)
        )
    }
    of_patient = dict(
        Event.objects.filter(somebodys, target_type="cases.patient")
        .filter(target_id__in=[case.patient_id for case in cases])
        .values("target_id")
        .annotate(last=Max("id"))
        .values_list("target_id", "last")
    )
    return frozenset(
        case.pk
        for case in cases
        if max(last.get(case.pk, (0, 0))[1], of_patient.get(case.patient_id, 0))
        > last.get(case.pk, (0, 0))[0]
    )


def _planned(draft: Draft, held: Held, team: Team) -> Planned:
    case = held.cases.get(draft.source_id)
    if case is None:
        return _new(draft, held)
    if case.team_id != team.pk:
        return _refused(draft, "another team holds the case of this id.")
    imported = getattr(case, "imported", None)
    is_same = imported is not None and imported.digest == draft.digest()
    if imported is None or case.pk in held.edited:
        told = "as it was" if is_same else "no longer as it was: compare the two by hand"
        remark = Remark(
            "", "", f"Edited here since the last import, and not touched. The file's row is {told}."
        )
        return Planned(replace(draft, remarks=(remark,)), Outcome.EDITED, case)
    return Planned(draft, Outcome.UNCHANGED if is_same else Outcome.UPDATED, case, case.patient)


def _new(draft: Draft, held: Held) -> Planned:
    told = draft.patient
    known, by_source = held.by_nhs_number.get(told.nhs_number), held.by_number.get(told.number)
    if known and by_source and known.pk != by_source.pk:
        return _refused(
            draft, "the NHS number and the source's number belong to two different patients here."
        )
    patient = known or by_source
    if patient is None:
        return Planned(draft, Outcome.REMARKS if draft.remarks else Outcome.TAKEN)
    if patient.birth_on and told.birth_on and patient.birth_on != told.birth_on:
        return _refused(draft, "the number belongs to a patient here who has another date of birth.")
    if not known and patient.nhs_number and told.nhs_number and patient.nhs_number != told.nhs_number:
        return _refused(draft, "the source's number belongs to a patient here who has another NHS number.")
    draft = replace(draft, remarks=(*draft.remarks, *_of_known_patient(draft, patient)))
    outcome = Outcome.REMARKS if draft.remarks else Outcome.TAKEN
    return Planned(draft, outcome, patient=patient, is_number_held=by_source is not None)


def _of_known_patient(draft: Draft, patient: Patient) -> list[Remark]:
    """A patient whom others look after stays as they wrote them."""
    if draft.patient.is_dead and not patient.is_dead:
        done = (
            "The file says that the patient has died; the patient is held here already and was not changed. "
            "Record the death if it is right: it stops letters and reminders."
        )
        return [Remark("", "", done)]
    return []


def _refused(draft: Draft, reason: str) -> Planned:
    return Planned(RefusedRow(draft.line, draft.source_id, reason), Outcome.REFUSED)
