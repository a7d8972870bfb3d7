"""The permission table, and what a membership lets a person see."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from cases.models import Case
from tests import factories

TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]


def test_every_role_is_in_the_table():
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_every_permission_is_held_by_someone():
    assert set().union(*ROLE_PERMISSIONS.values()) == set(Permission)


@pytest.mark.django_db
@pytest.mark.parametrize("role", TEAM_ROLES)
def test_a_role_counts_only_in_its_own_team(role):
    home, away = factories.team(), factories.team()
    person = factories.member(role, home)
    for permission in Permission:
        assert person.may(permission, home) == (permission in ROLE_PERMISSIONS[role])
        assert not person.may(permission, away)


@pytest.mark.django_db
def test_must_names_what_the_role_lacks():
    person = factories.member(Role.OBSERVER, factories.team())
    with pytest.raises(PermissionDenied, match="record a decision"):
        person.must(Permission.RECORD_DECISION)


@pytest.mark.django_db
def test_people_see_cases_of_their_own_teams_only():
    home, away = factories.team(), factories.team()
    mine, theirs = factories.case(home), factories.case(away)
    assert set(Case.objects.visible_to(factories.member(Role.SURGEON, home))) == {mine}
    assert set(Case.objects.visible_to(factories.member(Role.SURGEON, away))) == {theirs}


@pytest.mark.django_db
def test_a_closed_membership_opens_nothing():
    home = factories.team()
    factories.case(home)
    person = factories.member(Role.SURGEON, home, is_active=False)
    assert not Case.objects.visible_to(person).exists()


@pytest.mark.django_db
def test_a_hospital_system_sees_the_teams_that_its_organisation_hosts():
    home, away = factories.team(), factories.team()
    mine = factories.case(home)
    factories.case(away)
    system = factories.member(Role.HOSPITAL_SYSTEM, organisation=home.organisation)
    assert set(Case.objects.visible_to(system)) == {mine}
