"""Two workers on one run, and two people who ask at once: each plan is looked at once, and one run does it."""

import pytest

from accounts.permissions import Role
from audit.models import Event
from tests import factories
from tests.cases.test_at_once import at_once
from tests.treatments.guidances import guidance
from tests.treatments.plans import AMPUTATION, proposed
from treatments import services
from treatments.models import Recheck, RecheckedPlan, SeenChange
from treatments.services import rechecking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def surgeon(team):
    return factories.member(Role.SURGEON, team)


@pytest.fixture
def plans(team, surgeon):
    with guidance("2017.1", without={"SURG-2", "OPINION-1"}):
        return [proposed(factories.episode_with_facts(team), surgeon, AMPUTATION) for _ in range(9)]


@pytest.fixture
def nobody_works(monkeypatch):
    """The run is queued, and no worker takes it yet."""
    from treatments import tasks

    monkeypatch.setattr(tasks.recheck_plans, "delay", lambda run_id: None)


def test_two_workers_on_one_run_look_at_each_plan_once(plans, team, surgeon, nobody_works, monkeypatch):
    monkeypatch.setattr(rechecking, "BATCH", 2)
    run = services.start_recheck(team=team, by=surgeon)

    def work():
        services.recheck(run_id=run.pk)

    at_once(work, work)
    run.refresh_from_db()
    assert (run.status, run.done, run.changed) == ("finished", 9, 9)
    assert sorted(run.plans.values_list("plan_id", flat=True)) == [plan.pk for plan in plans]


def test_people_who_ask_at_once_get_one_run(plans, team, surgeon, nobody_works):
    def ask():
        return services.start_recheck(team=team, by=surgeon).pk

    assert len(set(at_once(ask, ask, ask))) == 1
    assert Recheck.objects.count() == 1


def test_people_who_note_a_change_at_once_leave_one_name_and_one_event(plans, team, surgeon):
    services.start_recheck(team=team, by=surgeon)
    rows = list(RecheckedPlan.objects.all())
    people = [surgeon, factories.member(Role.ONCOLOGIST, team)]

    def note(by):
        return lambda: services.see_changes(rechecked=rows, by=by)

    assert sorted(at_once(*map(note, people))) == [0, 9]
    assert SeenChange.objects.count() == Event.objects.filter(type="recheck.seen").count() == 9


def test_without_a_broker_the_run_stands_for_the_sweeper(plans, team, surgeon, monkeypatch):
    from treatments import tasks

    def away(run_id):
        raise ConnectionError

    monkeypatch.setattr(tasks.recheck_plans, "delay", away)
    assert services.start_recheck(team=team, by=surgeon).is_running
    assert Recheck.objects.get().is_running


def test_asking_does_the_work_once_it_is_saved(plans, team, surgeon):
    services.start_recheck(team=team, by=surgeon)
    assert Recheck.objects.get().status == "finished"
