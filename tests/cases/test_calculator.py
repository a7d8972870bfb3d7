"""The calculator's page: what follows from what is typed, what is refused, and that nothing is kept."""

import pytest
from django.urls import reverse

from accounts.permissions import Role
from audit.models import Event, Read
from tests import factories

PAGE = "/calculator/"
TYPED = {
    "morphology": "Leiomyosarcoma NOS, 8890/3",
    "topography": "thigh",
    "size_mm": "82",
    "depth": "deep",
    "specimen": "biopsy",
    "differentiation_score": "2",
    "mitoses_counted": "28",
    "fields_counted": "10",
    "field_diameter_mm": "0.55",
    "necrosis_percent": "20",
    "n": "N0",
    "m": "M0",
}
GIST = {
    "morphology": "GIST",
    "topography": "C16.2",
    "size_mm": "60",
    "mitoses_per_5_mm2": "4",
    "m": "M0",
    "specimen": "excision",
}


@pytest.fixture
def typist(client, pathologist):
    client.force_login(pathologist, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def answer(client, typed, **headers):
    response = client.post(PAGE, typed, headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_it_is_where_the_menu_says(typist):
    assert reverse("cases:calculator") == PAGE
    assert f'href="{PAGE}"' in typist.get("/help/").content.decode()


def test_whoever_is_not_signed_in_is_asked_to(client, db):
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize("role", [role for role in Role if role != Role.HOSPITAL_SYSTEM])
def test_every_member_of_staff_may_calculate(client, team, role):
    client.force_login(
        factories.member(role, team), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert "FNCLCC grade G3" in answer(client, TYPED)


def test_grade_and_stage_are_said_with_how_they_came_about(typist):
    said = answer(typist, TYPED)
    for words in (
        "at least (core biopsy)",
        "28 mitoses in 10 fields of 0.55 mm across",
        "82 mm is over 50 and up to 100 mm",
        "Stage IIIA",
        "cT2 N0 cM0 G3, AJCC 8: IIIA",
        "cT2 N0 cM0 G3, UICC 8: IIIA",
        "On a core biopsy the grade is a minimum",
        "T, N, M and edition are complete for registration.",
    ):
        assert words in said, words


def test_the_editions_are_shown_side_by_side_where_they_differ(typist):
    said = answer(typist, TYPED | {"n": "N1"})
    assert "UICC 8 would give IIIB." in said
    assert "AJCC 8: IV" in said
    assert "UICC 8: IIIB" in said


def test_the_text_for_a_report_stands_in_a_field_that_can_be_copied_by_hand(typist):
    said = answer(typist, TYPED)
    text = said.partition("readonly>")[2].partition("</textarea>")[0]
    assert text.startswith("Leiomyosarcoma NOS (8890/3), soft tissue of lower limb and hip (C49.2), 82 mm")
    assert "FNCLCC grade G3 at least (core biopsy)" in text
    assert "Stage: cT2 N0 cM0 G3, AJCC 8: IIIA." in text


def test_after_treatment_a_resected_tumour_has_its_prefix_and_no_new_grade(typist):
    said = answer(typist, TYPED | {"specimen": "excision", "after_neoadjuvant": "yes", "grade": "G2"})
    assert "ypT2 N0 cM0 G2, AJCC 8: IIIA" in said
    assert "The scores are not used" in said
    assert "the grade of the biopsy before treatment stands" in said


def test_the_categories_are_offered_with_their_meaning(typist):
    said = answer(typist, {"morphology": "8890/3", "topography": "C49.0", "t": "T4a"})
    assert "T4a, invades orbit" in said
    assert "No groups at this site" in said
    assert "No stage groups are defined for this site" in said


def test_a_risk_is_said_in_both_systems(typist):
    said = answer(typist, GIST)
    assert "Intermediate risk" in said
    assert "Joensuu" in said
    assert ">Low<" in said
    assert "Miettinen" in said


def test_where_sources_differ_both_risks_are_said(typist):
    said = answer(typist, GIST | {"topography": "C17.1", "size_mm": "20", "mitoses_per_5_mm2": "7"})
    assert "Intermediate or high: sources differ" in said


def test_percentages_are_shown_only_where_a_pathologist_turned_them_on(typist, team, pathologist):
    assert "per cent with progressive disease" not in answer(typist, GIST)
    team.afip_percentages_by = pathologist
    team.save()
    assert "Low, 3.6 per cent with progressive disease" in answer(typist, GIST)


def test_a_gist_is_told_from_counted_fields(typist):
    counted = {"mitoses_counted": "12", "fields_counted": "25", "field_area_mm2": "0.2"}
    said = answer(typist, {key: value for key, value in GIST.items() if "5_mm2" not in key} | counted)
    assert "12 mitoses in 25 fields of 0.2 mm²; 12 mitoses per 5 mm²" in said
    assert "High risk" in said


def test_a_site_that_cannot_be_is_asked_about(typist):
    said = answer(typist, GIST | {"topography": "thigh"})
    assert "A GIST arises in the gastrointestinal tract" in said


WRONG = [
    ({"size_mm": "8.2"}, "size_mm", "Enter 82 for 82 mm"),
    ({"size_mm": "7000"}, "size_mm", "600"),
    ({"morphology": "nonsense"}, "morphology", "not in the list"),
    ({"mitoses_counted": "3"}, "fields_counted", "enter in how many fields"),
    ({"necrosis_percent": "120"}, "necrosis_percent", "100"),
    ({"field_diameter_mm": "550"}, "field_diameter_mm", "millimetres"),
    ({"t": "T4a", "morphology": "8890/3", "topography": "C49.2"}, "t", "not in the table"),
    ({"m": "M1a", "morphology": "8890/3", "topography": "C49.2"}, "m", "Use M1"),
    (TYPED | {"grade": "G1"}, "grade", "three scores give G3"),
    (TYPED | {"mitoses_score": "1"}, "mitoses_score", "score 3"),
]


@pytest.mark.parametrize(("typed", "field", "says"), WRONG)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(typist, typed, field, says):
    said = answer(typist, typed)
    assert "There is a problem" in said
    at_field = said.partition(f'id="id_{field}-error"')[2][:300]
    assert says in at_field, at_field
    for value in typed.values():
        assert f'"{value}"' in said or f', {value}"' in said, "a code is shown with its name"


def test_everything_wrong_is_said_at_once(typist):
    said = answer(
        typist, {"size_mm": "-3", "topography": "nowhere", "necrosis_percent": "200", "fields_counted": "x"}
    )
    for field in ("size_mm", "topography", "necrosis_percent", "fields_counted"):
        assert f'id="id_{field}-error"' in said, field


def test_while_typing_only_the_answers_are_sent(typist):
    said = answer(typist, TYPED, **{"HX-Request": "true"})
    assert "<html" not in said
    assert "Stage IIIA" in said
    assert 'id="categories" hx-swap-oob' in said
    table = "Soft tissue of trunk and extremities, AJCC, 8th edition"
    again = answer(typist, TYPED | {"table": table}, **{"HX-Request": "true"})
    assert 'id="categories"' not in again, "a list that somebody may have open is not replaced by the same"


def test_while_typing_what_is_wrong_is_said_among_the_answers(typist):
    said = answer(typist, {"mitoses_counted": "3"}, **{"HX-Request": "true"})
    assert 'href="#id_fields_counted"' in said


def test_an_empty_form_says_what_it_lacks_and_is_no_error(typist):
    said = answer(typist, {})
    assert "There is a problem" not in said
    assert "The morphology is not recorded" in said


def test_nothing_is_stored_and_no_patient_is_noted_as_read(typist):
    before = Event.objects.count(), Read.objects.count()
    answer(typist, TYPED)
    assert (Event.objects.count(), Read.objects.count()) == before


def test_the_page_costs_the_same_few_statements(typist, django_assert_num_queries):
    with django_assert_num_queries(3):
        answer(typist, TYPED)
    with django_assert_num_queries(3):
        answer(typist, GIST)
