"""A plan is agreed only when nothing stops it: each obstacle by itself, all at once, and in standard of care."""

from threading import Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit_services
from audit.models import Event
from cases.models import CaseEvent
from cases.models.case import CaseEventType
from tests import factories
from tests.treatments.local import in_force
from tests.treatments.plans import (
    AMPUTATION,
    METASTASECTOMY,
    RADIOTHERAPY,
    RESECTION,
    agreed,
    change_facts,
    content,
    everyone,
    give_reason,
    proposed,
)
from treatments import services
from treatments.models import Check, Hold
from treatments.presence import Present
from treatments.services import PlanNotAgreed, TreatmentContent, agree_plan, agreement, obstacles
from treatments.workflow import PlanStatus

pytestmark = pytest.mark.django_db

CHEMOTHERAPY = TreatmentContent("chemotherapy", timing="palliative")
SUPPORT = TreatmentContent("best_supportive_care")
SPREAD = {"m": "M1", "metastatic_sites": ["lung"]}


def refused(plan, present, by, **more):
    with pytest.raises(PlanNotAgreed) as error:
        agree_plan(plan=plan, present=present, by=by, **more)
    plan.refresh_from_db()
    return error.value.obstacles


def acknowledge(plan, by, rule, treatment):
    return services.answer_finding(
        plan=plan, rule=rule, treatment=treatment, kind="acknowledgement", text="Seen.", given_by=by, by=by
    )


def test_a_plan_against_which_nothing_speaks_is_agreed(episode, surgeon, team):
    plan = proposed(episode, surgeon)
    check = agree_plan(plan=plan, present=everyone(team), by=surgeon)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.AGREED
    assert plan.agreed_at
    assert check == services.newest_check(plan)
    event = Event.objects.get(type="plan.agreed")
    assert event.data == {"check": check.pk, "standard_of_care": False}
    assert CaseEvent.objects.filter(type=CaseEventType.DECIDED_TO_TREAT, case=episode.case).exists()


# One by one


def test_a_draft_is_not_agreed(episode, surgeon, team):
    plan = services.draft_plan(episode=episode, content=content(), by=surgeon)
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert (obstacle.kind, obstacle.who) == ("state", surgeon.full_name)


def test_a_plan_is_not_agreed_twice(episode, surgeon, team):
    plan = agreed(episode, surgeon)
    assert [obstacle.kind for obstacle in refused(plan, everyone(team), surgeon)] == ["state"]


def test_no_plan_of_a_patient_who_has_died_is_agreed(episode, surgeon, team):
    plan = proposed(episode, surgeon)
    patient = episode.case.patient
    patient.is_dead = True
    patient.save()
    assert [obstacle.kind for obstacle in refused(plan, everyone(team), surgeon)] == ["died"]


def test_a_plan_that_was_never_checked_is_not_agreed(team, surgeon):
    episode = factories.episode_with_facts(team, m="M0", metastatic_sites=["lung"])
    plan = proposed(episode, surgeon)
    change_facts(episode, metastatic_sites=[])
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert obstacle.kind == "stale"
    assert "never checked" in obstacle.text


def test_facts_that_changed_after_the_check_stop_agreement_and_are_named(episode, surgeon, team):
    plan = proposed(episode, surgeon)
    change_facts(episode, size_mm=95)
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert obstacle.kind == "stale"
    assert "(size)" in obstacle.text
    services.make_check(plan=plan, by=surgeon)
    assert agree_plan(plan=plan, present=everyone(team), by=surgeon)


def test_facts_that_changed_after_answering_stop_agreement_even_when_the_rule_fires_as_before(
    episode, surgeon, team
):
    plan = proposed(episode, surgeon, AMPUTATION)
    give_reason(plan, surgeon)
    change_facts(episode, age=55)
    assert [obstacle.kind for obstacle in refused(plan, everyone(team), surgeon)] == ["stale"]


def test_an_answer_given_on_other_facts_is_owed_again(team, surgeon):
    episode = factories.episode_with_facts(team)
    plan = proposed(episode, surgeon, TreatmentContent("active_monitoring"))
    give_reason(plan, surgeon, rule="SURG-1", treatment=None)
    change_facts(episode, performance_status=2)
    services.make_check(plan=plan, by=surgeon)
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert obstacle.kind == "deviation"
    assert "on other facts" in obstacle.text


def test_guidance_that_changed_after_the_check_stops_agreement(episode, surgeon, team, monkeypatch):
    plan = proposed(episode, surgeon)
    monkeypatch.setattr("treatments.guidance.check.GUIDANCE_VERSION", "2026.1")
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert obstacle.kind == "stale"
    assert "guidance changed" in obstacle.text


def test_a_contradiction_stops_agreement_whatever_is_answered(episode, surgeon, team):
    plan = proposed(episode, surgeon, RESECTION, METASTASECTOMY, named_surgeon=surgeon)
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert (obstacle.kind, obstacle.rule, obstacle.treatment) == ("contradiction", "SURG-5", 1)


