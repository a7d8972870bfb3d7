"""When the guidance changes: which plans are looked at, what is noted of them, and that nothing agreed is rewritten."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Event
from tests import factories
from tests.treatments.guidances import guidance
from tests.treatments.plans import AMPUTATION, agreed, content, give_reason, proposed
from treatments import services, tasks
from treatments.models import Check, Plan, Recheck, RecheckedPlan, SeenChange
from treatments.services import rechecking
from treatments.workflow import PlanStatus, RecheckStatus

pytestmark = pytest.mark.django_db
SPARED = {"SURG-2", "OPINION-1"}


@contextmanager
def before():
    """The guidance before it said anything about amputations."""
    with guidance("2017.1", without=SPARED):
        yield


@pytest.fixture
def amputation(episode, surgeon):
    """A plan agreed when nothing spoke against it; today's guidance asks for a reason."""
    with before():
        return agreed(episode, surgeon, AMPUTATION)


def run_through(team):
    """The run that a change of the guidance starts, worked on to its end."""
    run = services.keep_up(team=team)
    if run is not None:
        services.recheck(run_id=run.pk)
        run.refresh_from_db()
    return run


def many_amputations(team, by, how_many):
    with before():
        return [proposed(factories.episode_with_facts(team), by, AMPUTATION) for _ in range(how_many)]


# Which plans


def test_a_plan_whose_verdict_changed_is_listed_with_what_is_new(amputation, team):
    run = run_through(team)
    assert (run.status, run.total, run.done, run.changed) == ("finished", 1, 1, 1)
    assert (run.version_from, run.cause) == ("2017.1", "guidance")
    found = run.plans.get()
    assert (found.plan, found.old_verdict, found.new_verdict) == (amputation, "concordant", "needs_reason")
    assert {(each["rule"], each["severity"]) for each in found.added} == {
        ("SURG-2", "deviation"),
        ("OPINION-1", "advice"),
    }
    assert found.removed == []
    assert found.result["verdict"] == "needs_reason"


def test_a_finding_that_is_gone_is_told_too(episode, surgeon, team):
    plan = proposed(episode, surgeon, AMPUTATION)
    with guidance("2031.1", without=SPARED):
        run_through(team)
    found = RecheckedPlan.objects.get(plan=plan)
    assert (found.old_verdict, found.new_verdict) == ("needs_reason", "concordant")
    assert {each["rule"] for each in found.removed} == SPARED


def test_a_plan_of_which_the_guidance_says_the_same_is_looked_at_and_not_listed(episode, surgeon, team):
    with guidance("2017.1"):
        proposed(episode, surgeon)
    run = run_through(team)
    assert (run.done, run.changed, run.plans.count()) == (1, 0, 0)


def test_a_new_finding_under_the_same_verdict_is_listed_and_not_counted_as_changed(episode, surgeon, team):
    treatments = content(AMPUTATION, AMPUTATION).treatments
    with guidance("2017.1"):
        plan = proposed(episode, surgeon, *treatments)
    made = plan.checks.first()
    fewer = [each for each in made.result["findings"] if each["treatment"] != 1]
    Check.objects.create(
        **{
            field.name: getattr(made, field.name)
            for field in Check._meta.concrete_fields
            if field.name not in ("id", "made_at", "result")
        },
        result=made.result | {"findings": fewer},
    )
    run = run_through(team)
    assert run.changed == 0
    found = run.plans.get()
    assert found.old_verdict == found.new_verdict == "needs_reason"
    assert [(each["rule"], each["treatment"]) for each in found.added] == [("SURG-2", 1)]


@pytest.mark.parametrize("status", PlanStatus.values)
def test_open_plans_are_looked_at_and_no_others(status, amputation, team):
    reason = "died" if status == "not_delivered" else ""
    if status == "draft":
        with before():
            services.draft_plan(
                episode=factories.episode_with_facts(team),
                content=content(AMPUTATION),
                by=amputation.proposed_by,
            )
        amputation.status = "superseded"
    else:
        amputation.status, amputation.not_delivered_reason = status, reason
    amputation.save()
    run = services.start_recheck(team=team, by=amputation.proposed_by)
    services.recheck(run_id=run.pk)
    run.refresh_from_db()
    assert run.done == (1 if status in ("proposed", "agreed", "in_progress") else 0)


def test_a_change_of_the_record_is_not_taken_for_a_change_of_the_guidance(episode, surgeon, team):
    with guidance("2017.1"):
        agreed(episode, surgeon)
    episode.facts = episode.facts | {"m": "M1", "metastatic_sites": ["lung"]}
    episode.save()
    assert run_through(team).plans.count() == 0


def test_what_can_no_longer_be_checked_is_listed_with_why(amputation, team):
    made = amputation.checks.first()
    Check.objects.create(
        plan=amputation,
        guidance_version="2016.1",
        scope="soft_tissue",
        verdict="concordant",
        case_facts=made.case_facts | {"grade": "G9"},
        plan_content=made.plan_content,
        facts_hash=made.facts_hash,
        result=made.result,
    )
    found = run_through(team).plans.get()
    assert found.new_verdict == ""
    assert "grade" in " ".join(found.result["refused"])


