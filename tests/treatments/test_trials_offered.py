"""TRIAL-1: what the register of trials offers is frozen with a check, and holds up no plan."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import Role
from cases.services import patients
from tests import factories
from tests.treatments.guidances import guidance
from tests.treatments.plans import AMPUTATION, change_facts, everyone, give_reason, proposed
from tests.trials import pairs
from treatments import services
from treatments.services.content import MOST_TRIALS
from trials.models import Match

pytestmark = pytest.mark.django_db


def offer(episode, unknown=0, **fields):
    """An open trial that may fit."""
    trial = pairs.trial(**fields)
    result = "may_fit_if" if unknown else "may_fit"
    Match.objects.create(episode=episode, trial=trial, result=result, unknown=unknown, criteria_number=1)
    return trial


def offered(judged):
    return [each["trial"] for each in judged.findings if each["rule"] == "TRIAL-1"]


def test_a_check_names_the_open_trials_most_worth_asking(episode, surgeon):
    numbers = {n: f"NCT0000000{n}" for n in range(1, 8)}
    for unknown in (6, 3, 1, 5, 2, 4, 7):
        offer(episode, unknown, nct=numbers[unknown])
    offer(episode, status="COMPLETED", nct="NCT00000009")
    check = proposed(episode, surgeon, AMPUTATION).checks.latest("id")
    assert offered(check) == [numbers[n] for n in range(1, MOST_TRIALS + 1)]
    finding = next(each for each in check.findings if each["rule"] == "TRIAL-1")
    assert (finding["severity"], finding["treatment"]) == ("advice", None)
    assert "may fit this case" in finding["message"]


def test_a_plan_that_names_a_trial_is_told_of_no_other(episode, surgeon):
    offer(episode)
    plan = proposed(episode, surgeon, AMPUTATION, trial="HEART-1")
    assert offered(plan.checks.latest("id")) == []


def test_nothing_is_offered_after_a_death(episode, surgeon, team):
    offer(episode)
    patients.record_death(
        patient=episode.case.patient, died_on=None, by=factories.member(Role.COORDINATOR, team)
    )
    assert services.trials_for(episode) == ()


def test_a_trial_that_opens_after_the_check_voids_no_answer_and_agreement_freezes_it(episode, surgeon, team):
    plan = proposed(episode, surgeon, AMPUTATION)
    give_reason(plan, surgeon)
    offer(episode, nct="NCT00000001")
    answered = plan.checks.latest("id")
    assert services.judge_plan(plan, trials=services.trials_for(episode)).same_as(answered)
    assert services.obstacles(plan, answered, everyone(team)) == []
    agreed = services.agree_plan(plan=plan, present=everyone(team), by=surgeon)
    assert (offered(answered), offered(agreed)) == ([], ["NCT00000001"])


def test_facts_that_changed_still_void_a_check(episode, surgeon):
    offer(episode)
    plan = proposed(episode, surgeon, AMPUTATION)
    change_facts(episode, size_mm=30)
    plan.refresh_from_db()
    assert not services.judge_plan(plan).same_as(plan.checks.latest("id"))


def test_what_the_register_offers_is_no_change_of_the_guidance(episode, surgeon, team):
    trial = offer(episode, nct="NCT00000001")
    with guidance("2017.1", without={"SURG-2", "OPINION-1"}):
        proposed(episode, surgeon, AMPUTATION)
    with guidance("2017.1"):
        other = factories.episode_with_facts(team)
        offer(other, nct="NCT00000002")
        proposed(other, surgeon, AMPUTATION)
    Match.objects.filter(trial=trial).delete()
    run = services.keep_up(team=team)
    services.recheck(run_id=run.pk)
    found = run.plans.get()
    assert {each["rule"] for each in found.added} == {"SURG-2", "OPINION-1"}
    assert found.removed == []


def test_the_page_of_a_plan_shows_them_for_one_statement(client, episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    address = reverse("treatments:plan", args=[plan.pk])
    client.force_login(surgeon)
    client.get(address)
    with CaptureQueriesContext(connection) as none:
        assert "An open trial that may fit" not in client.get(address).content.decode()
    for n in range(3):
        offer(episode, n, short_name=f"A trial {n}")
    with CaptureQueriesContext(connection) as three:
        shown = client.get(address).content.decode()
    assert [f"A trial {n}" in shown for n in range(3)] == [True, True, True]
    assert shown.count("TRIAL-1") >= 3
    assert len(three) == len(none)
