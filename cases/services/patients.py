"""Patients: registered once per person, changed by those who look after them, and their death."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.models import HospitalNumber, Patient
from cases.models.case import CaseEventType, Episode
from cases.models.patient import Sex
from cases.services import events
from cases.services.facts import refresh_facts
from cases.services.refusals import Refusals

MAY_REGISTER = (Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL, Permission.IMPORT_REGISTRY)
NAMES = (("family_name", "Family name", 100), ("given_name", "First name", 100), ("title", "Title", 20))
NEVER_ISSUED = "999"
"""Numbers that begin so are kept for tests (NHS Data Model and Dictionary, NHS NUMBER)."""
HELD = ("family_name", "given_name", "title", "birth_on", "sex")


@dataclass(frozen=True)
class PatientDetails:
    """Who a person is, as typed; a hospital number belongs to `hospital`, or to the registry `number_source`."""

    nhs_number: str = ""
    family_name: str = ""
    given_name: str = ""
    title: str = ""
    birth_on: date | None = None
    sex: str = Sex.NOT_KNOWN
    hospital_number: str = ""
    hospital: Organisation | None = None
    number_source: str = ""


@transaction.atomic
def register_patient(*, details: PatientDetails, by: User) -> Patient:
    """The one record of this person: found by NHS or hospital number, else made. Shows nobody's cases.

    A record that was there keeps what it holds; only what it lacked is filled in.
    """
    if not any(by.may(permission) for permission in MAY_REGISTER):
        by.must(Permission.RECEIVE_REFERRAL)
    values = _checked(details)
    _must_be_invented(values["nhs_number"], details, by)
    patient, created = _known(values["nhs_number"], details), False
    if patient is None:
        patient, created = _created(values, details)
    if created:
        audit.record(EventType.PATIENT_REGISTERED, target=patient, by=by)
    else:
        _fill_in(patient, values, by)
    _keep_number(patient, details)
    return patient


@transaction.atomic
def change_patient(*, patient: Patient, version: int, details: PatientDetails, by: User) -> Patient:
    """Correct who the person is; every open question that their age decides is answered again."""
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    _must_look_after(patient, by)
    check_version(patient, version)
    values = _checked(details, died=patient.died_on)
    _must_be_own_number(patient, values["nhs_number"])
    _must_be_invented(values["nhs_number"], details, by)
    changed = [name for name, value in values.items() if getattr(patient, name) != value]
    for name in changed:
        setattr(patient, name, values[name])
    patient.save()
    _keep_number(patient, details)
    audit.record(EventType.PATIENT_CHANGED, target=patient, by=by, data={"fields": changed})
    if "birth_on" in changed:
        for episode in Episode.objects.filter(case__patient=patient):
            refresh_facts(episode=episode, by=by)
    return patient


@transaction.atomic
def record_death(*, patient: Patient, died_on: date | None, version: int | None = None, by: User) -> Patient:
    """Record that the patient has died; what was still planned for them stops by the event."""
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    _must_look_after(patient, by)
    check_version(patient, version)
    refusals = Refusals()
    refusals.past("died_on", "Date of death", died_on, born=patient.birth_on)
    if patient.is_dead and died_on in (None, patient.died_on):
        refusals.add("died_on", "The death is recorded already. Enter another date to correct it.")
    refusals.settle()
    was_dead = patient.is_dead
    patient.is_dead, patient.died_on = True, died_on
    patient.save()
    _tell_merged_records(patient)
    audit.record(EventType.PATIENT_DIED, target=patient, by=by)
    for case in patient.cases.all():
        if not was_dead:
            events.note(case=case, type=CaseEventType.DIED, on=died_on or timezone.localdate(), by=by)
        else:
            case.events.filter(type=CaseEventType.DIED).update(on=died_on)
    return patient


def _checked(details: PatientDetails, died: date | None = None) -> dict[str, Any]:
    refusals = Refusals()
    number = refusals.nhs_number("nhs_number", details.nhs_number)
    refusals.birth("birth_on", details.birth_on, died=died)
    refusals.choice("sex", "Sex", details.sex, Sex.values)
    for name, label, longest in NAMES:
        refusals.length(name, label, getattr(details, name), longest)
    refusals.length("hospital_number", "Hospital number", details.hospital_number, 60)
    if details.hospital_number.strip() and not (details.hospital or details.number_source):
        refusals.add("hospital", "Choose the hospital that the number belongs to.")
    if not (details.nhs_number.strip() or details.family_name.strip() or details.hospital_number.strip()):
        refusals.add("family_name", "Enter a family name, an NHS number or a hospital number.")
    refusals.settle()
    values: dict[str, Any] = {name: getattr(details, name).strip() for name, _, _ in NAMES}
    return values | {
        "nhs_number": number,
        "birth_on": details.birth_on,
        "sex": details.sex or Sex.NOT_KNOWN,
    }


def _must_be_invented(number: str | None, details: PatientDetails, by: User) -> None:
    """A sandbox finds no real person: neither by an NHS number that is issued nor by a hospital's own number."""
    if not by.only_tries_out:
        return
    if number and not number.startswith(NEVER_ISSUED):
        raise ValidationError(
            {"nhs_number": "A sandbox takes invented patients only, whose NHS numbers begin with 999."}
        )
    if details.number_source or (details.hospital and not details.hospital.is_sandbox):
        raise ValidationError({"hospital": "A sandbox takes hospital numbers of its own organisation only."})


