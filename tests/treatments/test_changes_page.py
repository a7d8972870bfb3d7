"""The list of changed verdicts: who sees it, what it shows, noting a change, and the progress of a re-check."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from tests import factories
from tests.treatments.guidances import guidance
from tests.treatments.pages import text_of
from tests.treatments.plans import AMPUTATION, agreed, proposed
from treatments import services
from treatments.models import Recheck, SeenChange
from treatments.services import rechecking

pytestmark = pytest.mark.django_db
PAGE = reverse("treatments:changes")
AGAIN = reverse("treatments:recheck")
NOTED = reverse("treatments:changes_seen")
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]


def changed_plans(team, by, how_many=1):
    """Proposed plans of which today's guidance asks for a reason that was not owed before."""
    with guidance("2017.1", without={"SURG-2", "OPINION-1"}):
        plans = [proposed(factories.episode_with_facts(team), by, AMPUTATION) for _ in range(how_many)]
    services.recheck(run_id=services.keep_up(team=team).pk)
    return plans


@pytest.fixture
def plan(team, surgeon):
    return changed_plans(team, surgeon)[0]


@pytest.fixture
def theirs(sign_in, surgeon):
    return sign_in(surgeon)


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_the_list_opens_for_those_who_see_cases_and_is_noted_by_those_who_may(role, team, plan, sign_in):
    client = sign_in(factories.member(role, team))
    held = ROLE_PERMISSIONS[role]
    assert client.get(PAGE).status_code == (200 if Permission.SEE_CASES in held else 403)
    may = Permission.RECHECK_PLANS in held
    assert ("Note it" in text_of(client.get(PAGE))) == may
    change = plan.rechecks.get().pk
    assert client.post(NOTED, {"change": change}).status_code == (302 if may else 403)
    assert client.post(AGAIN, {"team": team.reference_prefix}).status_code == (302 if may else 403)


def test_it_says_which_plan_what_it_was_what_it_is_and_what_is_new(plan, theirs):
    response = theirs.get(PAGE)
    said = text_of(response)
    assert plan.episode.case.reference in said
    assert "Concordant with the guidance now Needs a reason" in said
    assert "SURG-2" in said
    assert reverse("treatments:plan", args=[plan.pk]) in response.content.decode()
    assert "2017.1 to 2018.1" in said


def test_no_patient_is_named_on_it(plan, theirs):
    response = theirs.get(PAGE)
    assert plan.episode.case.patient.family_name not in response.content.decode()
    assert not Read.objects.filter(view="treatments:changes").exists()


def test_another_teams_changes_are_neither_shown_nor_noted(plan, sign_in):
    other = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert plan.episode.case.reference not in text_of(other.get(PAGE))
    other.post(NOTED, {"change": plan.rechecks.get().pk})
    assert not SeenChange.objects.exists()


def test_another_teams_plans_are_not_checked_again(sign_in, team):
    other = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert other.post(AGAIN, {"team": team.reference_prefix}).status_code == 404
    assert not Recheck.objects.exists()


def test_an_administrator_of_the_hospital_starts_it_and_sees_no_plan(plan, team, sign_in):
    client = sign_in(factories.member(Role.ADMINISTRATOR, organisation=team.organisation))
    said = text_of(client.get(PAGE))
    assert "1 open plan checked again, 1 with another verdict" in said
    assert plan.episode.case.reference not in said
    assert client.post(AGAIN, {"team": team.reference_prefix}).status_code == 302


def test_a_noted_change_leaves_the_list_and_says_who_noted_it(plan, theirs, surgeon):
    theirs.post(NOTED, {"change": plan.rechecks.get().pk})
    assert plan.episode.case.reference not in text_of(theirs.get(PAGE))
    said = text_of(theirs.get(PAGE, {"seen": "yes"}))
    assert plan.episode.case.reference in said
    assert surgeon.full_name in said


def test_a_page_of_changes_is_noted_at_once_and_only_what_was_shown(team, surgeon, theirs):
    plans = changed_plans(team, surgeon, 3)
    told = [plan.rechecks.get().pk for plan in plans]
    response = theirs.post(NOTED, {"change": told[:2], "query": "what=all\r\nX: y"}, follow=True)
    assert "2 changes are noted" in text_of(response)
    assert SeenChange.objects.count() == 2