def test_another_teams_plans_are_left_to_their_own_run(amputation, team):
    assert run_through(factories.team()) is None
    assert run_through(team).done == 1


# Nothing agreed is rewritten


def test_the_check_the_answers_and_the_plan_stay_as_they_were(episode, surgeon, team):
    with before():
        plan = agreed(episode, surgeon, AMPUTATION)
    rows = [list(model.objects.order_by("pk").values()) for model in (Plan, Check)]
    run_through(team)
    assert [list(model.objects.order_by("pk").values()) for model in (Plan, Check)] == rows
    assert services.newest_check(plan).guidance_version.startswith("2017.1")


def test_a_proposed_plan_is_agreed_only_after_someone_checks_it_again(episode, surgeon, team):
    from tests.treatments.plans import everyone

    with before():
        plan = proposed(episode, surgeon, AMPUTATION)
    run_through(team)
    with pytest.raises(services.PlanNotAgreed, match="guidance changed"):
        services.agree_plan(plan=plan, present=everyone(team), by=surgeon)
    services.make_check(plan=plan, by=surgeon)
    give_reason(plan, surgeon)
    services.agree_plan(plan=plan, present=everyone(team), by=surgeon)


def test_an_answer_that_was_given_stands_where_its_finding_is_the_same(episode, surgeon, team):
    with guidance("2017.1"):
        plan = proposed(episode, surgeon, AMPUTATION)
        give_reason(plan, surgeon)
    run_through(team)
    check = services.make_check(plan=plan, by=surgeon)
    answers = services.standing(check, services.responses_of(plan))
    assert not [each for each in answers if each.is_owed]


# When a run starts, and that it can be repeated


def test_no_run_starts_while_every_plan_has_met_the_guidance(episode, surgeon, team):
    proposed(episode, surgeon)
    assert services.keep_up(team=team) is None


def test_a_change_starts_one_run_and_only_one(amputation, team):
    assert run_through(team).status == "finished"
    assert services.keep_up(team=team) is None
    assert Recheck.objects.count() == 1


def test_the_next_change_is_compared_with_what_is_known_since(amputation, team):
    run_through(team)
    with guidance("2031.1"):
        assert run_through(team).plans.count() == 0
    with guidance("2032.1", without=SPARED):
        found = run_through(team).plans.get()
    assert (found.old_verdict, found.new_verdict) == ("needs_reason", "concordant")


def test_a_plan_checked_again_by_a_person_is_compared_with_that_check(episode, surgeon, team):
    with before():
        plan = proposed(episode, surgeon, AMPUTATION)
    run_through(team)
    services.make_check(plan=plan, by=surgeon)
    with guidance("2031.1"):
        assert run_through(team).plans.count() == 0


def test_a_task_that_runs_twice_notes_each_plan_once(amputation, team):
    run = run_through(team)
    for _ in range(2):
        tasks.recheck_plans(run.pk)
    run.refresh_from_db()
    assert (run.done, run.plans.count()) == (1, 1)


def test_batches_go_by_id_and_each_is_kept_by_itself(team, surgeon, monkeypatch):
    many_amputations(team, surgeon, 5)
    monkeypatch.setattr(rechecking, "BATCH", 2)
    run = services.keep_up(team=team)
    seen = []
    while services.recheck_batch(run_id=run.pk):
        run.refresh_from_db()
        seen.append((run.done, run.changed))
    assert seen == [(2, 2), (4, 4), (5, 5)]


def test_a_run_killed_between_batches_goes_on_where_it_was(team, surgeon, monkeypatch):
    plans = many_amputations(team, surgeon, 5)
    monkeypatch.setattr(rechecking, "BATCH", 2)
    run = services.keep_up(team=team)
    services.recheck_batch(run_id=run.pk)
    Recheck.objects.update(worked_at=timezone.now() - timedelta(minutes=6))
    tasks.keep_up_with_guidance()
    run.refresh_from_db()
    assert (run.status, run.done, run.changed) == ("finished", 5, 5)
    assert sorted(run.plans.values_list("plan_id", flat=True)) == [plan.pk for plan in plans]


