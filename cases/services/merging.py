"""Two records of one person become one, with what moved remembered, and can be taken apart again.

One record is kept and the other points to it. Cases, referrals, hospital numbers and earlier merged records go over,
and the kept record is given only what it lacked. A death of either holds for both. Undoing takes back exactly what
went over: what was written after the merge stays with the kept record, and so does a value that was changed since.
A case that was opened from a referral goes back with its referral.
"""

from datetime import date
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.models import OutboxEntry
from audit.workflow import WrongState
from cases.models import Case, CaseEvent, Episode, HospitalNumber, Patient, PatientMerge, Referral, ToldApart
from cases.models.case import CaseEventType
from cases.models.patient import Sex
from cases.services import events
from cases.services.refreshing import refresh_facts
from cases.services.refusals import Refusals

GIVEN: Final = ("nhs_number", "family_name", "given_name", "title", "birth_on", "sex")
DEATH: Final = ("is_dead", "died_on")
EMPTY: Final = (None, "", Sex.NOT_KNOWN)
LONGEST_REASON: Final = 500


@transaction.atomic
def merge_patients(
    *,
    keep: Patient,
    merge: Patient,
    reason: str,
    numbers_checked: bool = False,
    death_checked: bool = False,
    by: User,
) -> PatientMerge:
    """Point one record to the other; two different NHS numbers, or the death of one alone, are asked about first."""
    kept, merged = _locked(keep, merge)
    for patient in (kept, merged):
        _must_merge(patient, by)
        if patient.merged_into_id is not None:
            raise WrongState("record", "merged into another already", "merged")
    _check(kept, merged, reason, numbers_checked, death_checked)
    row = PatientMerge(kept=kept, merged=merged, reason=reason.strip(), merged_by=by)
    row.kept_before, row.merged_before = _state(kept), _state(merged)
    row.moved = _moved(merged, kept)
    row.filled = _fill(kept, merged)
    row.moved["death"] = _share_death(kept, merged, row.moved["cases"], by)
    merged.merged_into = kept
    _save(merged, kept)
    row.save()
    _record(EventType.PATIENTS_MERGED, row, _case_ids(kept, merged), by)
    if row.filled:
        data = {"fields": sorted(row.filled)}
        audit.record(EventType.PATIENT_CHANGED, target=kept, by=by, data=data)
    _refresh(row, row.moved["cases"], by)
    return row


@transaction.atomic
def undo_merge(*, merge: PatientMerge, reason: str, by: User) -> PatientMerge:
    """Give the merged record back what went over; nothing that came after the merge moves."""
    waiting = _still_to_be_told(merge.kept_id)
    kept, merged = _locked(merge.kept, merge.merged)
    row = PatientMerge.objects.select_for_update().get(pk=merge.pk)
    _must_merge(kept, by)
    if row.undone_at is not None:
        raise WrongState("merge", "undone", "undone")
    refusals = Refusals()
    _need_reason(refusals, reason)
    if kept.merged_into_id is not None:
        refusals.add("__all__", "The kept record was merged into another since. Undo that merge first.")
    number = row.merged_before["nhs_number"]
    if number and Patient.objects.filter(nhs_number=number).exclude(pk__in=[kept.pk, merged.pk]).exists():
        refusals.add(
            "__all__", "Another patient has the NHS number of the merged record by now. Correct that first."
        )
    refusals.settle()
    concerned = _case_ids(kept, merged)
    _take_back(row, kept, merged)
    moved = _moved_back(row)
    _forget_deaths(kept, merged)
    if not kept.is_dead:
        waiting.update(status=OutboxEntry.Status.DONE, done_at=timezone.now())
    _save(kept, merged)
    row.undone_by, row.undone_at, row.undone_reason = by, timezone.now(), reason.strip()
    row.save()
    _record(EventType.MERGE_UNDONE, row, concerned, by)
    _refresh(row, moved, by)
    return row


@transaction.atomic
def tell_apart(*, one: Patient, other: Patient, reason: str, by: User) -> ToldApart:
    """Two records that look alike are two people: nobody is asked again."""
    first, second = sorted(_locked(one, other), key=lambda patient: patient.pk)
    for patient in (first, second):
        _must_merge(patient, by)
    refusals = Refusals()
    _must_be_two(refusals, first, second)
    _need_reason(refusals, reason)
    refusals.settle()
    row, _ = ToldApart.objects.get_or_create(
        one=first, other=second, defaults={"reason": reason.strip(), "by": by}
    )
    audit.record(EventType.PATIENTS_TOLD_APART, target=row, by=by, data={"patients": [first.pk, second.pk]})
    return row


