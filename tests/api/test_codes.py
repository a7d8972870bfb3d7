"""The coding lists: searched by name, synonym, abbreviation and code; older codes are shown as what they now are."""

import pytest

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from cases.clinical import icdo3
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(centre, machine):
    return machine(centre.team.organisation)


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ("leiomyosarcoma", "8890/3"),
        ("LMS", "8890/3"),
        ("UPS", "8802/3"),
        ("DDLPS", "8858/3"),
        ("MPNST", "9540/3"),
        ("DSRCT", "8806/3"),
        ("8890/3", "8890/3"),
        ("8830/3", "8802/3"),
        ("8853/3", "8852/3"),
        ("9260/3", "9364/3"),
        ("8936/1", "8936/3"),
        ("synovial", "9040/3"),
        ("haemangioendo", "9133/3"),
        ("hemangioendo", "9133/3"),
    ],
)
def test_a_histology_is_found(system, q, code):
    found = system.get("morphologies/", {"q": q}).json()["morphologies"]
    assert code in {row["code"] for row in found}


@pytest.mark.parametrize(
    ("q", "code"), [("thigh", "C49.2"), ("C49.2", "C49.2"), ("psoas", "C49.4"), ("stomach", "C16.9")]
)
def test_a_site_is_found(system, q, code):
    found = system.get("topographies/", {"q": q}).json()["topographies"]
    assert code in {row["code"] for row in found}


def test_an_older_code_is_shown_as_what_it_now_is(system):
    (row,) = system.get("morphologies/", {"q": "8830/3"}).json()["morphologies"]
    assert row["code"] == "8802/3"
    assert "8830/3" in row["legacy"]


def test_without_a_search_the_whole_list_is_given(system):
    types = system.get("morphologies/").json()["morphologies"]
    sites = system.get("topographies/").json()["topographies"]
    assert [row["slug"] for row in types] == [entry.slug for entry in icdo3.all_morphologies()]
    assert [row["code"] for row in sites] == [entry.code for entry in icdo3.all_topographies()]


@pytest.mark.parametrize("of", ["morphologies/", "topographies/"])
@pytest.mark.parametrize("query", [{"q": ""}, {"q": "x" * 101}, {"search": "LMS"}, {"q": ["LMS", "UPS"]}])
def test_a_search_that_cannot_be_is_refused_by_name(system, of, query):
    answer = system.get(of, query)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == set(query)


@pytest.mark.parametrize("of", ["morphologies/", "topographies/"])
def test_what_nobody_has_is_an_empty_list(system, of):
    assert list(system.get(of, {"q": "moonrock"}).json().values()) == [[]]


@pytest.mark.parametrize("role", [Role.SURGEON, Role.OBSERVER, Role.REFERRER, Role.ADMINISTRATOR])
def test_the_lists_open_as_the_permission_table_says(person, centre, role):
    team = None if role in (Role.REFERRER, Role.ADMINISTRATOR) else centre.team
    user = factories.member(role, team, organisation=centre.team.organisation)
    wanted = {Permission.SEE_CASES, Permission.CHECK_PLAN}
    expected = 200 if wanted & ROLE_PERMISSIONS[role] else 403
    assert person(user).get("morphologies/").status_code == expected
