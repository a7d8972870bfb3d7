"""The calculator of the API: the answers of the page, every refusal by key, nothing stored."""

import pytest

from accounts.permissions import Role
from audit.models import Event, Read
from config.api.operation import examples
from tests import factories

CASE = {"morphology": "8890/3", "topography": "C49.2", "size_mm": 82, "grade": "G3", "n": "N1", "m": "M0"}
GIST = {"morphology": "8936/3", "topography": "C16.2", "size_mm": 60, "mitoses_per_5_mm2": 4, "m": "M0"}


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def system(team, machine):
    return machine(team.organisation)


def told(caller, question):
    answer = caller.post("calculator/", question)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_both_editions_are_answered_with_how_each_came_about(system):
    answer = told(system, CASE)
    first, second = answer["stages"]
    assert (first["edition"], first["group"]) == ("AJCC8", "IV")
    assert (second["edition"], second["group"]) == ("UICC8", "IIIB")
    assert first["written"] == "cT2 N1 cM0 G3, AJCC 8: IV"
    assert {"label": "T2", "text": "82 mm is over 50 and up to 100 mm"} in first["lines"]
    assert first["full_stage"]["is_full"]
    assert answer["difference"] == "UICC 8 would give IIIB"
    assert answer["definitions"]["t"]["T2"] == "over 50 and up to 100 mm"
    assert answer["gist_risk"] is None


def test_the_edition_asked_for_comes_first(system):
    answer = told(system, CASE | {"staging_edition": "UICC8"})
    assert [stage["edition"] for stage in answer["stages"]] == ["UICC8", "AJCC8"]
    assert answer["difference"] == "AJCC 8 would give IV"


def test_the_example_of_the_document_is_what_is_answered(system):
    example = examples()["calculator"]
    assert told(system, example["ask"]) == example["answer"]


def test_the_risk_of_a_gist_is_answered_in_both_systems_without_percentages(system):
    risk = told(system, GIST)["gist_risk"]
    assert risk["joensuu"]["category"] == "intermediate"
    assert (risk["afip"]["category"], risk["afip"]["per_cent"]) == ("low", None)


def test_percentages_are_answered_where_a_pathologist_has_them_shown(team, person):
    pathologist = factories.member(Role.PATHOLOGIST, team)
    team.afip_percentages_by = pathologist
    team.save()
    assert told(person(pathologist), GIST)["gist_risk"]["afip"]["per_cent"] == "3.6"


def test_a_question_about_nothing_is_answered(system):
    answer = told(system, {})
    assert answer["grade"] is None
    assert {stage["status"] for stage in answer["stages"]} == {"not_determined"}


def test_everything_wrong_is_refused_at_once_by_key(system):
    answer = system.post(
        "calculator/",
        {
            "size_mm": 8.2,
            "grade": "G4",
            "patient": "x",
            "mitoses_counted": 3,
            "t": 4,
            "necrosis_percent": 101,
        },
    )
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) >= {"size_mm", "grade", "patient", "t", "necrosis_percent"}


@pytest.mark.parametrize("body", ["[]", '"text"', "3", "null"])
def test_a_body_that_is_no_object_is_refused(system, body):
    assert system.post("calculator/", body).status_code == 400


def test_a_token_needs_the_scope_of_checking(team, machine):
    assert machine(team.organisation, "read").post("calculator/", CASE).status_code == 403
    assert machine(team.organisation, "check", name="Other").post("calculator/", CASE).status_code == 200


def test_nothing_is_stored_and_the_statements_are_few(system, django_assert_max_num_queries):
    before = Event.objects.count(), Read.objects.count()
    with django_assert_max_num_queries(6):
        told(system, CASE)
    assert (Event.objects.count(), Read.objects.count()) == before