@pytest.mark.parametrize("sent", ["", "x", "-1", "9" * 30])
def test_noting_what_is_no_change_does_nothing(sent, plan, theirs):
    assert theirs.post(NOTED, {"change": sent}).status_code == 302
    assert not SeenChange.objects.exists()


FILTERS = [
    ({}, True),
    ({"what": "findings"}, False),
    ({"what": "all"}, True),
    ({"what": "nonsense", "seen": "nonsense"}, True),
    ({"verdict": "needs_reason"}, True),
    ({"verdict": "incomplete"}, False),
    ({"seen": "yes"}, False),
    ({"seen": "all"}, True),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_the_list_is_narrowed_by_what_is_chosen(query, found, plan, theirs):
    assert (plan.episode.case.reference in text_of(theirs.get(PAGE, query))) == found


def test_many_changes_are_paged_and_cost_the_same(team, surgeon, theirs, django_assert_max_num_queries):
    changed_plans(team, surgeon, 27)
    with django_assert_max_num_queries(10):
        said = text_of(theirs.get(PAGE))
    assert "27 plans" in said
    assert "Page 1 of 2" in said
    assert "Page 2 of 2" in text_of(theirs.get(PAGE, {"page": "2"}))


def test_plans_that_cannot_be_checked_any_more_say_why_and_cost_the_same(
    team, surgeon, theirs, monkeypatch, django_assert_max_num_queries
):
    with guidance("2017.1"):
        for _ in range(6):
            proposed(factories.episode_with_facts(team), surgeon, AMPUTATION)

    def refuse(*_):
        raise ValidationError("The grade is not one that is known.")

    monkeypatch.setattr(rechecking, "judge", refuse)
    services.recheck(run_id=services.keep_up(team=team).pk)
    with django_assert_max_num_queries(10):
        said = text_of(theirs.get(PAGE))
    assert said.count("The grade is not one that is known.") == 6


def test_nothing_changed_is_said(theirs):
    said = text_of(theirs.get(PAGE))
    assert "No open plan fits" in said
    assert "No change of the guidance has asked for a re-check yet" in said


def test_a_run_under_way_shows_how_far_it_is_and_refreshes_the_page_when_done(plan, theirs, team, surgeon):
    run = services.start_recheck(team=team, by=surgeon)
    page = theirs.get(PAGE)
    assert 'hx-trigger="every 2s"' in page.content.decode()
    part = theirs.get(PAGE, headers={"HX-Request": "true"})
    assert "1 open plan to check again; it starts as soon as a worker is free" in text_of(part)
    assert "<html" not in part.content.decode()
    services.recheck(run_id=run.pk)
    assert theirs.get(PAGE, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_a_run_that_met_a_fault_says_so(plan, theirs):
    Recheck.objects.update(status="failed", problem="KeyError")
    assert "a fault stopped the re-check" in text_of(theirs.get(PAGE))


def test_my_work_says_that_verdicts_changed_until_someone_notes_it(plan, theirs, team, sign_in):
    assert "1 open plan has another verdict" in text_of(theirs.get("/"))
    theirs.post(NOTED, {"change": plan.rechecks.get().pk})
    assert "another verdict" not in text_of(theirs.get("/"))


def test_my_work_of_those_who_cannot_note_it_says_nothing(plan, team, sign_in):
    assert "another verdict" not in text_of(sign_in(factories.member(Role.NURSE_SPECIALIST, team)).get("/"))


def test_an_agreed_plan_shows_its_check_and_says_what_the_guidance_says_today(team, surgeon, theirs):
    with guidance("2017.1", without={"SURG-2", "OPINION-1"}):
        plan = agreed(factories.episode_with_facts(team), surgeon, AMPUTATION)
    page = reverse("treatments:plan", args=[plan.pk])
    assert "guidance says something else" not in text_of(theirs.get(page))
    services.recheck(run_id=services.keep_up(team=team).pk)
    said = text_of(theirs.get(page))
    assert "guidance says something else of this plan: needs a reason" in said
    assert "Verdict: concordant" in said
    assert "against guidance 2017.1" in said
