"""Patients: registered once, changed, and their death."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion
from cases import services
from cases.models import CaseEvent, HospitalNumber, Patient
from cases.models.case import CaseEventType
from tests.cases.told import events_of, timeline

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_a_number_that_exists_attaches_and_shows_what_is_held(person, coordinator):
    first = services.register_patient(details=person(), by=coordinator)
    again = person(nhs_number=first.nhs_number, family_name="Someone", title="Ms")
    second = services.register_patient(details=again, by=coordinator)
    assert second == first
    assert (second.family_name, second.title) == ("Sample", "Ms")
    assert events_of(first) == [EventType.PATIENT_REGISTERED, EventType.PATIENT_CHANGED]


def test_a_number_of_somebody_born_on_another_day_is_refused(person, coordinator):
    first = services.register_patient(details=person(), by=coordinator)
    slip = person(nhs_number=first.nhs_number, birth_on=date(1980, 1, 1))
    with pytest.raises(ValidationError, match="another date of birth"):
        services.register_patient(details=slip, by=coordinator)


def test_a_number_alone_does_not_tell_whose_it_is(person, coordinator):
    first = services.register_patient(details=person(), by=coordinator)
    with pytest.raises(ValidationError, match="Enter the date of birth"):
        services.register_patient(details=person(nhs_number=first.nhs_number, birth_on=None), by=coordinator)


def test_a_hospital_number_finds_the_patient_again(person, coordinator, district):
    known = person(nhs_number="", hospital_number="CV123", hospital=district)
    first = services.register_patient(details=known, by=coordinator)
    assert services.register_patient(details=known, by=coordinator) == first
    assert HospitalNumber.objects.get().number == "CV123"


def test_spaces_in_an_nhs_number_do_not_make_another_patient(person, coordinator):
    first = services.register_patient(details=person(), by=coordinator)
    spaced = f"{first.nhs_number[:3]} {first.nhs_number[3:6]} {first.nhs_number[6:]}"
    assert services.register_patient(details=person(nhs_number=spaced), by=coordinator) == first


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"nhs_number": "999 000 001"}, "nhs_number", "has 9 digits. It must have 10"),
        ({"nhs_number": "9990000019"}, "nhs_number", "After 999 000 001 the last digit would be 8"),
        ({"nhs_number": "99900A0018"}, "nhs_number", "only digits"),
        ({"birth_on": TODAY + timedelta(days=1)}, "birth_on", "in the future"),
        ({"birth_on": date(1899, 12, 31)}, "birth_on", "before 1900"),
        ({"sex": "robot"}, "sex", "not a known value"),
        ({"family_name": "x" * 101}, "family_name", "101 characters. It may have 100"),
        ({"nhs_number": "", "family_name": " "}, "family_name", "Enter a family name"),
    ],
)
def test_impossible_details_are_refused_by_field(person, coordinator, told, field, words):
    with pytest.raises(ValidationError) as refused:
        services.register_patient(details=person(**told), by=coordinator)
    assert words in " ".join(refused.value.message_dict[field])
    assert not Patient.objects.exists()


def test_a_change_counts_the_version_and_says_which_fields(case, person, coordinator):
    patient = case.patient
    details = person(nhs_number=patient.nhs_number, family_name="Okafor", title="Ms")
    services.change_patient(patient=patient, version=1, details=details, by=coordinator)
    patient.refresh_from_db()
    assert (patient.family_name, patient.version) == ("Okafor", 2)
    assert set(Event.objects.latest("id").data["fields"]) == {"family_name", "title"}


def test_a_stale_change_is_refused(case, person, coordinator):
    details = person(nhs_number=case.patient.nhs_number)
    services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)
    with pytest.raises(StaleVersion):
        services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)


def test_another_patients_number_is_not_taken_over(case, person, coordinator):
    other = services.register_patient(details=person(), by=coordinator)
    details = person(nhs_number=other.nhs_number)
    with pytest.raises(ValidationError, match="Another patient has this NHS number"):
        services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)


def test_another_centre_may_not_change_the_patient(case, person, stranger):
    with pytest.raises(PermissionDenied):
        services.change_patient(patient=case.patient, version=1, details=person(), by=stranger)


def test_a_corrected_birth_date_corrects_the_age(case, episode, person, coordinator):
    details = person(nhs_number=case.patient.nhs_number, birth_on=date(2010, 1, 1))
    services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)
    episode.refresh_from_db()
    assert episode.facts["age"] == 16


def test_a_death_is_recorded_once_and_told_to_other_rooms(case, coordinator):
    services.record_death(patient=case.patient, died_on=date(2026, 11, 10), by=coordinator)
    case.patient.refresh_from_db()
    assert (case.patient.is_dead, case.patient.died_on) == (True, date(2026, 11, 10))
    assert EventType.PATIENT_DIED in events_of(case.patient)
    assert timeline(case)[-1] == CaseEventType.DIED
    with pytest.raises(ValidationError, match="recorded already"):
        services.record_death(patient=case.patient, died_on=None, by=coordinator)


def test_a_corrected_date_of_death_moves_its_entry(case, coordinator):
    services.record_death(patient=case.patient, died_on=None, by=coordinator)
    services.record_death(patient=case.patient, died_on=date(2026, 11, 12), by=coordinator)
    assert CaseEvent.objects.get(case=case, type=CaseEventType.DIED).on == date(2026, 11, 12)


@pytest.mark.parametrize("died_on", [TODAY + timedelta(days=1), date(1960, 1, 1)])
def test_a_death_in_the_future_or_before_birth_is_refused(case, coordinator, died_on):
    with pytest.raises(ValidationError) as refused:
        services.record_death(patient=case.patient, died_on=died_on, by=coordinator)
    assert "died_on" in refused.value.message_dict
