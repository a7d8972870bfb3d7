"""Records that may be one person, by the API: found, merged, undone, told apart."""

import pytest

from accounts.permissions import Role
from audit.models import Event
from cases.models import PatientMerge, ToldApart
from tests import factories
from tests.api.conftest import refer
from tests.api.test_refusals import problem


@pytest.fixture
def two(centre):
    """Records that share a name and a date of birth, each of a patient referred to the centre."""
    one, other = (refer(centre, family_name="Twice").patient for _ in range(2))
    other.nhs_number = None
    other.save()
    return one, other


@pytest.fixture
def coordinator(centre, person):
    return person(centre.coordinator)


def test_records_that_may_be_one_person_are_listed_with_the_reason(coordinator, two):
    told = coordinator.get("duplicates/").json()
    assert told["is_all"] is True
    pair = next(
        row for row in told["results"] if {row["one"]["id"], row["other"]["id"]} == {p.pk for p in two}
    )
    assert pair["reasons"] == ["The same date of birth and family name"]


def test_two_records_are_merged_and_the_merge_is_undone(coordinator, two):
    one, other = two
    body = {"keep": one.pk, "merge": other.pk, "reason": "Registered twice"}
    made = coordinator.post("merges/", body)
    assert made.status_code == 201, made.content
    assert (made.json()["kept"], made.json()["merged"]) == (one.pk, other.pk)
    assert Event.objects.filter(type="patient.merged", target_id=made.json()["id"]).exists()
    assert "merge" in problem(coordinator.post("merges/", body), 400)["errors"]
    address = made.headers["Location"].removeprefix("/api/v1/")
    undone = coordinator.post(f"{address}undo/", {"reason": "Two people after all"}).json()
    assert undone["undone_reason"] == "Two people after all"
    problem(coordinator.post(f"{address}undo/", {"reason": "Again"}), 409)
    assert coordinator.get("merges/").json()["results"] == [undone]


def test_different_nhs_numbers_are_asked_about_first(coordinator, centre):
    one, other = refer(centre).patient, refer(centre).patient
    body = {"keep": one.pk, "merge": other.pk, "reason": "Registered twice"}
    assert "numbers_checked" in problem(coordinator.post("merges/", body), 400)["errors"]
    assert coordinator.post("merges/", body | {"numbers_checked": True}).status_code == 201


def test_two_people_are_told_apart_and_that_is_taken_back(coordinator, two):
    body = {"one": two[1].pk, "other": two[0].pk}
    assert coordinator.post("duplicates/tell-apart/", body | {"reason": "Twins"}).status_code == 200
    assert ToldApart.objects.of(*two).exists()
    assert coordinator.post("duplicates/take-back/", body).json() == body
    assert not ToldApart.objects.exists()
    problem(coordinator.post("duplicates/take-back/", body), 409)


def test_one_record_is_neither_merged_with_itself_nor_told_apart_from_itself(coordinator, two):
    pk, reason = two[0].pk, "Registered twice"
    problem(coordinator.post("merges/", {"keep": pk, "merge": pk, "reason": reason}), 400)
    problem(coordinator.post("duplicates/tell-apart/", {"one": pk, "other": pk, "reason": reason}), 400)
    problem(coordinator.post("duplicates/take-back/", {"one": pk, "other": pk}), 409)


def test_nobody_merges_without_the_role_or_another_centres_patients(centre, person, machine, two):
    body = {"keep": two[0].pk, "merge": two[1].pk, "reason": "Registered twice"}
    problem(person(centre.surgeon).post("merges/", body), 403)
    theirs = person(factories.member(Role.COORDINATOR, factories.team()))
    assert set(problem(theirs.post("merges/", body), 400)["errors"]) == {"keep", "merge"}
    assert theirs.get("duplicates/").json()["results"] == []
    assert not PatientMerge.objects.exists()
