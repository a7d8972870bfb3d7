"""A team's own rules: two people answer for each version, plans are checked with them, and nothing is rewritten."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Event
from audit.workflow import StaleVersion
from tests import factories
from tests.treatments.local import details, in_force, standing_reason
from tests.treatments.plans import (
    AMPUTATION,
    agreed,
    change_facts,
    content,
    everyone,
    give_reason,
    proposed,
)
from treatments import in_force as reading
from treatments import services
from treatments.guidance.check import version as guidance_version
from treatments.models import LocalRuleVersion, Plan, Recheck, RecheckedPlan, Response

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]


@pytest.fixture
def oncologist(team):
    return factories.member(Role.ONCOLOGIST, team)


def rules_found(check):
    return [finding["rule"] for finding in check.findings]


def propose(team, by, **fields):
    return services.propose_local_rule(team=team, details=details(**fields), by=by)


# Two people


def test_a_proposed_rule_does_not_speak_until_a_colleague_approves_it(team, surgeon, oncologist, episode):
    version = propose(team, surgeon)
    assert reading.of_team(team.pk).versions == []
    with pytest.raises(PermissionDenied, match="colleague"):
        services.approve_local_rule(rule=version.rule, version=1, by=surgeon)
    approval = services.approve_local_rule(rule=version.rule, version=1, by=oncologist)
    assert (approval.approved_by, approval.role) == (oncologist, "oncologist")
    assert reading.of_team(team.pk).versions == [f"{version.rule.label} v1"]
    plan = services.draft_plan(episode=episode, content=content(), by=surgeon)
    assert version.rule.label in rules_found(services.newest_check(plan))


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_rules_are_proposed_and_approved_by_the_roles_of_the_permission_table(role, team, surgeon):
    person, held = factories.member(role, team), ROLE_PERMISSIONS[role]
    waiting = propose(team, surgeon)
    acts = {
        Permission.PROPOSE_LOCAL_RULE: lambda: propose(team, person),
        Permission.APPROVE_LOCAL_RULE: lambda: services.approve_local_rule(
            rule=waiting.rule, version=1, by=person
        ),
    }
    for permission, act in acts.items():
        if permission in held:
            assert act()
        else:
            with pytest.raises(PermissionDenied):
                act()


def test_a_consultant_of_another_team_neither_proposes_nor_approves(team, surgeon):
    stranger = factories.member(Role.SURGEON, factories.team())
    with pytest.raises(PermissionDenied):
        propose(team, stranger)
    with pytest.raises(PermissionDenied):
        services.approve_local_rule(rule=propose(team, surgeon).rule, version=1, by=stranger)


def test_a_rule_is_approved_once(team, surgeon, oncologist):
    rule = propose(team, surgeon).rule
    services.approve_local_rule(rule=rule, version=1, by=oncologist)
    with pytest.raises(services.NotInForce, match="approved already"):
        services.approve_local_rule(rule=rule, version=1, by=oncologist)


# Versions


def test_a_change_is_a_new_version_and_the_old_one_speaks_until_it_is_approved(team, surgeon, oncologist):
    rule = in_force(team)
    services.change_local_rule(rule=rule, version=1, details=details(severity="advice"), by=surgeon)
    assert reading.of_team(team.pk).versions == [f"{rule.label} v1"]
    services.approve_local_rule(rule=rule, version=2, by=oncologist)
    (now,) = reading.of_team(team.pk).rules
    assert (now.version, now.severity) == (2, "advice")
    assert [each.severity for each in rule.versions.order_by("number")] == ["caution", "advice"]


def test_a_change_made_on_an_old_version_is_refused(team, surgeon, oncologist):
    rule = in_force(team)
    services.change_local_rule(rule=rule, version=1, details=details(title="Theirs"), by=oncologist)
    with pytest.raises(StaleVersion):
        services.change_local_rule(rule=rule, version=1, details=details(title="Mine"), by=surgeon)
    with pytest.raises(StaleVersion):
        services.approve_local_rule(rule=rule, version=1, by=surgeon)


@pytest.mark.parametrize(
    ("starts", "ends", "speaks"),
    [(0, None, True), (-5, 0, True), (1, None, False), (-5, -1, False), (-5, 5, True)],
)
def test_a_rule_speaks_from_its_first_day_to_its_last(starts, ends, speaks, team):
    today = timezone.localdate()
    until = None if ends is None else today + timedelta(days=ends)
    in_force(team, active_from=today + timedelta(days=starts), active_until=until)
    assert bool(reading.of_team(team.pk).rules) == speaks


def test_a_later_version_that_has_not_begun_leaves_the_earlier_one_speaking(team, surgeon, oncologist):
    rule = in_force(team)
    tomorrow = timezone.localdate() + timedelta(days=1)
    services.change_local_rule(
        rule=rule, version=1, details=details(severity="advice", active_from=tomorrow), by=surgeon
    )
    services.approve_local_rule(rule=rule, version=2, by=oncologist)
    assert reading.of_team(team.pk).versions == [f"{rule.label} v1"]
    assert reading.of_team(team.pk, tomorrow).versions == [f"{rule.label} v2"]


def test_a_rule_past_its_review_date_still_speaks(team):
    rule = in_force(team)
    later = timezone.localdate() + timedelta(days=4000)
    assert reading.of_team(team.pk, later).versions == [f"{rule.label} v1"]


def test_a_retired_rule_is_silent_for_good(team, surgeon):
    rule = in_force(team)
    services.retire_local_rule(rule=rule, version=1, reason="The guidance says it now.", by=surgeon)
    assert reading.of_team(team.pk).rules == ()
    for act in (
        lambda: services.change_local_rule(rule=rule, version=1, details=details(), by=surgeon),
        lambda: services.retire_local_rule(rule=rule, version=1, reason="Again.", by=surgeon),
    ):
        with pytest.raises(services.NotInForce, match="retired"):
            act()


def test_a_rule_is_not_retired_over_a_version_that_nobody_saw(team, surgeon, oncologist):
    rule = in_force(team)
    services.change_local_rule(rule=rule, version=1, details=details(title="Theirs"), by=oncologist)
    with pytest.raises(StaleVersion):
        services.retire_local_rule(rule=rule, version=1, reason="No longer so.", by=surgeon)
    assert reading.of_team(team.pk).rules


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_a_rule_is_retired_with_a_reason(reason, team, surgeon):
    with pytest.raises(ValidationError) as refused:
        services.retire_local_rule(rule=in_force(team), version=1, reason=reason, by=surgeon)
    assert set(refused.value.message_dict) == {"reason"}


def test_each_step_is_recorded(team, surgeon):
    rule = in_force(team)
    services.retire_local_rule(rule=rule, version=1, reason="Done.", by=surgeon)
    events = Event.objects.filter(target_type="treatments.localruleversion").order_by("id")
    assert [event.type.partition(".")[2] for event in events] == ["proposed", "approved", "retired"]
    assert {event.data["rule"] for event in events} == {rule.label}


WRONG = {
    "a contradiction": ({"severity": "contradiction"}, {"severity"}),
    "a missing fact": ({"severity": "missing"}, {"severity"}),
    "no severity": ({"severity": ""}, {"severity"}),
    "no message": ({"message": " "}, {"message"}),
    "a long message": ({"message": "x" * 501}, {"message"}),
    "no title or source": ({"title": "", "source": ""}, {"title", "source"}),
    "a bad condition": ({"condition": {"sites": ["x"], "regions": ["y"]}}, {"sites", "regions"}),
    "another kind": ({"kind": "law"}, {"kind"}),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_a_rule_is_refused_by_field_all_at_once(case, team, surgeon):
    fields, wrong = WRONG[case]
    with pytest.raises(ValidationError) as refused:
        propose(team, surgeon, **fields)
    assert set(refused.value.message_dict) == wrong
    assert not LocalRuleVersion.objects.exists()


@pytest.mark.parametrize("national", ["SEQ-2", "FACTS-1", "RT-1", "OPINION-1", "LOCAL-1", "", "NONE-1"])
def test_a_standing_reason_is_for_a_national_deviation_only(national, team, surgeon):
    with pytest.raises(ValidationError) as refused:
        services.propose_local_rule(team=team, details=standing_reason(national_rule=national), by=surgeon)
    assert set(refused.value.message_dict) == {"national_rule"}


def test_dates_that_do_not_fit_together_are_refused(team, surgeon):
    today = timezone.localdate()
    with pytest.raises(ValidationError) as refused:
        propose(team, surgeon, active_until=today - timedelta(days=1), review_on=today)
    assert set(refused.value.message_dict) == {"active_until", "review_on"}


# Checks made with them


def test_a_check_names_the_local_rules_that_were_in_force(team, surgeon, episode):
    rule = in_force(team, condition={"histologies": ["9040"]})
    check = services.newest_check(services.draft_plan(episode=episode, content=content(), by=surgeon))
    assert check.local_rules == [f"{rule.label} v1"]
    assert check.guidance_version == guidance_version()
    assert rule.label not in rules_found(check)


def test_another_teams_rules_do_not_speak(surgeon, episode):
    in_force(factories.team())
    check = services.newest_check(services.draft_plan(episode=episode, content=content(), by=surgeon))
    assert check.local_rules == []
    assert rules_found(check) == []


def test_a_local_deviation_owes_a_reason_like_any_other(team, surgeon, episode):
    rule = in_force(
        team, severity="deviation", condition={"plan": "has", "treatment": {"modality": "surgery"}}
    )
    plan = proposed(episode, surgeon)
    with pytest.raises(services.PlanNotAgreed) as refused:
        services.agree_plan(plan=plan, present=everyone(team), by=surgeon)
    assert f"{rule.label}, a rule of the team" in str([each.text for each in refused.value.obstacles])
    give_reason(plan, surgeon, rule=rule.label, treatment=1)
    services.agree_plan(plan=plan, present=everyone(team), by=surgeon)


def test_a_plan_agreed_before_a_rule_was_made_stays_agreed_and_is_listed(team, surgeon, episode):
    plan = agreed(episode, surgeon)
    checks = list(plan.checks.values())
    in_force(team)
    run = Recheck.objects.get()
    assert run.cause == "local_rules"
    services.recheck(run_id=run.pk)
    found = RecheckedPlan.objects.get()
    assert (found.plan, found.old_verdict, found.new_verdict) == (
        plan,
        "concordant",
        "needs_acknowledgement",
    )
    assert list(plan.checks.values()) == checks


def test_a_rule_that_changes_while_plans_are_checked_again_starts_over_with_it(team, surgeon, episode):
    plan = agreed(episode, surgeon)
    rule = in_force(team)
    first = Recheck.objects.get()
    services.retire_local_rule(rule=rule, version=1, reason="A mistake.", by=surgeon)
    services.recheck(run_id=first.pk)
    first.refresh_from_db()
    assert first.status == "overtaken"
    services.recheck(run_id=Recheck.objects.first().pk)
    assert not plan.rechecks.exists()


def test_a_rule_that_begins_on_its_day_starts_a_run_on_that_day(team, surgeon, episode, monkeypatch):
    agreed(episode, surgeon)
    tomorrow = timezone.localdate() + timedelta(days=1)
    in_force(team, active_from=tomorrow)
    services.recheck(run_id=Recheck.objects.get().pk)
    assert services.keep_up(team=team) is None
    monkeypatch.setattr(timezone, "localdate", lambda *_: tomorrow)
    run = services.keep_up(team=team)
    assert run.cause == "local_rules"
    services.recheck(run_id=run.pk)
    assert run.plans.count() == 1
    assert services.keep_up(team=team) is None


def work_through():
    """Every run to its end, and what it starts."""
    while run := Recheck.objects.filter(status="running").first():
        services.recheck(run_id=run.pk)


NEXT_DEMANDS = {
    "other words": {"message": "Our team also asks the plastic surgeon."},
    "another source": {"source": "Team policy 8"},
}


@pytest.mark.parametrize("case", NEXT_DEMANDS)
def test_what_the_next_version_of_a_rule_asks_is_not_answered_by_what_was_said_to_the_last(
    case, team, surgeon, oncologist, episode
):
    rule = in_force(team, severity="deviation")
    plan = proposed(episode, surgeon)
    give_reason(plan, surgeon, rule=rule.label, treatment=None)
    assert owes(plan) == []
    given = details(severity="deviation", **NEXT_DEMANDS[case])
    services.change_local_rule(rule=rule, version=1, details=given, by=surgeon)
    services.approve_local_rule(rule=rule, version=2, by=oncologist)
    assert owes(plan) == [rule.label]
    work_through()
    (new,) = RecheckedPlan.objects.get(plan=plan).added
    assert (new["rule"], new["message"]) == (rule.label, given.message)


def test_an_answer_stands_where_the_next_version_of_a_rule_asks_the_same(team, surgeon, oncologist, episode):
    rule = in_force(team, severity="deviation")
    plan = proposed(episode, surgeon)
    give_reason(plan, surgeon, rule=rule.label, treatment=None)
    given = details(severity="deviation", title="A better title")
    services.change_local_rule(rule=rule, version=1, details=given, by=surgeon)
    services.approve_local_rule(rule=rule, version=2, by=oncologist)
    assert owes(plan) == []
    work_through()
    assert not RecheckedPlan.objects.filter(plan=plan).exists()


# Standing reasons


def test_a_standing_reason_answers_the_deviation_and_says_whose_it_is(team, surgeon, episode):
    rule = in_force(team, standing_reason())
    plan = proposed(episode, surgeon, AMPUTATION)
    (response,) = Response.objects.filter(plan=plan)
    approver = rule.versions.get().approval.approved_by
    assert (response.rule, response.treatment, response.reason_code) == ("SURG-2", 0, "local_expertise")
    assert (response.given_by, response.recorded_by) == (approver, surgeon)
    assert response.local_rule == f"{rule.label} v1"
    check = services.agree_plan(plan=plan, present=everyone(team), by=surgeon)
    assert check.verdict == "needs_reason"
    assert Response.objects.filter(plan=plan).count() == 1


def test_a_standing_reason_approved_later_counts_and_is_recorded_at_agreement(team, surgeon, episode):
    plan = proposed(episode, surgeon, AMPUTATION)
    rule = in_force(team, standing_reason())
    services.agree_plan(plan=plan, present=everyone(team), by=surgeon)
    assert Response.objects.get(plan=plan).local_rule == f"{rule.label} v1"


def test_a_reason_that_a_person_gave_is_not_displaced(team, surgeon, episode):
    plan = proposed(episode, surgeon, AMPUTATION)
    given = give_reason(plan, surgeon)
    in_force(team, standing_reason())
    services.make_check(plan=plan, by=surgeon)
    assert list(Response.objects.filter(plan=plan)) == [given]


def test_a_person_may_give_another_reason_in_its_place(team, surgeon, episode):
    in_force(team, standing_reason())
    plan = proposed(episode, surgeon, AMPUTATION)
    give_reason(plan, surgeon, reason_code="patient_choice")
    check = services.newest_check(plan)
    answers = services.standing(check, services.responses_of(plan))
    (stands,) = [each.response for each in answers if each.response]
    assert (stands.reason_code, stands.local_rule) == ("patient_choice", "")


def test_a_reason_recorded_from_a_rule_stays_when_the_rule_is_retired(team, surgeon, episode):
    rule = in_force(team, standing_reason())
    plan = proposed(episode, surgeon, AMPUTATION)
    services.retire_local_rule(rule=rule, version=1, reason="No longer so.", by=surgeon)
    services.agree_plan(plan=plan, present=everyone(team), by=surgeon)


SARCOMA_OF_ITS_CONDITION = {"histologies": ["8890/3"]}


def owes(plan):
    """The rules for which an answer is owed, as a plan is shown and as it is agreed."""
    judgement = services.judge_plan(Plan.objects.get(pk=plan.pk))
    answers = services.standing(judgement, services.responses_of(plan), judgement.reasons)
    return [each.finding["rule"] for each in answers if each.is_owed]


def test_a_standing_reason_no_longer_answers_once_the_case_is_not_of_its_condition(team, surgeon, episode):
    in_force(team, standing_reason(condition=SARCOMA_OF_ITS_CONDITION))
    plan = proposed(episode, surgeon, AMPUTATION)
    assert owes(plan) == []
    change_facts(episode, morphology="9040/3", size_mm=40)
    services.make_check(plan=plan, by=surgeon)
    assert "SURG-2" in owes(plan)
    with pytest.raises(services.PlanNotAgreed, match="owed again"):
        services.agree_plan(plan=plan, present=everyone(team), by=surgeon)


def test_a_standing_reason_whose_condition_is_met_on_new_facts_answers_the_new_check(team, surgeon, episode):
    in_force(team, standing_reason(condition=SARCOMA_OF_ITS_CONDITION))
    plan = proposed(episode, surgeon, AMPUTATION)
    change_facts(episode, size_mm=61)
    assert owes(plan) == []
    check = services.make_check(plan=plan, by=surgeon)
    answers = services.standing(check, services.responses_of(plan))
    assert not [each for each in answers if each.is_owed]


def test_a_standing_reason_does_not_follow_into_a_plan_on_other_facts(team, surgeon, episode):
    in_force(team, standing_reason(condition=SARCOMA_OF_ITS_CONDITION))
    plan = proposed(episode, surgeon, AMPUTATION)
    change_facts(episode, morphology="9040/3", size_mm=40)
    new = services.replace_plan(plan=Plan.objects.get(pk=plan.pk), content=content(AMPUTATION), by=surgeon)
    assert not Response.objects.filter(plan=new).exists()
    assert "SURG-2" in owes(new)


def test_a_standing_reason_is_written_once_in_the_next_version_of_a_plan(team, surgeon, episode):
    in_force(team, standing_reason())
    plan = proposed(episode, surgeon, AMPUTATION)
    new = services.replace_plan(plan=plan, content=content(AMPUTATION), by=surgeon)
    assert Response.objects.filter(plan=new).count() == 1


def test_a_standing_reason_leaves_a_contradiction_to_be_corrected(team, surgeon):
    in_force(team, standing_reason())
    elsewhere = factories.episode_with_facts(team, topography="C48.0")
    plan = proposed(elsewhere, surgeon, AMPUTATION)
    with pytest.raises(services.PlanNotAgreed) as refused:
        services.agree_plan(plan=plan, present=everyone(team), by=surgeon)
    assert {each.kind for each in refused.value.obstacles} == {"contradiction"}


def test_standard_of_care_takes_no_deviation_even_with_a_standing_reason(team, surgeon, episode):
    in_force(team, standing_reason())
    plan = proposed(episode, surgeon, AMPUTATION)
    with pytest.raises(services.PlanNotAgreed, match="Standard of care takes no deviation"):
        services.agree_plan(plan=plan, present=everyone(team), standard_of_care=True, by=surgeon)


def test_a_standing_reason_follows_into_the_next_version_of_a_plan(team, surgeon, episode):
    rule = in_force(team, standing_reason())
    plan = proposed(episode, surgeon, AMPUTATION)
    new = services.replace_plan(plan=plan, content=content(AMPUTATION), by=surgeon)
    assert {each.local_rule for each in Response.objects.filter(plan=new)} == {f"{rule.label} v1"}
