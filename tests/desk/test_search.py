"""Finding a case: by every way that people know one, in one's own teams only, by post."""

from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from accounts.permissions import Role
from audit.models import Read
from desk.search import find_cases
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def surgeon(team):
    return factories.member(Role.SURGEON, team)


@pytest.fixture
def okafor(team):
    patient = factories.patient(family_name="Okafor", given_name="Grace", birth_on=date(1992, 3, 14))
    patient.hospital_numbers.create(organisation=team.organisation, number="AB12345")
    return factories.case(team, patient=patient)


@pytest.mark.parametrize(
    "text",
    [
        "Okafor",
        "okaf",
        " OKAFOR ",
        "okafor, gra",
        "14/03/1992",
        "1992-03-14",
        "14 Mar 1992",
        "14.03.1992",
        "AB12345",
        "AB123",
    ],
)
def test_every_way_of_knowing_a_case_finds_it(okafor, surgeon, text):
    assert list(find_cases(text=text, user=surgeon)) == [okafor]


def test_numbers_find_with_and_without_blanks(okafor, surgeon):
    number = okafor.patient.nhs_number
    for text in (
        number,
        f"{number[:3]} {number[3:6]} {number[6:]}",
        okafor.reference,
        okafor.reference.lower(),
    ):
        assert list(find_cases(text=text, user=surgeon)) == [okafor]


@pytest.mark.parametrize(
    "text", ["", "   ", "kafor", "Grace", "13/03/1992", "9990000000", "%", "_kafor", "' OR 1=1 --", "<b>"]
)
def test_what_does_not_fit_finds_nothing(okafor, surgeon, text):
    assert list(find_cases(text=text, user=surgeon)) == []


def test_another_teams_case_is_not_found(okafor):
    stranger = factories.member(Role.SURGEON, factories.team())
    assert list(find_cases(text="Okafor", user=stranger)) == []


def test_search_is_by_post_and_is_recorded(sign_in, okafor, surgeon):
    client = sign_in(surgeon)
    assert client.get(reverse("desk:search")).status_code == 405
    page = client.post(reverse("desk:search"), {"q": "okafor"}).content.decode()
    assert "OKAFOR, Grace" in page
    assert Read.objects.get().patient_ids == [okafor.patient_id]


@pytest.mark.parametrize("text", ["\x00", "x" * 5000, "<script>alert(1)</script>"])
def test_odd_text_is_answered_and_escaped(sign_in, surgeon, text):
    answer = sign_in(surgeon).post(reverse("desk:search"), {"q": text})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_names_are_found_and_ordered_by_their_index(surgeon):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = find_cases(text="Oka", user=surgeon).explain()
    assert "Index Scan using cases_patient_by_name" in plan
    assert "Presorted Key: ((upper((cases_patient.family_name" in plan