@pytest.mark.parametrize("fact", ["morphology", "topography", "performance_status", "m", "size_mm", "grade"])
def test_a_missing_fact_stops_agreement_and_says_who_owes_it(team, surgeon, fact):
    episode = factories.episode_with_facts(team, **{fact: None})
    plan = proposed(episode, surgeon)
    found = [obstacle for obstacle in refused(plan, everyone(team), surgeon) if obstacle.fact == fact]
    assert [obstacle.kind for obstacle in found] == ["missing"]
    assert found[0].who.startswith("a ")


def test_a_fact_recorded_as_not_knowable_does_not_stop_agreement(team, surgeon):
    episode = factories.episode_with_facts(team, grade=None, not_known=["grade"])
    assert agree_plan(plan=proposed(episode, surgeon), present=everyone(team), by=surgeon)


def test_a_deviation_without_a_reason_stops_agreement(episode, surgeon, team):
    plan = proposed(episode, surgeon, AMPUTATION)
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert (obstacle.kind, obstacle.rule, obstacle.treatment) == ("deviation", "SURG-2", 0)
    assert surgeon.full_name in obstacle.who
    give_reason(plan, surgeon)
    assert agree_plan(plan=plan, present=everyone(team), by=surgeon)


def test_a_caution_without_an_acknowledgement_stops_agreement(team, surgeon):
    episode = factories.episode_with_facts(team, **SPREAD)
    plan = proposed(episode, surgeon, RESECTION, METASTASECTOMY, named_surgeon=surgeon)
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert (obstacle.kind, obstacle.rule) == ("caution", "SURG-4")
    acknowledge(plan, surgeon, "SURG-4", 1)
    assert agree_plan(plan=plan, present=everyone(team), by=surgeon)


def test_advice_stops_nothing(team, surgeon):
    episode = factories.episode_with_facts(team)
    plan = proposed(episode, surgeon, RESECTION)
    rules = {finding["rule"]: finding["severity"] for finding in services.newest_check(plan).findings}
    assert set(rules.values()) == {"advice"}
    assert agree_plan(plan=plan, present=everyone(team), by=surgeon)


def test_a_metastasectomy_needs_its_operating_specialist_named(team, surgeon):
    episode = factories.episode_with_facts(team, **SPREAD)
    plan = proposed(episode, surgeon, RESECTION, METASTASECTOMY)
    acknowledge(plan, surgeon, "SURG-4", 1)
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert (obstacle.kind, obstacle.need) == ("named_surgeon", "named_surgeon")


NEEDS = {
    "surgery": (RESECTION, "surgeon", "surgeon"),
    "radiotherapy": (RADIOTHERAPY, "oncologist", "radiotherapy"),
    "systemic treatment": (CHEMOTHERAPY, "oncologist", "systemic_treatment"),
    "support": (SUPPORT, "nurse_specialist", "palliative_or_nurse"),
}


@pytest.mark.parametrize("need", NEEDS)
def test_someone_whom_the_treatments_need_has_to_be_there(episode, surgeon, team, need):
    treatment, role, code = NEEDS[need]
    plan = proposed(episode, surgeon, RESECTION, treatment)
    present = everyone(team)
    found = refused(plan, tuple(person for person in present if person.role != role), surgeon)
    assert code in {obstacle.need for obstacle in found}
    named = {person.name for person in present if person.role == role}
    (obstacle,) = [obstacle for obstacle in found if obstacle.need == code]
    assert named & set(obstacle.who.split(", "))
    assert agree_plan(plan=plan, present=present, by=surgeon)


def test_where_nobody_in_the_team_could_come_it_says_to_ask_for_cover(episode, surgeon):
    plan = proposed(episode, surgeon)
    found = refused(plan, (Present(surgeon.pk, "", "surgeon"),), surgeon)
    assert [obstacle.who for obstacle in found] == ["nobody in this team: ask for cover"]


def test_a_record_that_does_not_fit_together_stops_agreement(episode, surgeon, team):
    plan = proposed(episode, surgeon)
    change_facts(episode, metastatic_sites=["lung"])
    (obstacle,) = refused(plan, everyone(team), surgeon)
    assert "does not fit together" in obstacle.text


def test_a_hold_does_not_stop_agreement(episode, surgeon, team):
    plan = proposed(episode, surgeon)
    services.place_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, by=surgeon)
    assert agree_plan(plan=plan, present=everyone(team), by=surgeon)


# All at once


def test_everything_that_is_missing_is_said_at_once_worst_first(team, surgeon):
    episode = factories.episode_with_facts(team, performance_status=None, **SPREAD)
    treatments = (AMPUTATION, METASTASECTOMY, RADIOTHERAPY, CHEMOTHERAPY, SUPPORT)
    plan = services.draft_plan(episode=episode, content=content(*treatments), by=surgeon)
    change_facts(episode, topography="C48.0")
    kinds = [obstacle.kind for obstacle in refused(plan, (), surgeon)]
    assert list(dict.fromkeys(kinds)) == [
        "state",
        "stale",
        "contradiction",
        "missing",
        "deviation",
        "caution",
        "named_surgeon",
        "presence",
    ]
    assert kinds.count("presence") == 4
    assert plan.status == PlanStatus.DRAFT