def _must_be_own_number(patient: Patient, number: str | None) -> None:
    other = Patient.objects.filter(nhs_number=number).exclude(pk=patient.pk).first() if number else None
    if other is None:
        return
    message = "Another patient has this NHS number. Check the digits against the letter."
    if other.merged_into_id == patient.pk:
        message = (
            "This is the number of a record that was merged into this one: it finds this patient already. "
            "To show it as this patient’s number, undo the merge, and merge again with the other record kept."
        )
    raise ValidationError({"nhs_number": message})


def _tell_merged_records(patient: Patient) -> None:
    """A death holds for every record of the person; one that was born later, by its own date, has no date of it."""
    for record in Patient.objects.filter(merged_into=patient):
        record.is_dead, record.died_on = True, patient.died_on
        if record.died_on and record.birth_on and record.died_on < record.birth_on:
            record.died_on = None
        record.save(update_fields=["is_dead", "died_on"])


def _known(number: str | None, details: PatientDetails) -> Patient | None:
    """The person who has this number, once the date of birth agrees: a slip must not attach a stranger."""
    found = Patient.objects.filter(nhs_number=number).first() if number else None
    if found is not None:
        return _in_force(found, details)
    if not details.hospital_number.strip():
        return None
    patient = _by_hospital_number(details)
    if patient is None:
        return None
    if number and patient.nhs_number and patient.nhs_number != number:
        raise ValidationError(
            {
                "hospital_number": "This hospital number belongs to a patient with another NHS number. Check both."
            }
        )
    _must_be_born_on(patient, details.birth_on, "hospital_number")
    return patient


def _in_force(found: Patient, details: PatientDetails) -> Patient:
    """The record that stands for the person whom this NHS number is of, by either record's date of birth."""
    number, kept = found.nhs_number, Patient.objects.locked_in_force(found.pk)
    found.refresh_from_db()
    if found.nhs_number != number:
        raise ValidationError(
            {"nhs_number": "The patient with this number was changed in this moment. Send it again."}
        )
    if details.birth_on is None or details.birth_on != kept.birth_on:
        _must_be_born_on(found if found.birth_on else kept, details.birth_on, "nhs_number")
    return kept


def _must_be_born_on(patient: Patient, birth_on: date | None, where: str) -> None:
    if patient.birth_on and birth_on is None:
        raise ValidationError(
            {"birth_on": "Enter the date of birth: it confirms that the number is this patient's."}
        )
    if patient.birth_on and patient.birth_on != birth_on:
        raise ValidationError(
            {
                where: "This number belongs to a patient with another date of birth. "
                "Check the number and the date against the letter."
            }
        )


def _by_hospital_number(details: PatientDetails) -> Patient | None:
    return (
        Patient.objects.select_for_update(of=("self",))
        .filter(
            hospital_numbers__number=details.hospital_number.strip(),
            hospital_numbers__organisation=details.hospital,
            hospital_numbers__source=details.number_source,
        )
        .first()
    )


def _created(values: dict[str, Any], details: PatientDetails) -> tuple[Patient, bool]:
    """Two people may register the same person in the same moment: the second finds the first's record."""
    if not values["nhs_number"]:
        return Patient.objects.create(**values), True
    patient, created = Patient.objects.get_or_create(nhs_number=values["nhs_number"], defaults=values)
    return (patient, True) if created else (_in_force(patient, details), False)


def _fill_in(patient: Patient, values: dict[str, Any], by: User) -> None:
    empty = {None, "", Sex.NOT_KNOWN}
    lacking = [
        name
        for name in ("nhs_number", *HELD)
        if getattr(patient, name) in empty and values[name] not in empty
    ]
    of_merged = Patient.objects.filter(merged_into=patient, nhs_number=values["nhs_number"])
    if "nhs_number" in lacking and of_merged.exists():
        lacking.remove("nhs_number")
    if not lacking:
        return
    for name in lacking:
        setattr(patient, name, values[name])
    patient.version += 1
    patient.save()
    audit.record(EventType.PATIENT_CHANGED, target=patient, by=by, data={"fields": lacking})


def _keep_number(patient: Patient, details: PatientDetails) -> None:
    number = details.hospital_number.strip()
    if not number:
        return
    kept, created = HospitalNumber.objects.get_or_create(
        organisation=details.hospital,
        source=details.number_source,
        number=number,
        defaults={"patient": patient},
    )
    if not created and kept.patient_id != patient.pk:
        raise ValidationError(
            {
                "hospital_number": "Another patient has this number at this hospital. Check it against the letter."
            }
        )


def _must_look_after(patient: Patient, by: User) -> None:
    teams = by.team_ids(Permission.CHANGE_CASE)
    if patient.cases.filter(team__in=teams).exists() or patient.referrals.filter(team__in=teams).exists():
        return
    raise PermissionDenied(f"Your role does not include: {Permission.CHANGE_CASE.value}.")
