"""The same POST sent again: done once, answered alike, and never mistaken for another."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import StoredAnswer
from accounts.permissions import Role
from accounts.services import forget_used
from audit.models import Event, Read
from cases.models import Referral
from tests import factories
from tests.api.test_refusals import problem
from tests.api.test_writing import coordinator, district, letter, move_it, referral, team  # noqa: F401

KEY = {"Idempotency-Key": "f1b2-once"}


def test_the_same_referral_three_times_is_received_once_and_answered_alike(coordinator, district, letter):  # noqa: F811
    answers = [coordinator.post("referrals/", letter, **KEY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true"]
    assert Referral.objects.count() == 1
    assert Event.objects.filter(type="referral.received").count() == 1


def test_each_answer_that_is_repeated_counts_as_a_reading(coordinator, district, letter):  # noqa: F811
    told = coordinator.post("referrals/", letter, **KEY).json()
    coordinator.post("referrals/", letter, **KEY)
    assert Read.objects.filter(patient_ids=[told["patient"]["id"]]).count() == 2


def test_a_key_with_another_body_is_refused_and_does_nothing(coordinator, district, letter):  # noqa: F811
    coordinator.post("referrals/", letter, **KEY)
    other = letter | {"reason": "Another lump"}
    assert "another request" in problem(coordinator.post("referrals/", other, **KEY), 422)["detail"]
    assert Referral.objects.count() == 1


def test_a_key_with_another_address_is_refused(coordinator, referral):  # noqa: F811
    path = f"referrals/{referral['id']}"
    body = {"reason": "No imaging", "go_instead_to": "Dermatology"}
    told = {"If-Match": '"1"', **KEY}
    assert coordinator.post(f"{path}/decline/", body, **told).status_code == 200
    problem(coordinator.post(f"{path}/return/", body, **told), 422)


def test_a_move_that_is_repeated_after_its_success_is_not_a_stale_version(coordinator, referral):  # noqa: F811
    path = f"referrals/{referral['id']}/return/"
    told = {"If-Match": '"1"', **KEY}
    first = coordinator.post(path, {"reason": "No imaging"}, **told)
    again = coordinator.post(path, {"reason": "No imaging"}, **told)
    assert first.json() == again.json()
    assert first.headers["ETag"] == again.headers["ETag"]


def test_what_was_refused_is_tried_again(coordinator, district, letter):  # noqa: F811
    wrong = letter | {"reason": ""}
    problem(coordinator.post("referrals/", wrong, **KEY), 400)
    assert coordinator.post("referrals/", letter, **KEY).status_code == 201


def test_two_clients_may_use_the_same_key(coordinator, person, team, district, letter):  # noqa: F811
    other = person(factories.member(Role.COORDINATOR, team))
    coordinator.post("referrals/", letter, **KEY)
    another = letter | {
        "patient": letter["patient"] | {"nhs_number": factories.nhs_number(), "hospital_number": ""}
    }
    assert other.post("referrals/", another, **KEY).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\u00e9"])
def test_a_key_that_is_no_key_is_named(coordinator, district, letter, key):  # noqa: F811
    answer = coordinator.post("referrals/", letter, **{"Idempotency-Key": key})
    assert "Idempotency-Key" in problem(answer, 400)["errors"]
    assert not Referral.objects.exists()


def test_an_answer_is_kept_for_a_day(coordinator, district, letter):  # noqa: F811
    coordinator.post("referrals/", letter, **KEY)
    StoredAnswer.objects.update(at=timezone.now() - timedelta(hours=25))
    told = problem(coordinator.post("referrals/", letter, **KEY), 400)
    assert "waiting already" in told["errors"]["patient.nhs_number"][0]
    coordinator.post("referrals/", letter | {"organisation": "none"}, **KEY)


def test_old_answers_are_forgotten(coordinator, district, letter):  # noqa: F811
    coordinator.post("referrals/", letter, **KEY)
    assert forget_used() == 0
    StoredAnswer.objects.update(at=timezone.now() - timedelta(hours=25))
    assert forget_used() == 1
    assert not StoredAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_at_the_same_moment_is_done_once(coordinator, district, letter):  # noqa: F811
    answers = []

    def send():
        answers.append(coordinator.post("referrals/", letter, **KEY))
        connection.close()

    both = [threading.Thread(target=send) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Referral.objects.count() == 1
