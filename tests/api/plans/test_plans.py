"""Plans typed, proposed and carried out through the API: by the services, with the refusals of the pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event
from tests import factories
from tests.api.test_refusals import problem
from treatments import services
from treatments.models import Check, Plan

AMPUTATION = {
    "intent": "curative",
    "treatments": [{"modality": "surgery", "procedure": "amputation"}],
}
AS_AGREED = {
    "intent": "curative",
    "treatments": [
        {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"},
        {"modality": "surgery", "procedure": "limb_sparing"},
    ],
}


@pytest.fixture
def surgeon(centre, person):
    return person(centre.surgeon)


def act(caller, plan, name, body=None):
    """That act on the plan as it was read; answers the plan as it is then."""
    told = {"If-Match": f'"{plan["version"]}"'}
    answer = caller.post(f"plans/{plan['id']}/{name}/", body or {}, **told)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(caller, plan, name, body, code=400):
    told = {"If-Match": f'"{plan["version"]}"'}
    return problem(caller.post(f"plans/{plan['id']}/{name}/", body, **told), code)


def recorded(plan, *types):
    """Whether the newest events of the plan's case are these."""
    case = Plan.objects.get(pk=plan["id"]).episode.case_id
    newest = Event.objects.filter(case_id=case).order_by("-id").values_list("type", flat=True)[:12]
    return set(types) <= set(newest)


@pytest.fixture
def draft(surgeon, centre):
    answer = surgeon.post("plans/", AMPUTATION | {"case": centre.case.reference})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def agreed(surgeon, centre):
    return surgeon.get(f"plans/{centre.plan.pk}/").json()


@pytest.fixture
def free(surgeon, agreed):
    """The agreed plan once the patient was told."""
    return act(surgeon, agreed, "lift", {"kind": "patient_not_told"})


def test_a_plan_is_drafted_checked_changed_answered_and_proposed(surgeon, draft):
    assert (draft["status"], draft["number"], draft["version"]) == ("draft", 2, 1)
    finding = next(
        each for each in draft["check_made"]["result"]["findings"] if each["severity"] == "deviation"
    )
    assert recorded(draft, "plan.drafted", "plan.checked")
    told = {"rule": finding["rule"], "treatment": finding["treatment"], "kind": "reason"}
    told |= {"reason_code": "patient_choice", "text": "She does not want a long radiotherapy"}
    answered = act(surgeon, draft, "answer-findings", {"answers": [told]})
    assert [each["rule"] for each in answered["responses"]] == [finding["rule"]]
    changed = act(surgeon, answered, "change", AMPUTATION | {"trial": "None open"})
    assert (changed["trial"], changed["version"]) == ("None open", 3)
    proposed = act(surgeon, changed, "propose")
    assert proposed["status"] == "proposed"
    assert recorded(draft, "finding.answered", "plan.changed", "plan.proposed")
    refused(surgeon, proposed, "change", AMPUTATION, code=409)


def test_a_draft_is_set_aside(surgeon, draft):
    assert act(surgeon, draft, "discard")["status"] == "superseded"


