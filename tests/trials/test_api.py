"""The register for hospital systems: who reads it, what it says, and what a list costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from tests import factories
from tests.trials import pairs
from trials.models import Arm, TrialSite

pytestmark = pytest.mark.django_db
LIST = "/api/v1/trials/"


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def trial(team):
    made = pairs.trial(pairs.LEIOMYOSARCOMA, short_name="WREN", nct="NCT09900001")
    pairs.ask(made, pairs.SYNOVIAL)
    Arm.objects.create(trial=made, name="Alone", drugs=["wrenumab"])
    TrialSite.objects.create(
        trial=made, facility="Rook", organisation=team.organisation, contact_name="Sr Ann Lee"
    )
    return made


@pytest.fixture
def browser(sign_in, team):
    return sign_in(factories.member(Role.SURGEON, team))


def test_nobody_reads_it_without_signing_in_and_each_role_as_the_permission_table_says(
    client, sign_in, team, trial
):
    for address in (LIST, f"{LIST}{trial.pk}/"):
        assert client.get(address).status_code == 401
        for role in (Role.SURGEON, Role.TRIAL_COORDINATOR, Role.REFERRER):
            expected = 200 if Permission.SEE_CASES in ROLE_PERMISSIONS[role] else 403
            assert sign_in(factories.member(role, team)).get(address).status_code == expected, role
        client.logout()


def test_one_trial_comes_with_its_sites_arms_and_the_criteria_in_force(browser, trial, team):
    told = browser.get(f"{LIST}{trial.pk}/").json()
    assert told["criteria"]["number"] == 2
    assert told["criteria"]["tree"] == {"all": [pairs.SYNOVIAL]}
    assert told["arms"] == [{"name": "Alone", "text": "", "drugs": ["wrenumab"]}]
    (site,) = told["sites"]
    assert (site["organisation"], site["contact_name"]) == (team.organisation.code, "Sr Ann Lee")
    assert browser.get(f"{LIST}{pairs.trial().pk}/").json()["criteria"] is None
    assert browser.get(f"{LIST}999999/").status_code == 404
    assert browser.post(LIST, {}).status_code == 405


def test_a_list_is_narrowed_by_what_it_knows_and_nothing_else(browser, trial):
    pairs.trial(short_name="OWL", status="COMPLETED")
    for query, found in (
        ({}, ["OWL", "WREN"]),
        ({"is_open": "true"}, ["WREN"]),
        ({"is_open": "false"}, ["OWL"]),
        ({"is_stale": "true"}, ["WREN"]),
        ({"is_stale": "false"}, ["OWL"]),
        ({"nct": "nct09900001"}, ["WREN"]),
        ({"status": "COMPLETED"}, ["OWL"]),
    ):
        results = browser.get(LIST, query).json()["results"]
        assert [row["short_name"] for row in results] == found, query
    assert browser.get(LIST, {"open": "true"}).status_code == 400
    assert browser.get(LIST, {"status": "SLEEPING"}).status_code == 400


def test_a_list_takes_as_many_statements_for_many_as_for_one(browser, trial):
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST).status_code == 200
        counts.append(len(captured))
        for _ in range(5):
            pairs.trial(pairs.LEIOMYOSARCOMA)
    assert counts[0] == counts[1]
