"""Decisions and what follows them through the API: by the services of the pages, each act with its event."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import SIX_ROLES, Role
from audit.models import Event
from mdt.letters import make_letters
from mdt.models import Decision, LetterUse
from tests import factories
from tests.api.mdt.test_meetings import noted
from tests.api.test_refusals import problem
from tests.mdt.conftest import proposed_plan
from tests.mdt.standards import in_force
from tests.mdt.test_standard_cases import ready_case

SOON = str(timezone.localdate() + timedelta(days=2))


@pytest.fixture
def discussed(centre, planned, listed, change, make):
    """The ready case's listing, discussed by these roles."""

    def discussed(*roles):
        meeting = planned()
        listing = listed(meeting)
        change(f"meetings/{meeting['id']}", "open")
        for role in roles:
            make("attendances", {"meeting": meeting["id"], "person": centre.people[role].pk})
        return change(f"listings/{listing['id']}", "discuss")

    return discussed


@pytest.fixture
def body(centre):
    return {
        "outcome": "more_imaging",
        "trial_considered": "not_relevant",
        "rationale": "The chest is not imaged yet.",
        "tells_patient": centre.people[Role.NURSE_SPECIALIST].pk,
        "tell_by_on": SOON,
        "relist_on": None,
    }


ALL = list(SIX_ROLES)


def test_a_decision_is_recorded_with_who_was_there_and_what_follows(centre, discussed, body, make, system):
    listing = discussed(*ALL)
    todo = {"text": "Book the CT of the chest", "owner": centre.surgeon.pk, "due_on": SOON}
    against = {"person": centre.people[Role.ONCOLOGIST].pk, "reason": "It can wait"}
    told = make("decisions", body | {"listing": listing["id"], "actions": [todo], "dissents": [against]})
    assert (told["kind"], told["outcome"], told["is_quorate"]) == ("discussed", "more_imaging", True)
    assert len(told["present"]) == 6
    assert told["dissents"][0]["reason"] == "It can wait"
    assert noted("decision.recorded", told["id"])
    actions = system.get("actions/", {"decision": told["id"]}).json()["results"]
    assert [each["text"] for each in actions] == ["Book the CT of the chest"]


def test_a_decision_that_was_not_read_is_not_replaced(discussed, body, make, system):
    listing = discussed(*ALL)
    first = make("decisions", body | {"listing": listing["id"]})
    again = body | {"listing": listing["id"], "rationale": "An MRI too."}
    assert str(first["id"]) in problem(system.post("decisions/", again), 409)["detail"]
    told = make("decisions", again | {"replaces": first["id"]})
    assert told["replaces"] == first["id"]
    assert system.get(f"decisions/{first['id']}/").json()["replaced_by"] == told["id"]


def test_what_stands_against_a_decision_is_named(discussed, body, system):
    listing = discussed(*ALL)["id"]
    del body["relist_on"]
    wrong = body | {"listing": listing, "tells_patient": None}
    assert {"tells_patient", "relist"} <= set(problem(system.post("decisions/", wrong), 400)["errors"])
    assert "listing" in problem(system.post("decisions/", body), 400)["errors"]
    wrong = body | {"listing": listing, "responsible": factories.user().pk}
    assert "responsible" in problem(system.post("decisions/", wrong), 400)["errors"]
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("act", "told", "event"),
    [
        ("ratify", {"rationale": "I agree"}, "decision.recorded"),
        ("refuse", {"reason": "No biopsy yet"}, "decision.not_ratified"),
    ],
)
def test_the_person_named_ratifies_a_provisional_decision_or_refuses(
    centre, discussed, body, make, change, person, act, told, event
):
    radiologist = centre.people[Role.RADIOLOGIST]
    listing = discussed(*[role for role in ALL if role != Role.RADIOLOGIST])
    lacking = {"listing": listing["id"], "to_ratify_by": radiologist.pk, "ratify_by_on": SOON}
    made = make("decisions", body | lacking)
    assert made["kind"] == "provisional"
    told = change(f"decisions/{made['id']}", act, told, caller=person(radiologist))
    assert noted(event, told["replaced_by"] or told["id"])
    assert (told["refused"] is None) == (act == "ratify")


def test_a_decision_is_made_urgently_between_meetings(centre, body, make, ready, planned):
    planned()
    asked = [{"person": centre.people[Role.ONCOLOGIST].pk, "role": "oncologist", "said": "Do it now"}]
    urgent = {
        "case": ready.reference,
        "asked": asked,
        "patient_knows": "All of it",
        "responsible": centre.surgeon.pk,
    }
    told = make("decisions", body | urgent)
    assert (told["kind"], told["asked"][0]["said"]) == ("urgent", "Do it now")


