"""Meetings and their lists through the API: by the services of the pages, each act with its event."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event
from cases.models import Case
from mdt.models import Listing
from tests import factories
from tests.api.test_refusals import problem


def noted(type, pk):
    return Event.objects.filter(type=type, target_id=pk).exists()


def test_a_meeting_is_planned_changed_and_its_list_closed_and_opened_again(centre, planned, change):
    told = planned(chair=centre.surgeon.pk)
    at = f"meetings/{told['id']}"
    assert (told["status"], told["chair"]["id"]) == ("planned", centre.surgeon.pk)
    assert noted("meeting.planned", told["id"])
    later = (timezone.now() + timedelta(days=8)).replace(microsecond=0)
    told = change(at, "change", {"starts_at": later.isoformat(), "place": "Library"})
    assert told["place"] == "Library"
    colleague = centre.people[Role.ONCOLOGIST]
    assert change(at, "chair", {"chair": colleague.pk})["chair"]["id"] == colleague.pk
    assert change(at, "close")["status"] == "closed_for_listing"
    assert change(at, "reopen")["status"] == "planned"
    assert change(at, "cancel")["status"] == "cancelled"


def test_a_meeting_is_planned_for_an_own_team_and_chaired_by_a_member_only(centre, system):
    starts_at = (timezone.now() + timedelta(days=7)).isoformat()
    factories.team(reference_prefix="OTH")
    told = problem(system.post("meetings/", {"team": "OTH", "starts_at": starts_at}), 400)
    assert "team" in told["errors"]
    body = {"team": "PEN", "starts_at": starts_at, "chair": factories.user().pk}
    assert "chair" in problem(system.post("meetings/", body), 400)["errors"]


def test_a_session_is_opened_ended_signed_by_its_chair_and_finished(centre, person, planned, change):
    other = planned()
    assert change(f"meetings/{other['id']}", "open")["status"] == "in_session"
    at = f"meetings/{centre.meeting.pk}"
    change(at, "chair", {"chair": centre.surgeon.pk})
    assert change(at, "end")["status"] == "outcomes_to_finish"
    told = change(at, "sign", {"decisions": [centre.decision.pk]}, person(centre.surgeon))
    assert told["signatures"][0]["decisions"] == [centre.decision.pk]
    assert noted("meeting.signed", centre.meeting.pk)
    assert change(at, "finish")["status"] == "finished"


def test_what_is_signed_is_what_was_read(centre, person, change):
    at, chair = f"meetings/{centre.meeting.pk}", person(centre.surgeon)
    change(at, "chair", {"chair": centre.surgeon.pk})
    change(at, "end")
    read = chair.get(f"{at}/")
    told = {"If-Match": read.headers["ETag"]}
    problem(chair.post(f"{at}/sign/", {"decisions": []}, **told), 412)


def test_a_case_is_listed_and_its_listing_changed(centre, planned, listed, change, ready):
    meeting = planned()
    told = listed(meeting)
    at = f"listings/{told['id']}"
    assert (told["status"], told["position"], told["case"]) == ("listed", 1, ready.reference)
    assert noted("case.listed", told["id"])
    assert Case.objects.get(pk=ready.pk).patient_knows == "That it is a sarcoma"
    body = {
        "question": "Is it operable?",
        "responsible": centre.surgeon.pk,
        "urgency": "urgent",
        "minutes": 9,
    }
    told = change(at, "change", body)
    assert (told["question"], told["minutes"]) == ("Is it operable?", 9)
    assert noted("listing.changed", told["id"])


def test_a_case_is_put_off_onto_a_later_list_taken_off_and_put_back(planned, listed, change):
    meeting, later = planned(), planned(days=14)
    told = listed(meeting)
    at = f"listings/{told['id']}"
    told = change(at, "postpone", {"reason": "histology", "note": "Second reading", "to": later["id"]})
    assert (told["status"], told["off_reason"]) == ("postponed", "histology")
    assert Listing.objects.get(meeting=later["id"]).status == "listed"
    assert change(at, "undo")["status"] == "listed"
    assert Listing.objects.get(meeting=later["id"]).status == "withdrawn"
    assert change(at, "withdraw", {"reason": "Seen by another team"})["status"] == "withdrawn"
    assert noted("listing.withdrawn", told["id"])


def test_a_list_is_put_into_order(centre, planned, listed, change):
    meeting = planned()
    told = listed(meeting, guest="Dr Lee, plastic surgery")
    at = f"listings/{told['id']}"
    assert change(at, "place", {"to": 1})["position"] == 1
    told = change(f"meetings/{meeting['id']}", "arrange", {"seen": [told["id"]]})
    assert [each["position"] for each in told["listings"]] == [1]


@pytest.mark.parametrize(
    ("act", "body", "status"), [("approve", {}, "listed"), ("refuse", {"reason": "Too late"}, "postponed")]
)
def test_the_chair_answers_a_late_addition(centre, person, planned, listed, change, act, body, status):
    meeting = planned(chair=centre.surgeon.pk)
    change(f"meetings/{meeting['id']}", "close")
    coordinator = person(centre.coordinator)
    told = listed(meeting, late_reason="The biopsy came today", caller=coordinator)
    assert told["status"] == "to_approve"
    assert change(f"listings/{told['id']}", act, body, person(centre.surgeon))["status"] == status


def test_a_case_is_prepared_for_a_role_that_one_holds(planned, listed, change, system):
    told = listed(planned())
    at = f"listings/{told['id']}"
    told = change(at, "prepare", {"role": "surgeon", "note": "Seen in clinic"})
    assert [each["role"] for each in told["preparations"]] == ["surgeon"]
    problem(system.post(f"{at}/prepare/", {"role": "pathologist"}), 403)
    assert change(at, "unprepare", {"role": "surgeon"})["preparations"] == []


def test_someone_steps_aside_and_takes_it_back(centre, planned, listed, change):
    at = f"listings/{listed(planned())['id']}"
    told = change(at, "recuse", {"person": centre.surgeon.pk, "interest": "A cousin of the patient"})
    assert told["recusals"][0]["person"]["id"] == centre.surgeon.pk
    assert change(at, "withdraw-recusal", {"person": centre.surgeon.pk})["recusals"] == []


def test_a_case_is_discussed_while_the_session_is_open(planned, listed, change, system):
    meeting = planned()
    at = f"listings/{listed(meeting)['id']}"
    read = system.get(f"{at}/")
    problem(system.post(f"{at}/discuss/", {}, **{"If-Match": read.headers["ETag"]}), 409)
    change(f"meetings/{meeting['id']}", "open")
    told = change(at, "discuss")
    assert told["status"] == "discussing"
    assert noted("discussion.started", told["id"])
    problem(system.post(f"{at}/end-discussion/", {}, **{"If-Match": read.headers["ETag"]}), 412)
    told = change(at, "end-discussion")
    assert told["status"] == "discussed"
    assert told["discussions"][0]["ended_at"]


def test_who_is_there_is_recorded_as_they_come_and_go(centre, planned, change, make, system):
    meeting = planned()
    change(f"meetings/{meeting['id']}", "open")
    told = make("attendances", {"meeting": meeting["id"], "person": centre.surgeon.pk})
    assert (told["role"], told["mode"]) == ("surgeon", "in_person")
    at = f"attendances/{told['id']}"
    assert noted("attendance.recorded", told["id"])
    assert change(at, "mode", {"mode": "remote"})["left_at"]
    remote = system.get("attendances/", {"meeting": meeting["id"]}).json()["results"][0]
    assert remote["mode"] == "remote"
    told = change(f"attendances/{remote['id']}", "leave")
    assert told["left_at"]
    seen = {"seen_arrived_at": told["arrived_at"], "seen_left_at": told["left_at"]}
    now = timezone.now().isoformat()
    body = seen | {"arrived_at": told["arrived_at"], "left_at": now}
    assert change(f"attendances/{told['id']}", "correct", body)["left_at"] > told["left_at"]
    again = system.post(f"attendances/{told['id']}/correct/", body)
    assert "meanwhile" in problem(again, 409)["detail"]


def test_a_hospital_system_with_a_clinical_role_neither_sits_nor_chairs(planned, change, system):
    meeting = planned()
    at = f"meetings/{meeting['id']}"
    change(at, "open")
    itself = {"meeting": meeting["id"], "person": system.account.pk}
    assert "person" in problem(system.post("attendances/", itself), 400)["errors"]
    told = {"If-Match": system.get(f"{at}/").headers["ETag"]}
    assert (
        "chair" in problem(system.post(f"{at}/chair/", {"chair": system.account.pk}, **told), 400)["errors"]
    )


def test_a_missing_fact_is_given_to_somebody_and_asked_for(centre, planned, listed, change, system):
    meeting = planned()
    listed(meeting)
    gaps = system.get("gaps/", {"meeting": meeting["id"], "role": "radiologist", "is_open": "true"}).json()[
        "results"
    ]
    assert gaps
    assert all(each["closed_at"] is None for each in gaps)
    at = f"gaps/{gaps[0]['id']}"
    assert change(at, "give", {"owner": None})["owner"] is None
    told = change(at, "give", {"owner": centre.people[Role.RADIOLOGIST].pk})
    assert told["owner"]["id"] == centre.people[Role.RADIOLOGIST].pk
    assert change(at, "remind")["reminded_at"]
    assert "tomorrow" in problem(system.post(f"{at}/remind/", {}), 409)["detail"]


@pytest.mark.parametrize(
    "room", ["meetings", "listings", "attendances", "gaps", "decisions", "actions", "letters"]
)
def test_a_list_costs_the_same_whatever_its_length(centre, system, planned, listed, room):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert system.get(f"{room}/").status_code == 200
        return len(captured)

    first = cost()
    listed(planned())
    assert cost() <= max(first, 8) <= 8
