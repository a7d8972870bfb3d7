"""Referrals sent and moved through the API: by the services, with the permissions and refusals of the pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from audit.models import Event, Read
from cases.models import Patient, Referral
from tests import factories
from tests.api.conftest import Caller, token_of
from tests.api.test_refusals import problem


@pytest.fixture
def team(db):
    return factories.team(reference_prefix="PEN")


@pytest.fixture
def district(db):
    return factories.organisation(code="RCV")


@pytest.fixture
def coordinator(team, person):
    return person(factories.member(Role.COORDINATOR, team))


@pytest.fixture
def letter():
    return {
        "team": "PEN",
        "organisation": "RCV",
        "patient": {
            "nhs_number": factories.nhs_number(),
            "family_name": "Sample",
            "given_name": "Alex",
            "birth_on": "1972-03-14",
            "sex": "female",
            "hospital_number": "CV-104",
        },
        "received_on": str(timezone.localdate() - timedelta(days=3)),
        "reason": "A deep lump in the thigh",
        "referrer_name": "Ms Joan Kettley",
        "specialty": "Orthopaedics",
        "topography": "C49.2",
    }


@pytest.fixture
def referral(coordinator, district, letter):
    return coordinator.post("referrals/", letter).json()


def move_it(caller, referral, move, body):
    """The move of a referral as it was read."""
    told = {"If-Match": f'"{referral["version"]}"'}
    return caller.post(f"referrals/{referral['id']}/{move}/", body, **told)


def test_a_referral_is_received_and_can_be_read_where_the_answer_says(coordinator, district, letter):
    answer = coordinator.post("referrals/", letter)
    assert answer.status_code == 201
    told = answer.json()
    assert told["status"] == "received"
    assert told["patient"]["nhs_number"] == letter["patient"]["nhs_number"]
    assert coordinator.client.get(answer.headers["Location"]).json() == told
    assert Event.objects.filter(type="referral.received", target_id=told["id"]).exists()
    assert Read.objects.filter(patient_ids=[told["patient"]["id"]], surface="api").count() == 2


def test_a_referrers_session_refers_for_the_own_hospital_only(district, team, person, letter):
    user = factories.member(Role.REFERRER, organisation=district, specialty="Orthopaedics")
    factories.organisation(code="ROT")
    del letter["referrer_name"]
    told = person(user).post("referrals/", letter).json()
    assert told["referrer_name"] == user.full_name
    problem(person(user).post("referrals/", letter | {"organisation": "ROT"}), 403)


def test_a_hospital_system_writes_only_with_a_role_that_may(district, team, application, letter):
    client = application(team.organisation)
    system = Caller(token_of(client))
    problem(system.post("referrals/", letter), 403)
    Membership.objects.create(
        user=client.user, organisation=team.organisation, team=team, role=Role.COORDINATOR
    )
    assert system.post("referrals/", letter).status_code == 201
    problem(Caller(token_of(client, scope="read check")).post("referrals/", letter), 403)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"team": "XYZ"}, "team"),
        ({"team": 7}, "team"),
        ({"team": "PEN\0"}, "team"),
        ({"organisation": "nowhere"}, "organisation"),
        ({"organisation": None}, "organisation"),
        ({"received_on": "soon"}, "received_on"),
        ({"received_on": "2999-01-01"}, "received_on"),
        ({"received_on": 20261101}, "received_on"),
        ({"urgency": "very"}, "urgency"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 5000}, "reason"),
        ({"reason": "a\0b"}, "reason"),
        ({"reason": ["a"]}, "reason"),
        ({"topography": "thigh"}, "topography"),
        ({"patient": None}, "patient"),
        ({"patient": "Sample"}, "patient.non_field_errors"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_field_of_a_referral_that_is_not_valid_is_named(coordinator, district, letter, change, field):
    assert field in problem(coordinator.post("referrals/", letter | change), 400)["errors"]
    assert not Referral.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nhs_number": "9990000019"}, "nhs_number"),
        ({"nhs_number": 9990000018}, "nhs_number"),
        ({"birth_on": "2999-01-01"}, "birth_on"),
        ({"birth_on": "1972-14-03"}, "birth_on"),
        ({"sex": "unsure"}, "sex"),
        ({"family_name": "x" * 101}, "family_name"),
        ({"family_name": True}, "family_name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_field_of_the_patient_that_is_not_valid_is_named_with_its_path(
    coordinator, district, letter, change, field
):
    answer = coordinator.post("referrals/", letter | {"patient": letter["patient"] | change})
    assert f"patient.{field}" in problem(answer, 400)["errors"]
    assert not Patient.objects.exists()


def test_html_and_sql_in_text_stay_text(coordinator, district, letter):
    text = "<script>alert(1)</script> '); DROP TABLE cases_case; --"
    told = coordinator.post("referrals/", letter | {"reason": text}).json()
    assert coordinator.get(f"referrals/{told['id']}/").json()["reason"] == text


def test_the_same_referral_twice_is_refused(coordinator, referral, letter):
    told = problem(coordinator.post("referrals/", letter), 400)
    assert "waiting already" in told["errors"]["patient.nhs_number"][0]


def test_accepting_opens_a_case_that_can_be_read(coordinator, team, referral):
    nurse = factories.member(Role.NURSE_SPECIALIST, team)
    told = move_it(coordinator, referral, "accept", {"key_worker": nurse.pk}).json()
    assert told["status"] == "accepted"
    case = coordinator.get(f"cases/{told['case']}/").json()
    assert case["key_worker"]["name"] == nurse.full_name
    assert case["patient"]["id"] == referral["patient"]["id"]


def test_returning_and_declining_say_why_and_where_to(coordinator, referral):
    told = move_it(coordinator, referral, "return", {"reason": "No imaging yet"}).json()
    assert (told["status"], told["status_reason"]) == ("returned", "No imaging yet")
    body = {"reason": "Not a sarcoma", "go_instead_to": "Dermatology"}
    told = move_it(coordinator, told, "decline", body).json()
    assert (told["status"], told["go_instead_to"]) == ("declined", "Dermatology")


@pytest.mark.parametrize(
    ("move", "body"),
    [
        ("accept", {}),
        ("return", {"reason": "No imaging"}),
        ("decline", {"reason": "Not a sarcoma", "go_instead_to": "Dermatology"}),
    ],
)
class TestMoves:
    def test_a_version_that_is_stale_changes_nothing(self, coordinator, referral, move, body):
        Referral.objects.filter(pk=referral["id"]).update(version=4)
        told = problem(move_it(coordinator, referral, move, body), 412)
        assert told["current_version"] == 4
        assert coordinator.get(f"referrals/{referral['id']}/").json()["status"] == "received"

    def test_a_state_that_does_not_allow_it_is_a_conflict(self, coordinator, referral, move, body):
        accepted = move_it(coordinator, referral, "accept", {}).json()
        told = problem(move_it(coordinator, accepted, move, body), 409)
        assert "accepted" in told["detail"]

    def test_who_may_not_is_refused(self, person, team, referral, move, body):
        surgeon = person(factories.member(Role.SURGEON, team))
        problem(move_it(surgeon, referral, move, body), 403)

    def test_another_teams_referral_is_not_found(self, person, referral, move, body):
        foreigner = person(factories.member(Role.COORDINATOR, factories.team()))
        problem(move_it(foreigner, referral, move, body), 404)
        assert Referral.objects.get(pk=referral["id"]).status == "received"

    @pytest.mark.parametrize("told", ["1", "*", '"0"', '"-1"', '"one"', '"1", "2"', '"' + "9" * 30 + '"', ""])
    def test_an_etag_that_we_did_not_write_is_named(self, coordinator, referral, move, body, told):
        answer = coordinator.post(f"referrals/{referral['id']}/{move}/", body, **{"If-Match": told})
        assert "If-Match" in problem(answer, 400)["errors"]

    def test_an_etag_that_is_left_out_is_asked_for(self, coordinator, referral, move, body):
        answer = coordinator.post(f"referrals/{referral['id']}/{move}/", body)
        assert "If-Match" in problem(answer, 428)["detail"]


@pytest.mark.parametrize("key_worker", ["nurse", 0, 10**30, 999_999_999, True])
def test_a_key_worker_who_is_no_member_is_named(coordinator, referral, key_worker):
    answer = move_it(coordinator, referral, "accept", {"key_worker": key_worker})
    assert "key_worker" in problem(answer, 400)["errors"]


def test_receiving_costs_a_fixed_number_of_statements(coordinator, referral, letter):
    def cost():
        patient = letter["patient"] | {"nhs_number": factories.nhs_number(), "hospital_number": ""}
        with CaptureQueriesContext(connection) as captured:
            assert coordinator.post("referrals/", letter | {"patient": patient}).status_code == 201
        return len(captured)

    first = cost()
    for _ in range(3):
        cost()
    assert cost() == first <= 30
