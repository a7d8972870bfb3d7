"""Proposing, replacing and following a plan to its end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.permissions import Role
from cases.workflow import CaseStatus
from tests import factories
from tests.treatments.pages import RADIATION, in_state, text_of, typed, url
from tests.treatments.plans import (
    AMPUTATION,
    agreed,
    content,
    give_reason,
    proposed,
)
from treatments import services
from treatments.models import Hold, Plan
from treatments.workflow import PlanStatus

pytestmark = pytest.mark.django_db


# Steps


def test_proposing_says_what_it_does_and_is_confirmed(sign_in, episode, draft, surgeon):
    proposed(episode, surgeon)
    client = sign_in(surgeon)
    words = text_of(client.get(url("propose", draft)))
    assert "its content is fixed" in words
    assert "Plan 2 is proposed already. This plan takes its place." in words
    client.post(url("propose", draft), {"version": "1"})
    draft.refresh_from_db()
    assert draft.status == PlanStatus.PROPOSED


@pytest.mark.parametrize("page", ["propose", "discard"])
def test_a_confirmation_given_on_an_old_version_is_refused(sign_in, draft, surgeon, page):
    services.change_plan(plan=draft, version=1, content=content(AMPUTATION), by=surgeon)
    response = sign_in(surgeon).post(url(page, draft), {"version": "1"})
    assert response.status_code == 409
    assert "changed this plan meanwhile" in text_of(response)
    draft.refresh_from_db()
    assert draft.status == PlanStatus.DRAFT


def test_a_proposed_plan_is_replaced_from_its_own_content(sign_in, episode, surgeon):
    old = proposed(episode, surgeon, AMPUTATION)
    give_reason(old, surgeon)
    client = sign_in(surgeon)
    page = client.get(url("replace", old)).content.decode()
    assert 'value="amputation" selected' in page
    assert "The vessels are encased." in page
    line = {"modality": "surgery", "procedure": "amputation"}
    response = client.post(url("replace", old), typed(RADIATION, line), follow=True)
    replacement = Plan.objects.get(number=2)
    assert replacement.replaces == old
    assert "Reason given" in text_of(response)
    assert client.get(url("replace", old))["Location"] == url("plan", replacement)


def test_a_plan_goes_its_way_from_start_to_end(sign_in, episode, surgeon):
    plan = agreed(episode, surgeon)
    case = episode.case
    case.status = CaseStatus.PLANNED
    case.save()
    client = sign_in(surgeon)
    today = timezone.localdate().isoformat()
    client.post(url("start", plan), {"version": str(plan.version), "on": today})
    plan.refresh_from_db()
    assert plan.status == PlanStatus.IN_PROGRESS
    data = {"version": str(plan.version), "on": today, "g-0-given": "on", "g-0-started_on": today}
    assert "Give the day on which it ended" in text_of(client.post(url("complete", plan), data))
    data["g-0-ended_on"] = today
    response = client.post(url("complete", plan), data)
    assert "If not, choose why" in text_of(response)
    response = client.post(url("complete", plan), data | {"g-1-reason_code": "unfit"}, follow=True)
    assert "Recorded: Plan 1 is completed." in text_of(response)
    assert episode.treatments_given.get().modality == "radiotherapy"


def test_the_start_is_refused_while_a_hold_stands_and_says_which(sign_in, episode, surgeon):
    plan = agreed(episode, surgeon)
    client = sign_in(surgeon)
    client.post(url("hold", plan), {"note": "Clinic on Friday"})
    assert "On hold: the patient has not been told." in text_of(client.get(url("plan", plan)))
    plan.refresh_from_db()
    data = {"version": str(plan.version), "on": timezone.localdate().isoformat()}
    response = client.post(url("start", plan), data)
    assert response.status_code == 409
    assert "on hold" in text_of(response)
    client.post(url("lift", plan), {"kind": Hold.Kind.PATIENT_NOT_TOLD})
    data["version"] = str(plan.version + 1)
    assert client.post(url("start", plan), data).status_code == 302


@pytest.mark.parametrize("kind", ["", "mood"])
def test_a_hold_of_no_known_kind_is_not_found(sign_in, episode, surgeon, kind):
    plan = proposed(episode, surgeon)
    assert sign_in(surgeon).post(url("lift", plan), {"kind": kind}).status_code == 404


BAD_STEPS = {
    ("start", "no date"): ({"on": ""}, "Treatment started on is needed"),
    ("start", "no such date"): ({"on": "2026-02-31"}, "Enter a date that exists"),
    ("start", "future"): (
        {"on": (timezone.localdate() + timedelta(days=2)).isoformat()},
        "The date is in the future",
    ),
    ("decline", "no words"): ({"reason": ""}, "Why the patient declined is needed"),
    ("decline", "too long"): ({"reason": "x" * 301}, "must be 300 characters or fewer"),
    ("not_delivered", "no reason"): ({"reason_code": ""}, "Why it was not delivered is needed"),
    ("not_delivered", "unknown"): ({"reason_code": "mood"}, "Choose from the list"),
    ("not_delivered", "other without words"): ({"reason_code": "other"}, "Write what the other reason is"),
    ("not_delivered", "dates without a tick"): (
        {"reason_code": "died", "g-0-started_on": "2026-11-01"},
        "Tick the treatment that has dates",
    ),
    ("complete", "nothing given"): (
        {"on": timezone.localdate().isoformat()},
        "Say which treatments were given",
    ),
    ("complete", "other without words"): (
        {
            "on": timezone.localdate().isoformat(),
            "g-0-given": "on",
            "g-0-started_on": timezone.localdate().isoformat(),
            "g-0-ended_on": timezone.localdate().isoformat(),
            "g-1-reason_code": "other",
        },
        "Write what the other reason is",
    ),
    ("complete", "given in the future"): (
        {"on": timezone.localdate().isoformat(), "g-0-given": "on", "g-0-started_on": "2999-01-01"},
        "future",
    ),
}


@pytest.mark.parametrize(("page", "case"), BAD_STEPS)
def test_a_step_with_bad_input_is_refused_at_its_field(sign_in, episode, surgeon, page, case):
    change, words = BAD_STEPS[page, case]
    plan = in_state("in_progress" if page == "complete" else "agreed", episode, surgeon)
    before = plan.status
    response = sign_in(surgeon).post(url(page, plan), {"version": str(plan.version)} | change)
    assert response.status_code == 400
    assert words in text_of(response)
    plan.refresh_from_db()
    assert plan.status == before


def test_a_plan_whose_treatment_a_colleague_recorded_meanwhile_says_who_did(sign_in, episode, surgeon, team):
    plan = agreed(episode, surgeon)
    colleague = factories.member(Role.SURGEON, team, user=factories.user(full_name="Dr Mary Meanwhile"))
    on = timezone.localdate() + timedelta(days=3)
    services.schedule_treatment(treatment=plan.treatments.first(), on=on, version=None, by=colleague)
    data = {"version": str(plan.version), "on": timezone.localdate().isoformat()}
    response = sign_in(surgeon).post(url("start", plan), data)
    assert response.status_code == 409
    assert "Dr Mary Meanwhile changed this plan meanwhile" in text_of(response)


@pytest.mark.parametrize("page", ["start", "decline", "not_delivered"])
def test_a_step_on_an_old_version_is_refused_and_shows_the_plan_as_it_is(sign_in, episode, surgeon, page):
    plan = agreed(episode, surgeon)
    data = {"version": "1", "on": timezone.localdate().isoformat(), "reason": "No.", "reason_code": "died"}
    response = sign_in(surgeon).post(url(page, plan), data)
    assert response.status_code == 409
    assert "changed this plan meanwhile" in text_of(response)
