"""Pages of local rules: writing, approving, changing and retiring one, and where a plan shows them."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from tests import factories
from tests.treatments.local import details, in_force, standing_reason
from tests.treatments.pages import SURGERY, new, text_of, typed, url
from tests.treatments.plans import AMPUTATION, content, proposed
from treatments import services
from treatments.models import LocalRule, LocalRuleVersion, Response

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("treatments:local_rules"), reverse("treatments:local_rule_new")
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]


@pytest.fixture
def theirs(sign_in, surgeon):
    return sign_in(surgeon)


def form(**fields):
    """What a browser sends for a caution."""
    today = timezone.localdate()
    data = {
        "kind": "finding",
        "title": "Ask the vascular surgeon",
        "severity": "caution",
        "message": "Our team asks the vascular surgeon first.",
        "source": "Team policy 7",
        "active_from": today.isoformat(),
        "review_on": (today + timedelta(days=365)).isoformat(),
    }
    return data | fields


def at(name, rule):
    return reverse(f"treatments:{name}", args=[rule.pk])


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_pages_open_for_the_roles_that_the_permission_table_names(role, team, sign_in):
    rule, held = in_force(team), ROLE_PERMISSIONS[role]
    client = sign_in(factories.member(role, team))
    pages = {
        LIST: Permission.SEE_CASES,
        at("local_rule", rule): Permission.SEE_CASES,
        NEW: Permission.PROPOSE_LOCAL_RULE,
        at("local_rule_change", rule): Permission.PROPOSE_LOCAL_RULE,
        at("local_rule_retire", rule): Permission.APPROVE_LOCAL_RULE,
    }
    for page, permission in pages.items():
        assert client.get(page).status_code == (200 if permission in held else 403), page


def test_another_teams_rule_is_not_found(theirs):
    rule = in_force(factories.team())
    for name in ("local_rule", "local_rule_change", "local_rule_retire"):
        assert theirs.get(at(name, rule)).status_code == 404
    assert theirs.post(at("local_rule_approve", rule), {"version": "1"}).status_code == 404
    assert rule.label not in text_of(theirs.get(LIST))


def test_a_rule_is_written_and_waits_for_a_colleague(theirs, team):
    data = form(
        histologies="8890, 8802/3",
        sites="C49",
        regions=["limb"],
        stage_groups="IIIA; IV",
        plan="has",
        modality="surgery",
        procedure="limb_sparing",
    )
    said = text_of(theirs.post(NEW, data, follow=True))
    version = LocalRuleVersion.objects.get()
    assert version.condition == {
        "histologies": ["8890", "8802/3"],
        "sites": ["C49"],
        "regions": ["limb"],
        "stage_groups": ["IIIA", "IV"],
        "plan": "has",
        "treatment": {"modality": "surgery", "procedure": "limb_sparing"},
    }
    assert version.rule.team == team
    assert f"{version.rule.label} v1 is proposed" in said
    assert "a colleague has to approve it" in said
    assert "Approve it" not in said


def test_a_colleague_approves_it(theirs, team, surgeon, sign_in):
    rule = services.propose_local_rule(team=team, details=details(), by=surgeon).rule
    colleague = sign_in(factories.member(Role.ONCOLOGIST, team))
    assert "Approve version 1?" in text_of(colleague.get(at("local_rule", rule)))
    said = text_of(colleague.post(at("local_rule_approve", rule), {"version": "1"}, follow=True))
    assert "is approved" in said
    assert "In force" in said


def test_ones_own_version_is_not_approved(theirs, team, surgeon):
    rule = services.propose_local_rule(team=team, details=details(), by=surgeon).rule
    assert theirs.post(at("local_rule_approve", rule), {"version": "1"}).status_code == 403


def test_a_version_that_a_colleague_overtook_is_shown_instead_of_approved(team, surgeon, sign_in):
    rule = services.propose_local_rule(team=team, details=details(), by=surgeon).rule
    services.change_local_rule(rule=rule, version=1, details=details(title="Later"), by=surgeon)
    colleague = sign_in(factories.member(Role.ONCOLOGIST, team))
    response = colleague.post(at("local_rule_approve", rule), {"version": "1"})
    assert response.status_code == 409
    assert "Approve version 2?" in text_of(response)


WRONG = {
    "no title": ({"title": ""}, "Title is needed"),
    "no title and a bad code at once": ({"title": "", "sites": "leg"}, "such as C49.2"),
    "a contradiction": ({"severity": "contradiction"}, "Choose from the list"),
    "no message": ({"message": ""}, "Write what the rule says"),
    "no code": ({"histologies": "sarcoma"}, "such as 8890/3"),
    "a treatment without has": ({"modality": "surgery"}, "Say whether the plan has such a treatment"),
    "a date in the past": ({"review_on": "2020-01-01"}, "Give a day in the future"),
    "no reason": ({"kind": "standing_reason", "national_rule": "SURG-2"}, "Choose the kind of reason"),
    "no rule": ({"kind": "standing_reason", "reason": "So."}, "Choose a rule whose word is deviation"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(case, theirs):
    fields, said = WRONG[case]
    response = theirs.post(NEW, form(**({"source": "Kept <as> typed"} | fields)))
    assert response.status_code == 400
    assert said in text_of(response)
    assert "Kept &lt;as&gt; typed" in response.content.decode()
    assert not LocalRule.objects.exists()


def test_a_change_shows_the_rule_as_it_is_and_becomes_a_new_version(theirs, team):
    rule = in_force(
        team, condition={"histologies": ["8890"], "plan": "has", "treatment": {"timing": "adjuvant"}}
    )
    page = theirs.get(at("local_rule_change", rule)).content.decode()
    assert 'value="8890"' in page
    assert '<option value="adjuvant" selected>' in page
    assert "an overridden group is not read" in page
    theirs.post(at("local_rule_change", rule), form(version="1", title="Changed"))
    said = text_of(theirs.get(at("local_rule", rule)))
    assert "Version 2 is yours" in said
    assert "2 versions" in said
    assert "In force" in said


def test_a_change_made_on_an_old_version_is_kept_and_told(theirs, team, surgeon):
    rule = in_force(team)
    services.change_local_rule(rule=rule, version=1, details=details(title="Theirs"), by=surgeon)
    response = theirs.post(at("local_rule_change", rule), form(version="1", title="Mine was typed"))
    assert response.status_code == 409
    assert "A colleague wrote another version meanwhile" in text_of(response)
    assert "Mine was typed" in response.content.decode()


def test_a_rule_is_retired_after_saying_what_that_does(theirs, team):
    rule = in_force(team)
    page = at("local_rule_retire", rule)
    assert "It no longer speaks in any check" in text_of(theirs.get(page))
    assert theirs.post(page, {"reason": ""}).status_code == 400
    said = text_of(theirs.post(page, {"reason": "The guidance says it now.", "version": "1"}, follow=True))
    assert "Retired by" in said
    assert "The guidance says it now." in said
    assert theirs.get(at("local_rule_change", rule)).status_code == 200
    assert theirs.post(at("local_rule_change", rule), form(version="1")).status_code == 409


def test_a_version_that_a_colleague_wrote_is_shown_before_the_rule_is_retired(theirs, team, surgeon):
    rule = in_force(team)
    page = at("local_rule_retire", rule)
    assert 'name="version" value="1"' in theirs.get(page).content.decode()
    services.change_local_rule(rule=rule, version=1, details=details(title="Theirs"), by=surgeon)
    response = theirs.post(page, {"reason": "Typed with care.", "version": "1"})
    assert response.status_code == 409
    assert "A colleague wrote another version meanwhile" in text_of(response)
    assert "Typed with care." in response.content.decode()
    theirs.post(page, {"reason": "Typed with care.", "version": "2"})
    assert "Retired by" in text_of(theirs.get(at("local_rule", rule)))


def test_the_list_and_the_guidance_page_show_what_is_in_force(theirs, team):
    rule = in_force(team, condition={"histologies": ["8890/3"]})
    for page in (LIST, reverse("treatments:guidance")):
        said = text_of(theirs.get(page))
        assert rule.label in said
        assert "histology Leiomyosarcoma NOS (8890/3)" in said
        assert "Our team asks the vascular surgeon first." in said


def test_a_rule_past_its_review_date_is_flagged_to_those_who_approve(theirs, team):
    in_force(team)
    later = timezone.localdate() + timedelta(days=400)
    with patch("django.utils.timezone.localdate", lambda *_: later):
        assert "To be reviewed since" in text_of(theirs.get(LIST))
        assert "1 local rule past the day of review" in text_of(theirs.get("/"))


def test_my_work_says_what_waits_for_my_approval_and_not_my_own(theirs, team, surgeon, sign_in):
    services.propose_local_rule(team=team, details=details(), by=surgeon)
    assert "waits for approval" not in text_of(theirs.get("/"))
    assert "1 version of a colleague’s local rule waits for approval" in text_of(
        sign_in(factories.member(Role.ONCOLOGIST, team)).get("/")
    )


def test_a_plan_shows_a_local_finding_with_its_team_and_source(theirs, team, episode, surgeon):
    rule = in_force(team)
    plan = services.draft_plan(episode=episode, content=content(), by=surgeon)
    response = theirs.get(url("plan", plan))
    said = text_of(response)
    assert f"Local: {team.name}, Team policy 7" in said
    assert "Our team asks the vascular surgeon first." in said
    assert at("local_rule", rule) in response.content.decode()


def test_a_local_finding_is_answered_on_the_plans_page(theirs, team, episode, surgeon):
    rule = in_force(team)
    plan = proposed(episode, surgeon)
    theirs.post(url("answer", plan), {f"a-{rule.label}-plan-text": "She was asked."})
    assert Response.objects.get().text == "She was asked."
    assert "She was asked." in text_of(theirs.get(url("plan", plan)))


def test_a_standing_reason_is_shown_as_a_plan_is_typed_and_stands_once_it_is_saved(theirs, team, episode):
    rule = in_force(team, standing_reason())
    amputation = SURGERY | {"procedure": "amputation"}
    preview = theirs.post(reverse("treatments:preview", args=[episode.case.reference]), typed(amputation))
    said = text_of(preview)
    assert f"Standing reason {rule.label} v1" in said
    assert "Our prosthetics service makes it the better choice." in said
    assert "A reason is owed" not in said
    saved = text_of(theirs.post(new(episode), typed(amputation), follow=True))
    assert f"Standing reason {rule.label} v1" in saved
    assert "A reason is owed" not in saved


def test_the_pages_cost_the_same_however_many_rules(
    theirs, team, surgeon, episode, django_assert_max_num_queries
):
    for _ in range(12):
        in_force(team)
    plan = proposed(episode, surgeon, AMPUTATION)
    rule = at("local_rule", LocalRule.objects.first())
    for page, most in ((LIST, 15), (rule, 15), (url("plan", plan), 15), ("/", 19)):
        with django_assert_max_num_queries(most):
            assert theirs.get(page).status_code == 200
