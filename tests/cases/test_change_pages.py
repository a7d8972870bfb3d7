"""Changing a patient and a case by hand: stale edits, deaths, closing, new episodes, asking for reports."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases import services
from cases.models import Case, Patient, ReportRequest
from cases.services import CaseDetails
from tests.cases.pages import of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_a_stale_edit_of_a_case_shows_both_versions_and_keeps_what_was_typed(
    sign_in, coordinator, surgeon, case, nurse
):
    services.change_case(
        case=case,
        version=case.version,
        details=CaseDetails(key_worker=nurse, patient_wants="To walk the dog"),
        by=surgeon,
    )
    client = sign_in(coordinator)
    typed = {"version": 1, "patient_wants": "To keep the leg", "key_worker": nurse.pk}
    answer = client.post(of("case_change", case), typed)
    assert answer.status_code == 409
    assert "To walk the dog" in answer.text
    assert answer.text.count("To keep the leg") == 2
    assert surgeon.full_name in answer.text
    assert Case.objects.get().patient_wants == "To walk the dog"
    again = client.post(of("case_change", case), typed | {"version": 2})
    assert again.status_code == 302
    assert Case.objects.get().patient_wants == "To keep the leg"


def test_a_stale_edit_of_a_patient_shows_both_versions(sign_in, coordinator, case):
    Patient.objects.filter(pk=case.patient_id).update(version=4, family_name="Okafor")
    typed = {"version": 1, "family_name": "Okafor-Jones", "sex": "female", "birth_on": "1972-03-14"}
    answer = sign_in(coordinator).post(of("patient_change", case), typed)
    assert answer.status_code == 409
    assert "Okafor-Jones" in answer.text
    assert Patient.objects.get().family_name == "Okafor"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"nhs_number": "9990000019"}, "the last digit would be 8"),
        ({"birth_on": "1899-01-01"}, "before 1900"),
        ({"birth_on": "x"}, "Enter a date that exists"),
        ({"family_name": "x" * 101}, "must be 100 characters or fewer"),
        ({"hospital_number": "A1"}, "Choose the hospital that the number belongs to"),
        ({"sex": ""}, "is needed"),
    ],
)
def test_impossible_patient_details_are_refused_in_words(sign_in, coordinator, case, told, words):
    typed = {"version": 1, "family_name": "Sample", "given_name": "Pia", "sex": "female"} | told
    answer = sign_in(coordinator).post(of("patient_change", case), typed)
    assert answer.status_code == 200
    assert words in answer.text
    assert "Pia" in answer.text


def test_a_death_is_recorded_after_a_warning(sign_in, coordinator, case):
    client = sign_in(coordinator)
    assert "stop at once" in client.get(of("death", case)).text
    client.post(of("death", case), {"died_on": "2026-11-10"})
    assert Patient.objects.get().died_on == date(2026, 11, 10)


@pytest.mark.parametrize("died_on", [str(TODAY + timedelta(days=1)), "1950-01-01", "soon"])
def test_an_impossible_death_is_refused(sign_in, coordinator, case, died_on):
    answer = sign_in(coordinator).post(of("death", case), {"died_on": died_on})
    assert answer.status_code == 200
    assert not Patient.objects.get().is_dead


def test_closing_asks_for_a_reason(sign_in, coordinator, case):
    client = sign_in(coordinator)
    assert "is needed" in client.post(of("close", case), {"on": str(TODAY)}).text
    assert (
        client.post(of("close", case), {"reason": "lost_to_follow_up", "on": str(TODAY)}).status_code == 302
    )
    again = client.post(of("close", case), {"reason": "lost_to_follow_up", "on": str(TODAY)})
    assert again.status_code == 409
    assert "cannot become closed" in again.text


def test_a_recurrence_starts_an_episode(sign_in, coordinator, case):
    typed = {"kind": "local_recurrence", "started_on": str(TODAY)}
    assert sign_in(coordinator).post(of("episode_new", case), typed).status_code == 302
    page = sign_in(coordinator).get(of("facts", case)).text
    assert "2, local recurrence" in page
    assert sign_in(coordinator).get(of("facts", case) + "?episode=1").status_code == 200
    assert sign_in(coordinator).get(of("facts", case) + "?episode=9").status_code == 404


def test_a_report_is_asked_for(sign_in, coordinator, case):
    typed = {"kind": "imaging", "question": "Any lung nodule?", "due_on": ""}
    assert sign_in(coordinator).post(of("report_ask", case), typed).status_code == 302
    assert ReportRequest.objects.filter(question="Any lung nodule?", kind="imaging").exists()
    late = typed | {"due_on": "2020-01-01"}
    assert "has passed" in sign_in(coordinator).post(of("report_ask", case), late).text