@transaction.atomic
def take_back_apart(*, one: Patient, other: Patient, by: User) -> None:
    """That they are two people was a mistake, or is not known after all: they are listed and can be merged again."""
    first, second = sorted(_locked(one, other), key=lambda patient: patient.pk)
    for patient in (first, second):
        _must_merge(patient, by)
    row = ToldApart.objects.select_for_update().of(first, second).first()
    if row is None:
        raise WrongState("pair of records", "not kept apart", "taken back")
    data = {"patients": [first.pk, second.pk]}
    audit.record(EventType.APART_TAKEN_BACK, target=row, by=by, data=data)
    row.delete()


def may_merge(patient: Patient, by: User) -> bool:
    """Whoever may merge in a team that the patient is referred to or has a case in."""
    teams = by.team_ids(Permission.MERGE_PATIENTS)
    return patient.cases.filter(team__in=teams).exists() or patient.referrals.filter(team__in=teams).exists()


def _must_merge(patient: Patient, by: User) -> None:
    if not may_merge(patient, by):
        raise PermissionDenied(f"Your role does not include: {Permission.MERGE_PATIENTS.value}.")


def _locked(one: Patient, other: Patient) -> tuple[Patient, Patient]:
    """Cases and referrals first, then the two records, each in order: of two who merge, one waits and none for ever.

    Opening a case holds its referral and then the patient, so this order is also theirs.
    """
    pair = [one.pk, other.pk]
    for rows in (Case.objects, Referral.objects):
        list(rows.select_for_update(no_key=True).filter(patient__in=pair).order_by("pk").values_list("pk"))
    found = {row.pk: row for row in Patient.objects.select_for_update().filter(pk__in=pair).order_by("pk")}
    return found[one.pk], found[other.pk]


def _check(kept: Patient, merged: Patient, reason: str, numbers_checked: bool, death_checked: bool) -> None:
    refusals = Refusals()
    _must_be_two(refusals, kept, merged)
    _need_reason(refusals, reason)
    differ = kept.nhs_number and merged.nhs_number and kept.nhs_number != merged.nhs_number
    if differ and not numbers_checked:
        refusals.add(
            "numbers_checked",
            "The two records have different NHS numbers, so they may be two people. "
            "Look both numbers up, and say here that you did.",
        )
    if kept.is_dead != merged.is_dead and not death_checked:
        refusals.add(
            "death_checked",
            "One of the two records is of somebody who has died. Merging ends for good the plans, treatments, "
            "reviews and letters to the patient of the other record. Make sure of the death, and say here that "
            "they may end.",
        )
    refusals.settle()


def _must_be_two(refusals: Refusals, one: Patient, other: Patient) -> None:
    if one.pk == other.pk:
        refusals.add("__all__", "This is one record. Choose another beside it.")


def _need_reason(refusals: Refusals, reason: str) -> None:
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, LONGEST_REASON)


