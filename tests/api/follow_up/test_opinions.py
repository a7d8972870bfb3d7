"""Second opinions asked for, chased and received through the API, by the services of the pages."""

import pytest
from django.utils import timezone

from audit.models import Event
from followup.models import SecondOpinion
from tests import factories
from tests.api.test_refusals import problem


@pytest.fixture
def surgeon(centre, person):
    return person(centre.surgeon)


@pytest.fixture
def royal(centre):
    return factories.organisation(name="Royal Sample Hospital", code="RRS", is_specialist_centre=True)


@pytest.fixture
def asking(centre, royal):
    return {
        "case": centre.case.reference,
        "asked_by": "patient",
        "centre": "RRS",
        "team_asked": None,
        "question": "Can the leg be kept?",
        "parts": ["pathology", "summary"],
        "owner": centre.surgeon.pk,
    }


@pytest.fixture
def opinion(surgeon, asking):
    answer = surgeon.post("second-opinions/", asking)
    assert answer.status_code == 201, answer.content
    return answer.json()


def act(caller, row, name, body=None, code=200):
    told = {"If-Match": f'"{row["version"]}"'}
    answer = caller.post(f"second-opinions/{row['id']}/{name}/", body or {}, **told)
    if code != 200:
        return problem(answer, code)
    assert answer.status_code == 200, answer.content
    return answer.json()


SAID = {
    "diagnosis": "agreed",
    "grade": "G3",
    "treatment": ["surgery"],
    "text": "The leg can be kept.",
    "given_by_name": "Prof. Jo Sample, surgeon",
}


def test_an_opinion_is_asked_for_sent_acknowledged_received_and_closed(surgeon, centre, opinion):
    assert (opinion["status"], opinion["parts"]) == ("requested", ["summary", "pathology"])
    assert opinion["asked_of"] == {"code": "RRS", "name": "Royal Sample Hospital"}
    assert "to" in act(surgeon, opinion, "send", code=400)["errors"]
    today = str(timezone.localdate())
    agreed = act(surgeon, opinion, "record-consent", {"consent": "patient", "on": today})
    assert (agreed["consent"], agreed["consent_on"]) == ("patient", today)
    sent = act(surgeon, agreed, "send")
    seen = act(surgeon, sent, "acknowledge")
    assert seen["status"] == "acknowledged"
    received = act(surgeon, seen, "hand-in", SAID | {"given_on": today})
    assert (received["status"], received["answer"]["way"]) == ("received", "typed")
    assert {each["item"]: each["theirs"] for each in received["answer"]["views"]}["grade"] == "G3"
    assert Event.objects.filter(type="opinion.answered", target_id=opinion["id"]).exists()
    if any(each["agrees"] is False for each in received["answer"]["views"]):
        noted = act(surgeon, received, "not-listed", {"note": "Only the order differs"})
        assert noted["relisting_note"] == "Only the order differs"
        received = noted
    assert act(surgeon, received, "close")["status"] == "closed"


def test_another_centre_asks_for_our_view_and_it_is_handed_in_here(surgeon, centre, asking):
    told = asking | {"asked_by": "centre", "parts": []}
    row = surgeon.post("second-opinions/", told).json()
    assert (row["status"], row["asking"]["code"]) == ("sent", "RRS")
    assert row["asked_of"]["code"] == centre.team.organisation.code
    body = SAID | {"given_on": str(timezone.localdate())}
    assert act(surgeon, row, "hand-in", body)["answer"]["way"] == "here"


def test_what_is_asked_may_be_changed_and_more_parts_ask_consent_again(surgeon, opinion, asking):
    agreed = act(surgeon, opinion, "record-consent", {"consent": "patient", "on": str(timezone.localdate())})
    names = ("question", "owner", "team_asked", "parts")
    body = {name: asking[name] for name in names} | {"parts": ["pathology", "summary", "imaging"]}
    changed = act(surgeon, agreed, "change", body)
    assert (len(changed["parts"]), changed["consent"]) == (3, None)


def test_a_request_is_withdrawn_or_declined_with_the_reason(surgeon, opinion, asking):
    assert act(surgeon, opinion, "withdraw", {"reason": "She decided"})["status"] == "withdrawn"
    again = surgeon.post("second-opinions/", asking).json()
    today = str(timezone.localdate())
    sent = act(surgeon, act(surgeon, again, "record-consent", {"consent": "patient", "on": today}), "send")
    told = act(surgeon, sent, "decline", {"reason": "No capacity"})
    assert (told["status"], told["status_reason"]) == ("declined", "No capacity")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"centre": "NONE"}, "centre"),
        ({"team_asked": "XXX"}, "team_asked"),
        ({"owner": 999_999_999}, "owner"),
        ({"parts": ["everything"]}, "parts.0"),
        ({"question": " "}, "question"),
        ({"asked_by": "centre"}, "parts"),
        ({"case": "PEN-2020-0001"}, "case"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(surgeon, asking, change, field):
    assert field in problem(surgeon.post("second-opinions/", asking | change), 400)["errors"]
    assert not SecondOpinion.objects.exists()


def test_a_centre_that_was_asked_already_is_said_at_its_field(surgeon, opinion, asking):
    assert "centre" in problem(surgeon.post("second-opinions/", asking), 400)["errors"]
