"""The pages on which a treatment's delivery is recorded, and the list of treatments to come."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from tests import factories
from tests.treatments.pages import text_of, url
from tests.treatments.plans import agreed, proposed
from treatments import services
from treatments.models import Delivery, Hold, Plan
from treatments.services import DeliveryDetails

pytestmark = pytest.mark.django_db

STEPS = ("schedule", "begun", "given", "changed", "not-given")


@pytest.fixture
def plan(episode, surgeon):
    return agreed(episode, surgeon)


@pytest.fixture
def to_come():
    return reverse("treatments:deliveries")


def at(plan, place, step):
    return reverse("treatments:deliver", args=[plan.pk, place, step])


def today():
    return timezone.localdate().isoformat()


def test_a_treatment_is_scheduled_then_given_and_its_plan_says_so(sign_in, plan, surgeon):
    client = sign_in(surgeon)
    ahead = timezone.localdate() + timedelta(days=9)
    client.post(at(plan, 2, "schedule"), {"version": "0", "on": ahead.isoformat(), "note": "Theatre 3"})
    page = text_of(client.get(url("plan", plan)))
    assert f"For {ahead.day} {ahead:%b %Y} Theatre 3" in page
    data = {"version": "1", "started_on": today(), "margin": "R0", "complications": "II", "note": ""}
    page = text_of(client.post(at(plan, 2, "given"), data, follow=True))
    assert "Recorded: given." in page
    assert "R0, microscopically clear Complications: grade II" in page
    assert "Plan in progress" in page


def test_what_was_given_otherwise_is_said_with_what_and_why(sign_in, plan, surgeon):
    data = {
        "version": "0",
        "modality": "surgery",
        "procedure": "amputation",
        "started_on": today(),
        "reason_code": "other",
        "note": "The vessels were encased.",
    }
    page = text_of(sign_in(surgeon).post(at(plan, 2, "changed"), data, follow=True))
    assert "Given otherwise than agreed" in page
    assert "Given instead: Amputation" in page
    assert "Other The vessels were encased." in page


BAD = {
    ("schedule", "past"): ({"on": "2020-01-01"}, "The date is in the past"),
    ("begun", "no date"): ({"started_on": ""}, "on is needed"),
    ("given", "future"): ({"started_on": "2999-01-01"}, "The date is in the future"),
    ("given", "no end"): ({"started_on": timezone.localdate().isoformat()}, "Give the day on which it ended"),
    ("changed", "nothing instead"): ({"modality": ""}, "Given instead is needed"),
    ("not-given", "no reason"): ({"reason_code": ""}, "Why it was not given is needed"),
    ("not-given", "no such reason"): ({"reason_code": "mood"}, "Choose from the list"),
}


@pytest.mark.parametrize(("step", "case"), BAD)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(sign_in, plan, surgeon, step, case):
    change, words = BAD[step, case]
    response = sign_in(surgeon).post(at(plan, 1, step), {"version": "0", "note": "Typed words"} | change)
    assert response.status_code == 400
    assert words in text_of(response)
    assert "Typed words" in response.content.decode()
    assert not Delivery.objects.exists()


def test_a_colleagues_entry_is_shown_beside_what_was_typed(sign_in, plan, surgeon):
    client = sign_in(surgeon)
    ahead = [timezone.localdate() + timedelta(days=days) for days in (3, 5)]
    for day in ahead:
        response = client.post(at(plan, 1, "schedule"), {"version": "0", "on": day.isoformat(), "note": ""})
    assert response.status_code == 409
    page = response.content.decode()
    assert "changed this while you were typing" in page
    assert ahead[1].isoformat() in page
    assert Delivery.objects.get().scheduled_on == ahead[0]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "role", [Role.SURGEON, Role.COORDINATOR, Role.PATHOLOGIST, Role.MANAGER, Role.OBSERVER]
)
def test_a_step_opens_for_the_roles_that_record_delivery(sign_in, plan, team, role, step):
    response = sign_in(factories.member(role, team)).get(at(plan, 1, step))
    assert response.status_code == (200 if Permission.DELIVER_PLAN in ROLE_PERMISSIONS[role] else 403)


def test_what_is_not_there_is_not_found(sign_in, plan, surgeon):
    elsewhere = factories.member(Role.SURGEON, factories.team())
    assert sign_in(elsewhere).get(at(plan, 1, "given")).status_code == 404
    client = sign_in(surgeon)
    for place, step in ((0, "given"), (3, "given"), (1, "eaten")):
        assert client.get(at(plan, place, step)).status_code == 404


def test_a_step_that_the_state_does_not_allow_is_answered_409(sign_in, episode, plan, surgeon):
    client = sign_in(surgeon)
    assert client.get(at(plan, 1, "stopped")).status_code == 409
    assert client.get(at(plan, 2, "result")).status_code == 409
    other = proposed(factories.episode_with_facts(episode.case.team), surgeon)
    response = client.get(at(other, 1, "schedule"))
    assert response.status_code == 409
    assert "only the treatments of an agreed plan are delivered" in text_of(response)


def test_the_margin_is_added_on_a_plan_that_is_completed(sign_in, plan, surgeon):
    client = sign_in(surgeon)
    given = {"started_on": timezone.localdate(), "ended_on": timezone.localdate()}
    for line in plan.treatments.all():
        details = DeliveryDetails("given", **given)
        services.record_delivery(treatment=line, details=details, version=None, by=surgeon)
    assert "Margin and complications" in text_of(client.get(url("plan", plan)))
    data = {"version": "1", "margin": "R1", "complications": "none"}
    page = text_of(client.post(at(plan, 2, "result"), data, follow=True))
    assert "R1, microscopic residual Complications: none" in page


def test_the_list_shows_what_is_still_to_come_and_when_it_is_due(sign_in, plan, surgeon, to_come):
    client = sign_in(surgeon)
    page = text_of(client.get(to_come))
    assert "2 treatments of agreed plans" in page
    assert "a date to be given by then" in page
    services.schedule_treatment(
        treatment=plan.treatments.first(), on=timezone.localdate(), version=None, by=surgeon
    )
    assert "due today" in text_of(client.get(to_come))
    assert "After the treatment before it" in text_of(client.get(to_come))


def test_the_list_is_narrowed_by_state_and_kind_and_says_when_nothing_fits(sign_in, plan, surgeon, to_come):
    client = sign_in(surgeon)
    assert "1 treatment of agreed plans" in text_of(client.get(to_come, {"modality": "surgery"}))
    assert "No treatment that fits" in text_of(client.get(to_come, {"state": "overdue"}))
    Plan.objects.update(agreed_at=timezone.now() - timedelta(days=40))
    assert "2 treatments" in text_of(client.get(to_come, {"state": "overdue"}))
    assert "2 treatments" in text_of(client.get(to_come, {"state": "mood", "order": "mood"}))


def test_the_list_says_what_is_on_hold_until_the_hold_is_lifted(sign_in, plan, surgeon, to_come):
    Plan.objects.update(agreed_at=timezone.now() - timedelta(days=40))
    services.place_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, by=surgeon)
    client = sign_in(surgeon)
    assert text_of(client.get(to_come)).count("On hold A second opinion is awaited") == 2
    services.lift_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, by=surgeon)
    assert "On hold" not in text_of(client.get(to_come))


def test_the_list_does_not_call_a_plan_overdue_that_began_before_treatments_were_recorded(
    sign_in, plan, surgeon, to_come
):
    Plan.objects.update(agreed_at=timezone.now() - timedelta(days=400), status="in_progress")
    client = sign_in(surgeon)
    page = text_of(client.get(to_come))
    assert page.count("The plan began before each treatment was recorded") == 2
    assert "late" not in page
    assert "No treatment that fits" in text_of(client.get(to_come, {"state": "overdue"}))


@pytest.mark.parametrize("order", ["due", "agreed", "case"])
def test_a_long_list_is_paged_and_keeps_its_filters(sign_in, plan, surgeon, to_come, team, order):
    for _ in range(13):
        agreed(factories.episode_with_facts(team), surgeon)
    response = sign_in(surgeon).get(to_come, {"order": order})
    assert "Page 1 of 2" in text_of(response)
    assert f"order={order}&amp;page=2" in response.content.decode()


def test_another_teams_treatments_are_not_on_the_list(sign_in, plan, to_come):
    elsewhere = factories.member(Role.SURGEON, factories.team())
    page = text_of(sign_in(elsewhere).get(to_come))
    assert "Every treatment of the agreed plans is recorded." in page


def test_the_list_and_the_plan_cost_the_same_however_many_treatments(sign_in, plan, surgeon, to_come, team):
    client = sign_in(surgeon)

    def counted(address):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    few = counted(to_come), counted(url("plan", plan))
    for _ in range(5):
        agreed(factories.episode_with_facts(team), surgeon)
    for line in plan.treatments.all():
        services.schedule_treatment(treatment=line, on=timezone.localdate(), version=None, by=surgeon)
    assert (counted(to_come), counted(url("plan", plan))) == few
    assert max(few) <= 15


def test_who_looked_at_the_list_is_recorded(sign_in, plan, surgeon, to_come):
    sign_in(surgeon).get(to_come)
    assert Read.objects.get(view="treatments:deliveries").patient_ids == [plan.episode.case.patient_id]


def test_a_hospital_system_reads_what_became_of_each_treatment(sign_in, plan, surgeon):
    details = DeliveryDetails("given", started_on=timezone.localdate(), margin="R1")
    line = plan.treatments.last()
    services.record_delivery(treatment=line, details=details, version=None, by=surgeon)
    told = sign_in(surgeon).get(reverse("api:plan-detail", args=[plan.pk])).json()["deliveries"]
    assert [(each["treatment"], each["status"], each["margin"]) for each in told] == [(1, "given", "R1")]
    assert told[0]["reason_code"] is None
