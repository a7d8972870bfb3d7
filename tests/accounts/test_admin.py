"""Administrators manage people, roles, teams and organisations; nobody else does, and each change is audited."""

import pytest
from django.urls import reverse

from accounts.models import Membership, Organisation, Team, User
from accounts.permissions import Role
from audit.models import Event
from tests import factories

pytestmark = pytest.mark.django_db
PAGES = ["user", "organisation", "team", "membership"]


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def administrator(team):
    person = factories.member(
        Role.ADMINISTRATOR, organisation=team.organisation, user=factories.user(is_staff=True)
    )
    return person


@pytest.mark.parametrize("model", PAGES)
def test_an_administrator_opens_lists_and_forms(sign_in, administrator, model):
    client = sign_in(administrator)
    assert client.get(reverse(f"admin:accounts_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:accounts_{model}_add")).status_code == 200


@pytest.mark.parametrize("model", PAGES)
def test_a_surgeon_is_turned_away_even_with_the_staff_flag(sign_in, team, model):
    surgeon = factories.member(Role.SURGEON, team, user=factories.user(is_staff=True))
    assert sign_in(surgeon).get(reverse(f"admin:accounts_{model}_changelist")).status_code == 403


def test_a_new_role_is_given_and_audited(sign_in, administrator, team):
    person = factories.user()
    fields = {"user": person.pk, "organisation": team.organisation_id, "team": team.pk, "role": "radiologist"}
    answer = sign_in(administrator).post(
        reverse("admin:accounts_membership_add"), fields | {"is_active": "on"}
    )
    assert answer.status_code == 302
    assert Membership.objects.get(user=person).role == Role.RADIOLOGIST
    assert Event.objects.filter(type="person.changed", by=administrator).exists()


def test_a_person_is_added_with_a_password_and_can_sign_in(sign_in, administrator, client):
    fields = {
        "full_name": "Dr New",
        "email": "new@example.org",
        "password1": "quiet amber river",
        "password2": "quiet amber river",
    }
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    assert sign_in(administrator).post(reverse("admin:accounts_user_add"), fields | inline).status_code == 302
    client.logout()
    answer = client.post(
        reverse("account_login"), {"login": "new@example.org", "password": "quiet amber river"}
    )
    assert answer.status_code == 302
    assert User.objects.get(email="new@example.org").check_password("quiet amber river")


def test_a_teams_quorum_change_is_audited(sign_in, administrator, team):
    form = (
        sign_in(administrator)
        .get(reverse("admin:accounts_team_change", args=[team.pk]))
        .context["adminform"]
        .form
    )
    fields = {name: value for name, value in form.initial.items() if value is not None}
    fields |= {"quorum": "surgeon,oncologist", "meeting_at": "08:30:00"}
    answer = sign_in(administrator).post(reverse("admin:accounts_team_change", args=[team.pk]), fields)
    assert answer.status_code == 302
    assert Team.objects.get(pk=team.pk).quorum == ["surgeon", "oncologist"]
    assert Event.objects.get(type="person.changed").data == {"changed": ["quorum"]}


def test_an_organisation_without_a_name_is_refused_with_its_field(sign_in, administrator):
    answer = sign_in(administrator).post(reverse("admin:accounts_organisation_add"), {"code": "RXX"})
    assert b"This field is required" in answer.content
    assert not Organisation.objects.filter(code="RXX").exists()
