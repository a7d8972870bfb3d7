"""Reviews and follow-up schedules planned, recorded and confirmed through the API, by the services of the pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event
from cases.workflow import CaseStatus
from followup.models import Review
from tests import factories
from tests.api.test_refusals import problem

TODAY = timezone.localdate


@pytest.fixture
def surgeon(centre, person):
    return person(centre.surgeon)


def act(caller, row, room, name, body, code=200):
    told = {"If-Match": f'"{row["version"]}"'}
    answer = caller.post(f"{room}/{row['id']}/{name}/", body, **told)
    if code != 200:
        return problem(answer, code)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def planned(centre):
    return {"kind": "clinic", "due_on": str(TODAY()), "responsible": centre.surgeon.pk, "note": "Chest X-ray"}


@pytest.fixture
def review(surgeon, centre, planned):
    answer = surgeon.post("reviews/", planned | {"case": centre.case.reference, "also": ["chest_imaging"]})
    assert answer.status_code == 201, answer.content
    return answer.json()


def newest(case, type_):
    return Event.objects.filter(case_id=case.pk, type=type_).latest("id")


def test_a_review_is_planned_changed_and_recorded(surgeon, centre, review, planned):
    assert (review["status"], review["also"]) == ("scheduled", ["chest_imaging"])
    assert newest(centre.case, "review.scheduled").target_id == review["id"]
    later = str(TODAY() + timedelta(days=4))
    changed = act(surgeon, review, "reviews", "change", planned | {"due_on": later})
    assert (changed["due_on"], changed["also"]) == (later, [])
    told = {"done_on": str(TODAY()), "finding": "other"}
    assert "finding_note" in act(surgeon, changed, "reviews", "record", told, 400)["errors"]
    done = act(surgeon, changed, "reviews", "record", told | {"finding_note": "A seroma"})
    assert (done["status"], done["finding"], done["finding_note"]) == ("done", "other", "A seroma")
    assert newest(centre.case, "review.done").target_id == review["id"]
    act(surgeon, done, "reviews", "cancel", {"reason": "Twice"}, 409)


def test_a_missed_review_gets_a_new_date_and_what_followed_stands(surgeon, centre, review):
    told = {"what_was_done": "Rang her", "new_on": str(TODAY() + timedelta(days=9))}
    missed = act(surgeon, review, "reviews", "miss", told)
    assert missed["status"] == "missed"
    follows = Review.objects.get(follows=review["id"])
    body = {"done_on": str(TODAY()), "finding": "no_disease"}
    act(surgeon, {"id": follows.pk, "version": follows.version}, "reviews", "record", body)
    refused = act(surgeon, missed, "reviews", "record", body, 409)
    assert "what followed it is recorded already" in refused["detail"]


def test_a_review_is_cancelled_with_its_reason(surgeon, review):
    told = act(surgeon, review, "reviews", "cancel", {"reason": "Seen elsewhere"})
    assert (told["status"], told["status_reason"]) == ("cancelled", "Seen elsewhere")


def test_who_does_not_follow_up_in_the_team_and_an_unknown_case_are_named(surgeon, centre, planned):
    stranger = factories.member(Role.SURGEON, factories.team()).pk
    body = planned | {"case": centre.case.reference, "responsible": stranger}
    assert "responsible" in problem(surgeon.post("reviews/", body), 400)["errors"]
    elsewhere = planned | {"case": factories.case(factories.team()).reference}
    assert "case" in problem(surgeon.post("reviews/", elsewhere), 400)["errors"]


@pytest.fixture
def schedule(surgeon, centre):
    type(centre.case).objects.filter(pk=centre.case.pk).update(status=CaseStatus.FOLLOW_UP)
    body = {"case": centre.case.reference, "pathway": "own", "from_on": str(TODAY() - timedelta(days=30))}
    answer = surgeon.post("schedules/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def details(centre, schedule):
    phases = [
        {"until_months": 24, "every_months": 3, "kinds": ["clinic", "chest_imaging"]},
        {"every_months": 12, "kinds": ["clinic"]},
    ]
    return {"from_on": schedule["from_on"], "phases": phases, "responsible": centre.surgeon.pk}


def test_a_schedule_is_set_up_confirmed_changed_and_ended(surgeon, centre, schedule, details):
    assert (schedule["status"], schedule["phases"]) == ("proposed", [])
    confirmed = act(surgeon, schedule, "schedules", "confirm", details)
    assert confirmed["status"] == "confirmed"
    assert [each["every_months"] for each in confirmed["phases"]] == [3, 12]
    assert newest(centre.case, "schedule.confirmed").target_id == schedule["id"]
    assert "note" in act(surgeon, confirmed, "schedules", "change", details, 400)["errors"]
    changed = act(surgeon, confirmed, "schedules", "change", details | {"note": "Sees us elsewhere too"})
    assert changed["note"] == "Sees us elsewhere too"
    ended = act(surgeon, changed, "schedules", "end", {"reason": "transferred"})
    assert (ended["status"], ended["ended_reason"]) == ("ended", "transferred")


def test_a_schedule_that_is_not_wanted_says_why(surgeon, schedule, details):
    told = act(surgeon, schedule, "schedules", "refuse", {"reason": "Followed up in Leeds"})
    assert (told["status"], told["note"]) == ("not_wanted", "Followed up in Leeds")
    act(surgeon, told, "schedules", "confirm", details, 409)


def test_schedules_and_reviews_are_listed_in_a_fixed_number_of_statements(surgeon, centre, schedule, review):
    for room in ("schedules", "reviews"):
        with CaptureQueriesContext(connection) as captured:
            rows = surgeon.get(f"{room}/?case={centre.case.reference}").json()["results"]
        assert rows
        assert len(captured) <= 8
    assert surgeon.get(f"schedules/{schedule['id']}/").json() == schedule