def test_a_batch_that_dies_leaves_no_half(team, surgeon, monkeypatch):
    many_amputations(team, surgeon, 3)
    run = services.keep_up(team=team)
    monkeypatch.setattr(rechecking, "Now", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.recheck_batch(run_id=run.pk)
    run.refresh_from_db()
    assert (run.done, run.plans.count(), run.is_running) == (0, 0, True)


def test_a_run_that_works_is_left_alone_by_the_sweeper(amputation, team, monkeypatch):
    services.keep_up(team=team)
    queued = []
    monkeypatch.setattr(tasks.recheck_plans, "delay", queued.append)
    tasks.keep_up_with_guidance()
    assert queued == []


def test_the_sweeper_starts_what_a_change_asks_for(amputation, team, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        tasks.keep_up_with_guidance()
    assert Recheck.objects.get(team=team).status == "finished"


def test_guidance_that_changes_again_overtakes_the_run(team, surgeon, monkeypatch):
    many_amputations(team, surgeon, 3)
    monkeypatch.setattr(rechecking, "BATCH", 2)
    first = services.keep_up(team=team)
    services.recheck_batch(run_id=first.pk)
    with guidance("2031.1"):
        services.recheck(run_id=first.pk)
        second = Recheck.objects.get(status=RecheckStatus.RUNNING)
        services.recheck(run_id=second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.changed) == ("overtaken", 2)
    assert (second.status, second.changed, second.done) == ("finished", 1, 3)


def test_a_fault_ends_the_run_with_its_kind_and_no_detail(amputation, team, monkeypatch):
    run = services.keep_up(team=team)
    monkeypatch.setattr(rechecking, "judge", lambda *_: {}["8890/3"])
    tasks.recheck_plans.apply(args=[run.pk], throw=False)
    run.refresh_from_db()
    assert (run.status, run.problem) == ("failed", "KeyError")


def test_a_run_that_a_fault_ended_is_tried_again_a_few_times(amputation, team, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(rechecking, "judge", lambda *_: {}["8890/3"])
        for _ in range(3):
            run = services.keep_up(team=team)
            tasks.recheck_plans.apply(args=[run.pk], throw=False)
        assert services.keep_up(team=team) is None
    assert list(Recheck.objects.values_list("status", "cause")) == [("failed", "guidance")] * 3


def test_a_fault_that_passed_leaves_no_plan_unlooked_at(team, surgeon, monkeypatch):
    many_amputations(team, surgeon, 3)
    monkeypatch.setattr(rechecking, "BATCH", 1)
    judge, judged = rechecking.judge, []

    def fails_at_the_second(*given):
        judged.append(given)
        return {}["8890/3"] if len(judged) == 2 else judge(*given)

    monkeypatch.setattr(rechecking, "judge", fails_at_the_second)
    tasks.recheck_plans.apply(args=[services.keep_up(team=team).pk], throw=False)
    tasks.recheck_plans.apply(args=[services.keep_up(team=team).pk], throw=False)
    assert [run.status for run in Recheck.objects.order_by("id")] == ["failed", "finished"]
    assert RecheckedPlan.objects.all().standing().count() == 3
    assert services.keep_up(team=team) is None


def test_a_lost_database_is_tried_again():
    assert OperationalError in tasks.RecheckTask.autoretry_for


# Who may


@pytest.mark.parametrize("role", [role for role in Role if role not in ORGANISATION_ROLES])
def test_a_run_is_started_by_the_roles_that_the_permission_table_names(role, team):
    person = factories.member(role, team)
    if Permission.RECHECK_PLANS in ROLE_PERMISSIONS[role]:
        assert services.start_recheck(team=team, by=person).started_by == person
    else:
        with pytest.raises(PermissionDenied):
            services.start_recheck(team=team, by=person)


def test_a_second_request_joins_the_run_under_way(amputation, team, surgeon):
    first = services.start_recheck(team=team, by=surgeon)
    assert services.start_recheck(team=team, by=surgeon) == first


def test_a_run_and_its_end_are_recorded(amputation, team, surgeon):
    run = services.start_recheck(team=team, by=surgeon)
    services.recheck(run_id=run.pk)
    events = Event.objects.filter(target_type="treatments.recheck", target_id=run.pk).order_by("id")
    assert [event.type for event in events] == ["recheck.started", "recheck.ended"]
    assert events[1].data == {"state": "finished", "plans": 1, "changed": 1}


# Noted


@pytest.fixture
def changed(amputation, team):
    run_through(team)
    return RecheckedPlan.objects.get()


def test_who_noted_a_change_first_is_kept(changed, team, surgeon):
    second = factories.member(Role.ONCOLOGIST, team)
    assert services.see_changes(rechecked=[changed], by=surgeon) == 1
    assert services.see_changes(rechecked=[changed], by=second) == 0
    assert SeenChange.objects.get().by == surgeon


def test_noting_a_change_is_recorded_once_and_on_its_case(changed, team, surgeon):
    for by in (surgeon, factories.member(Role.ONCOLOGIST, team)):
        services.see_changes(rechecked=[changed], by=by)
    event = Event.objects.get(type="recheck.seen")
    assert (event.by, event.case_id) == (surgeon, changed.plan.episode.case_id)


def test_a_change_is_noted_only_by_those_who_may(changed, team):
    with pytest.raises(PermissionDenied):
        services.see_changes(rechecked=[changed], by=factories.member(Role.PATHOLOGIST, team))


def standing():
    return RecheckedPlan.objects.all().standing().count()


def test_a_change_stands_until_the_plan_is_checked_again_or_closed(changed, surgeon):
    assert standing() == 1
    plan = changed.plan
    plan.status = "proposed"
    plan.save()
    services.make_check(plan=plan, by=surgeon)
    assert standing() == 0


def test_a_change_of_a_plan_that_is_over_no_longer_stands(changed):
    changed.plan.status = "completed"
    changed.plan.save()
    assert standing() == 0
