"""Teams in which nobody holds a role that a rule tells: who is told instead, in words and by the engine."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from followup import reach, services
from followup.models import Reminder, ReminderKind, ReminderRule
from followup.rules import rules_on
from tests import factories

pytestmark = pytest.mark.django_db
RULES = "followup:rules"


@pytest.fixture
def to_pathologists():
    """A rule that tells of reviews to a role that nobody holds in the centre."""
    told = {"audience": "role", "role": "pathologist", "channel": "product"}
    return ReminderRule.objects.create(kind="review_due", offset=0, unit="days", **told)


def unheld(centre):
    return [each for each in reach.unheld(rules_on(), teams=[centre.team.pk]) if each.role == "pathologist"]


def gone(*people):
    Membership.objects.filter(user__in=people).update(is_active=False)


def test_where_somebody_holds_each_role_nothing_is_said(centre):
    factories.member(Role.TRIAL_COORDINATOR, centre.team)
    assert reach.unheld(rules_on(), teams=[centre.team.pk]) == []


def test_a_role_that_nobody_holds_is_named_with_what_goes_to_it(centre, to_pathologists):
    (found,) = unheld(centre)
    assert (found.team, found.kinds) == (centre.team.name, ["Review due"])
    factories.member(Role.PATHOLOGIST, centre.team)
    assert unheld(centre) == []


def test_a_closed_account_holds_no_role(centre, to_pathologists):
    person = factories.member(Role.PATHOLOGIST, centre.team)
    person.is_active = False
    person.save()
    assert len(unheld(centre)) == 1


def test_a_rule_that_is_switched_off_tells_nobody_and_is_not_warned_of(centre, to_pathologists):
    ReminderRule.objects.filter(pk=to_pathologists.pk).update(is_on=False)
    assert unheld(centre) == []


@pytest.mark.parametrize("who_left", ["nobody", "the coordinator", "everyone"])
def test_what_is_said_is_what_the_engine_does(who_left, centre, to_pathologists, make_review):
    people = {"coordinator": centre.coordinator, "nurse": centre.nurse, "surgeon": centre.surgeon}
    left = {"nobody": [], "the coordinator": ["coordinator"], "everyone": list(people)}[who_left]
    gone(*(people[name] for name in left))
    (found,) = unheld(centre)
    make_review(due_in=0)
    services.write_due_reminders(today=timezone.localdate())
    told = {each.person for each in Reminder.objects.filter(rule=to_pathologists)}
    if found.instead == reach.COORDINATORS:
        assert told == {centre.coordinator}
    elif found.instead == reach.ABLE:
        assert centre.surgeon in told
    else:
        assert (found.instead, told) == (reach.NOBODY, set())
    assert found.reaches_nobody == (who_left == "everyone")


def test_in_a_team_without_anybody_every_kind_that_goes_to_a_role_reaches_nobody(centre):
    empty = factories.team()
    found = reach.unheld(rules_on(), teams=[empty.pk])
    told = {ReminderKind(line.kind).label for line in rules_on() if line.is_escalation}
    told.remove(
        ReminderKind.TRIAL_STALE.label
    )  # of the register those are told who keep it, wherever they work
    assert {label for each in found for label in each.kinds} == told
    assert all(each.reaches_nobody for each in found)


def test_the_page_warns_administrators_of_every_team_and_others_of_their_own(
    centre, to_pathologists, administrator, sign_in
):
    other = factories.team()
    factories.member(Role.COORDINATOR, other)
    page = sign_in(administrator).get(reverse(RULES)).content.decode()
    own = sign_in(centre.coordinator).get(reverse(RULES)).content.decode()
    assert "Roles that nobody holds" in page
    assert reach.COORDINATORS in page
    assert (centre.team.name in page, other.name in page) == (True, True)
    assert (centre.team.name in own, other.name in own) == (True, False)


def test_the_page_costs_the_same_with_many_teams(
    centre, to_pathologists, administrator, sign_in, django_assert_max_num_queries
):
    for _ in range(20):
        factories.team()
    browser = sign_in(administrator)
    with django_assert_max_num_queries(10):
        assert browser.get(reverse(RULES)).status_code == 200
