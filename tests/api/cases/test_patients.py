"""Patients by the API: found by what identifies them, corrected, and their death."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.permissions import Role
from audit.models import Event, Read
from cases import services
from tests import factories
from tests.api.test_refusals import problem


def found(caller, **told):
    answer = caller.post("patients/search/", told)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_patient_is_found_by_what_a_letter_says(system, centre):
    patient = centre.patient
    assert found(system, nhs_number=f"{patient.nhs_number[:3]} {patient.nhs_number[3:]}") == [patient.pk]
    assert found(system, hospital_number="CV-104", organisation="RCV") == [patient.pk]
    assert found(system, family_name="sam", birth_on="1972-03-14") == [patient.pk]
    assert found(system, family_name="Other", birth_on="1972-03-14") == []
    assert found(system, nhs_number=patient.nhs_number, birth_on="1980-01-01") == []
    assert Read.objects.filter(patient_ids=[patient.pk], surface="api").count() == 3


def test_a_number_of_a_merged_record_finds_who_it_is_of(system, centre):
    other = factories.case(centre.team).patient
    told = {"family_name": "Sample", "birth_on": centre.patient.birth_on}
    type(other).objects.filter(pk=other.pk).update(**told)
    other.refresh_from_db()
    services.merge_patients(
        keep=centre.patient, merge=other, reason="One person", numbers_checked=True, by=centre.coordinator
    )
    assert found(system, nhs_number=other.nhs_number) == [centre.patient.pk]


@pytest.mark.parametrize(
    "told", [{}, {"family_name": "Sample"}, {"birth_on": "1972-03-14"}, {"hospital_number": "CV-104"}]
)
def test_too_little_to_tell_somebody_by_is_refused(system, centre, told):
    assert "non_field_errors" in problem(system.post("patients/search/", told), 400)["errors"]


def test_another_centres_system_finds_nobody(stranger, centre):
    assert found(stranger, nhs_number=centre.patient.nhs_number) == []


def test_a_search_needs_the_scope_of_reading_only(machine, centre):
    reader = machine(centre.team.organisation, scope="patients.read")
    assert found(reader, nhs_number=centre.patient.nhs_number) == [centre.patient.pk]
    writes = machine(centre.team.organisation, scope="write", name="Writes only")
    problem(writes.post("patients/search/", {}), 403)


def test_a_patient_is_read_with_their_numbers_and_the_cases_of_ones_own_teams(system, centre):
    factories.case(factories.team(), patient=centre.patient)
    told = system.get(f"patients/{centre.patient.pk}/").json()
    assert told["cases"] == [centre.case.reference]
    assert [row["number"] for row in told["hospital_numbers"]] == ["CV-104"]
    (row,) = [row for row in system.get("patients/").json()["results"] if row["id"] == centre.patient.pk]
    assert row.items() <= told.items()


def test_a_correction_keeps_what_it_leaves_out(does, centre):
    address = f"patients/{centre.patient.pk}"
    told = does(address, "change", {"given_name": "Alexis", "hospital_number": "X-1", "organisation": "RCV"})
    assert (told["given_name"], told["family_name"]) == ("Alexis", "Sample")
    assert [row["number"] for row in told["hospital_numbers"]] == ["CV-104", "X-1"]
    assert Event.objects.filter(type="patient.changed", data={"fields": ["given_name"]}).exists()
    refused = does(address, "change", {"hospital_number": "X-2"}, code=400)
    assert "hospital" in refused["errors"]


def test_a_death_is_recorded_once(does, centre):
    address = f"patients/{centre.patient.pk}"
    told = does(address, "record-death", {"died_on": "2026-11-20"})
    assert (told["is_dead"], told["died_on"]) == (True, "2026-11-20")
    assert Event.objects.filter(type="patient.died", target_id=centre.patient.pk).exists()
    assert "died_on" in does(address, "record-death", {"died_on": "2026-11-20"}, code=400)["errors"]


def test_who_looks_after_nobody_of_the_case_changes_nothing(person, centre):
    observer = person(factories.member(Role.OBSERVER, centre.team))
    problem(observer.post(f"patients/{centre.patient.pk}/change/", {}, **{"If-Match": '"1"'}), 403)


def test_a_page_of_patients_costs_a_fixed_number_of_statements(system, centre):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert system.get("patients/").status_code == 200
        return len(captured)

    first = cost()
    for _ in range(4):
        factories.case(centre.team)
    assert cost() == first <= 8