def _state(patient: Patient) -> dict[str, Any]:
    return {name: _plain(getattr(patient, name)) for name in (*GIVEN, *DEATH)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _moved(merged: Patient, kept: Patient) -> dict[str, Any]:
    """What now belongs to the kept record, by id."""
    moved: dict[str, Any] = {}
    for name, rows, column in _belongings():
        theirs = rows.filter(**{column: merged}).order_by("pk")
        moved[name] = list(theirs.values_list("pk", flat=True))
        rows.filter(pk__in=moved[name]).update(**{column: kept})
    return moved


def _belongings() -> tuple[tuple[str, Any, str], ...]:
    return (
        ("cases", Case.objects, "patient"),
        ("referrals", Referral.objects, "patient"),
        ("hospital_numbers", HospitalNumber.objects, "patient"),
        ("records", Patient.objects, "merged_into"),
    )


def _moved_back(row: PatientMerge) -> list[int]:
    """The ids of the cases that went back: those that came, and those opened since from a referral that came."""
    opened = Referral.objects.filter(pk__in=row.moved["referrals"], case__isnull=False)
    cases = {*row.moved["cases"], *opened.values_list("case", flat=True)}
    back = row.moved | {"cases": sorted(cases)}
    for name, rows, column in _belongings():
        rows.filter(pk__in=back[name], **{column: row.kept_id}).update(**{column: row.merged_id})
    return sorted(cases)


def _still_to_be_told(patient_id: int) -> QuerySet[OutboxEntry]:
    """Who has not heard of the death of this patient yet, held so that nobody hears of it once it is taken back.

    Held before the records, as by whoever is being told.
    """
    entries = OutboxEntry.objects.exclude(status=OutboxEntry.Status.DONE).filter(
        event__type=EventType.PATIENT_DIED,
        event__target_type=Patient._meta.label_lower,
        event__target_id=patient_id,
    )
    held = entries.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    return OutboxEntry.objects.filter(pk__in=list(held))


def _forget_deaths(*patients: Patient) -> None:
    """The timeline of somebody who lives tells of no death."""
    alive = [patient for patient in patients if not patient.is_dead]
    CaseEvent.objects.filter(type=CaseEventType.DIED, case__patient__in=alive).delete()


def _fill(kept: Patient, merged: Patient) -> dict[str, Any]:
    """Only what the kept record lacked; an NHS number goes over, since it stands in one record alone."""
    filled = {}
    for name in GIVEN:
        value = getattr(merged, name)
        if getattr(kept, name) in EMPTY and value not in EMPTY:
            setattr(kept, name, value)
            filled[name] = _plain(value)
    if "nhs_number" in filled:
        merged.nhs_number = None
    return filled


def _share_death(kept: Patient, merged: Patient, moved: list[int], by: User) -> dict[str, Any]:
    """Told to the cases that did not know of it, in the timeline too; which death was given to whom."""
    if kept.is_dead == merged.is_dead:
        return {}
    dead, alive = (kept, merged) if kept.is_dead else (merged, kept)
    alive.is_dead = True
    alive.died_on = dead.died_on
    if alive.died_on and alive.birth_on and alive.died_on < alive.birth_on:
        alive.died_on = None
    told = Q(pk__in=moved) if dead is kept else ~Q(pk__in=moved)
    on = dead.died_on or timezone.localdate()
    cases = list(Case.objects.filter(told, patient=kept).order_by("pk"))
    audit.record(EventType.PATIENT_DIED, target=kept, by=by)
    for case in cases:
        events.note(case=case, type=CaseEventType.DIED, on=on, by=by)
    return {"patient": alive.pk, "died_on": _plain(alive.died_on), "cases": [case.pk for case in cases]}


def _take_back(row: PatientMerge, kept: Patient, merged: Patient) -> None:
    """The kept record gives back what it was given, but for what somebody changed since; the other is as it was."""
    for name, value in row.filled.items():
        if _plain(getattr(kept, name)) == value:
            setattr(kept, name, _typed(name, row.kept_before[name]))
    given = row.moved.get("death")
    if (
        given
        and given["patient"] == kept.pk
        and (kept.is_dead, _plain(kept.died_on)) == (True, given["died_on"])
    ):
        for name in DEATH:
            setattr(kept, name, _typed(name, row.kept_before[name]))
    for name in ("nhs_number", *DEATH):
        setattr(merged, name, _typed(name, row.merged_before[name]))
    merged.merged_into = None


def _typed(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if value and name.endswith("_on") else value


def _save(first: Patient, second: Patient) -> None:
    """The record that gives up an NHS number is saved first; an edit begun on either before this is stale."""
    version = max(first.version, second.version) + 1
    for patient in (first, second):
        patient.version = version
        patient.save()


def _case_ids(*patients: Patient) -> list[int]:
    return list(Case.objects.filter(patient__in=patients).order_by("pk").values_list("pk", flat=True))


def _record(type: EventType, row: PatientMerge, case_ids: list[int], by: User) -> None:
    """Once for each case of both, so that its own history, and a registry that sends it again, know of it."""
    data = {"kept": row.kept_id, "merged": row.merged_id}
    told: list[int | None] = [*case_ids] or [None]
    for case_id in told:
        audit.record(type, target=row, by=by, case_id=case_id, data=data)


def _refresh(row: PatientMerge, moved_ids: list[int], by: User) -> None:
    """Age is told from the date of birth: where that became another, the facts are put together anew."""
    kept, merged = Patient.objects.get(pk=row.kept_id), Patient.objects.get(pk=row.merged_id)
    moved = Q(case__in=moved_ids)
    others = Q(case__patient=kept) & ~moved
    stale = Q(pk__in=[])
    if kept.birth_on != merged.birth_on:
        stale |= moved
    if "birth_on" in row.filled:
        stale |= others
    for episode in Episode.objects.filter(stale):
        refresh_facts(episode=episode, by=by)