def test_obstacles_are_the_same_before_and_in_the_decision(episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION, RADIOTHERAPY)
    before = obstacles(plan, services.newest_check(plan), ())
    assert before == refused(plan, (), surgeon)


# Standard of care takes no contradiction, missing or deviation


def test_standard_of_care_takes_no_deviation_even_with_a_reason(episode, surgeon, team):
    plan = proposed(episode, surgeon, AMPUTATION)
    give_reason(plan, surgeon)
    (obstacle,) = refused(plan, everyone(team), surgeon, standard_of_care=True)
    assert obstacle.kind == "deviation"
    assert "Standard of care" in obstacle.text


def test_standard_of_care_takes_an_acknowledged_caution(team, surgeon):
    episode = factories.episode_with_facts(team, **SPREAD)
    plan = proposed(episode, surgeon, RESECTION, METASTASECTOMY, named_surgeon=surgeon)
    assert [each.kind for each in refused(plan, everyone(team), surgeon, standard_of_care=True)] == [
        "caution"
    ]
    acknowledge(plan, surgeon, "SURG-4", 1)
    assert agree_plan(plan=plan, present=everyone(team), standard_of_care=True, by=surgeon)


@pytest.mark.parametrize("facts", [{"performance_status": None}, {"m": None}])
def test_standard_of_care_takes_no_missing_fact(team, surgeon, facts):
    plan = proposed(factories.episode_with_facts(team, **facts), surgeon)
    assert "missing" in {each.kind for each in refused(plan, everyone(team), surgeon, standard_of_care=True)}


# What agreement does to other plans, and when it fails


def test_a_refusal_leaves_no_check_behind(episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    before = Check.objects.count()
    refused(plan, (), surgeon)
    assert Check.objects.count() == before
    assert plan.status == PlanStatus.PROPOSED


def test_without_its_event_nothing_is_agreed(episode, surgeon, team, monkeypatch):
    plan, present = proposed(episode, surgeon), everyone(team)
    before = Check.objects.count()
    monkeypatch.setattr(audit_services.Event.objects, "create", lambda **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        agree_plan(plan=plan, present=present, by=surgeon)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PROPOSED
    assert Check.objects.count() == before


def test_a_plan_agreed_earlier_gives_way_to_the_one_agreed_now(episode, surgeon):
    first = agreed(episode, surgeon)
    agreed(episode, surgeon)
    first.refresh_from_db()
    assert first.status == PlanStatus.SUPERSEDED


@pytest.mark.parametrize(("replaces", "then"), [(True, "superseded"), (False, "in_progress")])
def test_a_plan_in_progress_gives_way_only_to_the_plan_that_replaces_it(
    episode, surgeon, team, replaces, then
):
    running = agreed(episode, surgeon)
    running.status = PlanStatus.IN_PROGRESS
    running.save()
    if replaces:
        new = services.replace_plan(plan=running, content=content(), by=surgeon)
    else:
        new = services.draft_plan(episode=episode, content=content(), by=surgeon)
    new = services.propose_plan(plan=new, version=1, by=surgeon)
    agree_plan(plan=new, present=everyone(team), by=surgeon)
    running.refresh_from_db()
    assert running.status == then


@pytest.mark.parametrize("role", [role for role in Role if role not in ("referrer", "hospital_system")])
def test_who_may_agree_is_what_the_permission_table_says(episode, surgeon, team, role):
    plan, person = proposed(episode, surgeon), factories.member(role, team)
    if Permission.RECORD_DECISION in ROLE_PERMISSIONS[role]:
        assert agree_plan(plan=plan, present=everyone(team), by=person)
    else:
        with pytest.raises(PermissionDenied):
            agree_plan(plan=plan, present=everyone(team), by=person)


# Two at once


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_agree_a_plan_once(team, surgeon, episode):
    plan, present = proposed(episode, surgeon), everyone(team)
    refusals = []

    def decide():
        try:
            agree_plan(plan=plan, present=present, by=surgeon)
        except PlanNotAgreed as refusal:
            refusals.append(refusal.obstacles[0].kind)
        finally:
            connection.close()

    both = [Thread(target=decide) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert refusals == ["state"]
    assert Event.objects.filter(type="plan.agreed").count() == 1


def test_a_local_rule_approved_while_a_plan_is_agreed_is_in_neither_question_nor_check(
    team, surgeon, episode, monkeypatch
):
    plan = proposed(episode, surgeon)
    judged = agreement.judge_plan

    def judge_then_approve(*given, **more):
        judgement = judged(*given, **more)
        in_force(team, severity="deviation")
        return judgement

    monkeypatch.setattr(agreement, "judge_plan", judge_then_approve)
    check = agree_plan(plan=plan, present=everyone(team), by=surgeon)
    assert (check.verdict, check.local_rules) == ("concordant", [])
