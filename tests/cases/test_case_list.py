"""The list of cases: searched without a trace in the address, filtered, paged."""

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Read
from cases import services
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_search_is_kept_in_the_session_and_out_of_the_address(sign_in, coordinator, case, team):
    factories.case(team, patient=factories.patient(family_name="Winstanley"))
    client = sign_in(coordinator)
    answer = client.post(reverse("cases:list"), {"q": "winst"}, follow=True)
    assert answer.redirect_chain == [(reverse("cases:list"), 302)]
    assert "WINSTANLEY" in answer.text
    assert "SAMPLE" not in answer.text
    assert "SAMPLE" in client.post(reverse("cases:list"), {"q": ""}, follow=True).text


@pytest.mark.parametrize(
    "how", ["name", "both names", "birth date", "nhs number", "hospital number", "reference"]
)
def test_a_case_is_found_by_what_people_know(sign_in, coordinator, case, how):
    patient = case.patient
    patient.hospital_numbers.create(number="CV123", source="test")
    words = {
        "name": "sam",
        "both names": "Sample, Al",
        "birth date": "14/03/1972",
        "nhs number": f"{patient.nhs_number[:3]} {patient.nhs_number[3:6]} {patient.nhs_number[6:]}",
        "hospital number": "CV12",
        "reference": case.reference[:8].lower(),
    }[how]
    answer = sign_in(coordinator).post(reverse("cases:list"), {"q": words}, follow=True)
    assert case.reference in answer.text


@pytest.mark.parametrize(
    "query", ["status=nonsense", "team=abc", "page=-1", "page=zz", "sort=DROP", "status=all", "sort=name"]
)
def test_a_wrong_filter_is_no_filter(sign_in, coordinator, case, query):
    answer = sign_in(coordinator).get(reverse("cases:list") + f"?{query}")
    assert answer.status_code == 200
    assert case.reference in answer.text


def test_closed_cases_are_shown_when_asked_for(sign_in, coordinator, case):
    services.close_case(case=case, reason="completed", by=coordinator)
    client = sign_in(coordinator)
    assert case.reference not in client.get(reverse("cases:list")).text
    assert case.reference in client.get(reverse("cases:list") + "?status=closed").text


def test_whose_records_it_showed_is_recorded(sign_in, coordinator, case):
    sign_in(coordinator).get(reverse("cases:list"))
    assert Read.objects.get().patient_ids == [case.patient_id]