def test_a_plan_whose_content_is_fixed_is_replaced_by_a_new_one(surgeon, centre, agreed):
    told = AMPUTATION | {"case": agreed["case"], "replaces": agreed["id"]}
    following = surgeon.post("plans/", told).json()
    assert following["replaces"] == agreed["id"]
    assert "replaces" in problem(surgeon.post("plans/", told), 409)["detail"]
    elsewhere = factories.case(centre.team)
    wrong = told | {"case": elsewhere.reference}
    assert "replaces" in problem(surgeon.post("plans/", wrong), 400)["errors"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"case": "PEN-2026-9999"}, "case"),
        ({"treatments": []}, "treatments"),
        ({"treatments": [{"modality": "surgery", "timing": "neoadjuvant"}]}, "treatments.0.timing"),
        ({"treatments": [{"modality": "magic"}]}, "treatments.0.modality"),
        ({"named_surgeon": 999_999_999}, "named_surgeon"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(surgeon, centre, change, field):
    told = AMPUTATION | {"case": centre.case.reference} | change
    assert field in problem(surgeon.post("plans/", told), 400)["errors"]
    assert Plan.objects.count() == 1


def test_an_acknowledgement_is_the_accounts_own_and_errors_name_the_answer(surgeon, centre, draft):
    told = {"rule": "NONE-1", "kind": "acknowledgement", "text": "Seen"}
    nurse = centre.people[Role.NURSE_SPECIALIST].pk
    wrong = refused(surgeon, draft, "answer-findings", {"answers": [told | {"given_by": nurse}]})
    assert "answers.0.given_by" in wrong["errors"]
    assert "answers.0.rule" in refused(surgeon, draft, "answer-findings", {"answers": [told]})["errors"]
    stranger = told | {"kind": "reason", "given_by": factories.member(Role.SURGEON, factories.team()).pk}
    wrong = refused(surgeon, draft, "answer-findings", {"answers": [told, stranger]})
    assert "answers.1.given_by" in wrong["errors"]


def test_every_check_of_a_plan_can_be_read(surgeon, draft):
    act(surgeon, draft, "check")
    rows = surgeon.get(f"checks/?plan={draft['id']}").json()["results"]
    assert len(rows) == 2
    whole = surgeon.get(f"checks/{rows[0]['id']}/").json()
    assert whole["result"] == Check.objects.get(pk=rows[0]["id"]).result
    assert whole["plan_content"]["intent"] == "curative"


def test_a_list_of_checks_costs_a_fixed_number_of_statements(surgeon, centre):
    plan = centre.plan
    for _ in range(3):
        drafted = services.draft_plan(
            episode=centre.episode, content=services.read_content(plan), by=centre.surgeon
        )
        services.make_check(plan=drafted, by=centre.surgeon)
    with CaptureQueriesContext(connection) as captured:
        assert len(surgeon.get("checks/").json()["results"]) >= 6
    assert len(captured) <= 8


def test_a_treatment_is_scheduled_begun_and_given_and_the_plan_follows(surgeon, free):
    today = timezone.localdate()
    soon = act(surgeon, free, "schedule", {"treatment": 0, "on": str(today + timedelta(days=7))})
    assert soon["deliveries"][0]["status"] == "scheduled"
    told = {"treatment": 0, "status": "under_way", "started_on": str(today)}
    begun = act(surgeon, soon, "deliver", told)
    assert (begun["status"], begun["deliveries"][0]["status"]) == ("in_progress", "under_way")
    told = {"treatment": 1, "status": "given", "started_on": str(today), "margin": "R0"}
    given = act(surgeon, begun, "deliver", told)
    result = act(surgeon, given, "add-result", {"treatment": 1, "margin": "R1", "complications": "II"})
    assert {"margin": "R1", "complications": "II"}.items() <= result["deliveries"][1].items()
    body = {"on": str(today), "given": [{"treatment": 0, "ended_on": str(today)}]}
    done = act(surgeon, result, "complete", body)
    assert done["status"] == "completed"
    assert recorded(done, "delivery.recorded", "plan.started", "plan.completed")


def test_what_is_checked_answered_held_or_let_go_on_an_old_version_is_refused(surgeon, draft, agreed):
    why = {"rule": "SURG-2", "treatment": 0, "kind": "reason", "reason_code": "technical", "text": "Encased"}
    for plan, acts in (
        (draft, [("check", {}), ("answer-findings", {"answers": [why]})]),
        (agreed, [("lift", {"kind": "patient_not_told"}), ("hold", {"note": "On Friday"})]),
    ):
        for name, body in acts:
            before, plan = plan, act(surgeon, plan, name, body)
            assert plan["version"] == before["version"] + 1
            refused(surgeon, before, name, body, code=412)


def test_a_treatment_that_changed_since_the_plan_was_read_is_not_overwritten(surgeon, agreed):
    told = {"treatment": 0, "on": str(timezone.localdate() + timedelta(days=7))}
    act(surgeon, agreed, "schedule", told)
    assert refused(surgeon, agreed, "schedule", told, code=412)["current_version"] == agreed["version"] + 1
    refused(surgeon, agreed, "deliver", {"treatment": 0, "status": "not_given"}, code=412)


def test_what_was_given_otherwise_is_said_and_its_errors_name_it(surgeon, free):
    today = str(timezone.localdate())
    told = {"treatment": 1, "status": "changed", "started_on": today, "reason_code": "progression"}
    wrong = {"modality": "surgery", "timing": "adjuvant"}
    errors = refused(surgeon, free, "deliver", told | {"instead": wrong})["errors"]
    assert list(errors) == ["instead.timing"]
    as_free = told | {"status": "given", "reason_code": None, "instead": {"modality": "surgery"}}
    assert "instead.modality" in refused(surgeon, free, "deliver", as_free)["errors"]
    right = {"modality": "surgery", "procedure": "amputation"}
    done = act(surgeon, free, "deliver", told | {"instead": right})
    assert done["deliveries"][0]["instead"] == right


def test_a_plan_is_started_and_ended_with_a_reason_for_what_was_not_given(surgeon, free):
    today = str(timezone.localdate())
    begun = act(surgeon, free, "start", {"on": today, "treatment": 0})
    assert begun["status"] == "in_progress"
    both = {"on": today, "given": [{"treatment": 1}], "omitted": [{"treatment": 1, "reason_code": "unfit"}]}
    assert "omitted.0.treatment" in refused(surgeon, begun, "complete", both)["errors"]
    left = {"on": today, "given": [{"treatment": 0, "ended_on": today}]}
    assert "treatments.1.reason_code" in refused(surgeon, begun, "complete", left)["errors"]
    other = left | {"omitted": [{"treatment": 1, "reason_code": "other"}]}
    assert "omitted.0.note" in refused(surgeon, begun, "complete", other)["errors"]
    whole = left | {"omitted": [{"treatment": 1, "reason_code": "patient_choice"}]}
    assert act(surgeon, begun, "complete", whole)["status"] == "completed"


def test_a_treatment_that_the_plan_does_not_have_is_named(surgeon, agreed):
    told = {"treatment": 7, "status": "not_given", "reason_code": "unfit"}
    assert "treatment" in refused(surgeon, agreed, "deliver", told)["errors"]
    body = {"reason_code": "unfit", "given": [{"treatment": 7}]}
    assert refused(surgeon, agreed, "not-delivered", body)["errors"]
    refused(surgeon, agreed, "add-result", {"treatment": 1, "margin": "R0"}, code=409)


def test_a_patient_declines_a_plan_in_their_words(surgeon, agreed):
    told = act(surgeon, agreed, "decline", {"reason": "She wants no operation"})
    assert (told["status"], told["status_reason"]) == ("declined", "She wants no operation")


def test_a_plan_is_not_carried_out_and_says_why(surgeon, agreed):
    told = act(surgeon, agreed, "not-delivered", {"reason_code": "progression"})
    assert (told["status"], told["not_delivered_reason"]) == ("not_delivered", "progression")


def test_a_plan_waits_until_the_patient_was_told(surgeon, free):
    held = act(surgeon, free, "hold", {"note": "She is told on Friday"})
    assert [each["lifted_at"] for each in held["holds"] if each["note"]] == [None]
    on = str(timezone.localdate())
    assert "on hold" in refused(surgeon, held, "start", {"on": on}, code=409)["detail"]
    again = act(surgeon, held, "lift", {"kind": "patient_not_told"})
    assert all(each["lifted_at"] for each in again["holds"])
    assert act(surgeon, again, "start", {"on": on})["status"] == "in_progress"