def test_dissent_and_what_the_patient_chose_are_recorded(centre, change):
    at = f"decisions/{centre.decision.pk}"
    told = change(at, "dissent", {"person": centre.surgeon.pk, "reason": "Surgery first"})
    assert told["dissents"][0]["person"]["id"] == centre.surgeon.pk
    body = {
        "told_by": centre.people[Role.NURSE_SPECIALIST].pk,
        "told_on": str(timezone.localdate()),
        "how": "clinic",
        "benefits_discussed": True,
        "side_effects_discussed": True,
        "choice": "accepts",
    }
    assert change(at, "tell", body)["tellings"][0]["choice"] == "accepts"
    assert Event.objects.filter(type="patient.told", case_id=centre.case.pk).exists()


def test_an_action_is_set_done_opened_again_and_closed_as_not_needed(centre, make, change, system):
    body = {
        "decision": centre.decision.pk,
        "text": "Book theatre",
        "owner": centre.surgeon.pk,
        "due_on": SOON,
    }
    told = make("actions", body)
    at = f"actions/{told['id']}"
    assert noted("action.set", told["id"])
    stale = {"If-Match": system.get(f"{at}/").headers["ETag"]}
    assert change(at, "done")["done_at"]
    problem(system.post(f"{at}/reopen/", {}, **stale), 412)
    assert change(at, "reopen")["done_at"] is None
    assert change(at, "not-needed", {"reason": "Done elsewhere"})["not_needed_reason"] == "Done elsewhere"
    assert noted("action.not_needed", told["id"])


def test_a_standard_of_care_is_confirmed_pulled_back_or_recorded(centre, planned, make, change, person):
    case = ready_case(centre.team, centre.people).case
    proposed_plan(case.current_episode, centre.surgeon)
    in_force(centre.team)
    meeting = planned()
    listing = make(
        "listings",
        {
            "case": case.reference,
            "meeting": meeting["id"],
            "question": "Radiotherapy before surgery?",
            "responsible": centre.surgeon.pk,
            "patient_knows": "That it is a sarcoma",
            "urgency": "routine",
        },
    )
    at = f"listings/{listing['id']}"
    assert change(at, "confirm-standard", caller=person(centre.surgeon))["track"] == "standard_of_care"
    told = change(at, "pull-back", {"reason": "The patient asks for another way"})
    assert (told["track"], told["pulled_back_reason"]) == ("discuss", "The patient asks for another way")
    told = change(at, "put-back")
    assert told["track"] == "standard_of_care"
    change(f"meetings/{meeting['id']}", "open")
    seen = {"seen": [{"listing": told["id"], "version": told["version"]}]}
    told = change(f"meetings/{meeting['id']}", "record-standards", seen)
    assert told["listings"][0]["status"] == "decided"


@pytest.fixture
def letters(centre):
    make_letters(event=Event.objects.get(type="decision.recorded", target_id=centre.decision.pk))
    return {each.kind: each for each in centre.decision.letters.all()}


def test_a_letter_is_changed_checked_issued_and_fetched(centre, letters, change, machine, system):
    patient = f"letters/{letters['patient'].pk}"
    told = change(patient, "change", {"added_text": "We will ring you.", "recipients": "Ms Sample"})
    assert "We will ring you." in told["text"]
    change(patient, "rewrite")
    assert change(patient, "check")["checked_by"]["id"] == system.account.pk
    assert change(patient, "stop", {"reason": "Told in person"})["status"] == "stopped"
    assert change(patient, "resume", {"reason": "The patient asks for it"})["status"] == "draft"
    clinical = letters["clinical"]
    problem(system.get(f"letters/{clinical.pk}/pdf/"), 409)
    assert change(f"letters/{clinical.pk}", "issue")["status"] == "issued"
    file = machine(centre.team.organisation, name="Archive").get(f"letters/{clinical.pk}/pdf/")
    assert (file.status_code, file.headers["Content-Type"]) == (200, "application/pdf")
    assert file.content.startswith(b"%PDF")
    assert LetterUse.objects.get(letter=clinical).how == "fetched"


def test_the_referring_hospital_fetches_the_decision_and_the_letter_that_is_for_it(
    centre, letters, change, machine
):
    district = machine(centre.district, name="Calder Vale records")
    Membership.objects.create(
        user=district.account, organisation=centre.district, role=Role.REFERRER, specialty="Orthopaedics"
    )
    assert district.get("letters/").json()["results"] == []
    change(f"letters/{letters['clinical'].pk}", "issue")
    assert [each["id"] for each in district.get("decisions/").json()["results"]] == [centre.decision.pk]
    (told,) = district.get("letters/", {"case": centre.case.reference}).json()["results"]
    assert told["id"] == letters["clinical"].pk
    assert district.get(f"letters/{told['id']}/pdf/").content.startswith(b"%PDF")
    problem(district.get(f"letters/{letters['patient'].pk}/"), 404)
    problem(district.post(f"decisions/{centre.decision.pk}/dissent/", {"person": 1, "reason": "No"}), 403)


def test_who_may_not_download_letters_on_their_page_may_not_here(centre, letters, change, person):
    change(f"letters/{letters['clinical'].pk}", "issue")
    observer = person(factories.member(Role.OBSERVER, centre.team))
    problem(observer.get(f"letters/{letters['clinical'].pk}/pdf/"), 403)
