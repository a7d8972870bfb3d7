"""Discussions at another trust's MDT: recorded as told, told apart from this team's own, deciding nothing here."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Event
from mdt import services
from mdt.discussion_words import COSD_DISCUSSION, KINDS
from mdt.models import Decision, OutsideDiscussion
from mdt.workflow import DecisionKind
from tests import factories
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]


@pytest.fixture
def tell(episode, surgeon):
    def tell(**changes):
        told = {
            "organisation": None,
            "name": "Elsewhere Infirmary",
            "on": timezone.localdate(),
            "outcome": "Surgery",
        }
        return services.record_outside_discussion(**{"episode": episode, "by": surgeon} | told | changes)

    return tell


def at(episode):
    return reverse("mdt:outside_new", args=[episode.case.reference])


def test_it_is_on_the_timeline_and_agrees_nothing(tell, episode, plan):
    hospital = factories.organisation()
    row = tell(organisation=hospital, name="")
    plan.refresh_from_db()
    assert (row.organisation_name, row.organisation) == (hospital.name, hospital)
    (event,) = episode.case.events.filter(type="discussed")
    assert hospital.name in event.note
    assert Event.objects.filter(type="discussion.elsewhere", case_id=episode.case_id).count() == 1
    assert plan.status == "proposed"
    assert not Decision.objects.exists()


WRONG = {
    "no hospital": ({"name": " "}, "organisation"),
    "no date": ({"on": None}, "on"),
    "tomorrow": ({"on": timezone.localdate() + timedelta(days=1)}, "on"),
    "before birth": ({"on": timezone.localdate().replace(year=1955)}, "on"),
    "no outcome": ({"outcome": " "}, "outcome"),
}


@pytest.mark.parametrize(("changes", "at"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_at_its_field(tell, changes, at):
    with pytest.raises(ValidationError) as refused:
        tell(**changes)
    assert list(refused.value.message_dict) == [at]
    assert not OutsideDiscussion.objects.exists()


def test_the_teams_own_hospital_is_no_other_trust(tell, team):
    with pytest.raises(ValidationError, match="hosts this team"):
        tell(organisation=team.organisation)


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_it_is_recorded_by_the_roles_of_the_permission_table(role, tell, team, episode, sign_in):
    person = factories.member(role, team)
    allowed = Permission.RECORD_FACTS in ROLE_PERMISSIONS[role]
    if allowed:
        assert tell(by=person)
    else:
        with pytest.raises(PermissionDenied):
            tell(by=person)
    assert sign_in(person).get(at(episode)).status_code == (200 if allowed else 403)


def test_another_teams_case_is_not_found(episode, sign_in):
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert client.get(at(episode)).status_code == 404


def test_it_is_typed_from_the_case_and_shown_there(episode, surgeon, sign_in):
    client = sign_in(surgeon)
    discussions = reverse("desk:discussions", args=[episode.case.reference])
    assert at(episode) in client.get(discussions).content.decode()
    wrong = client.post(at(episode), {"name": "Elsewhere Infirmary", "on": "", "outcome": "Surgery there"})
    assert "Surgery there" in wrong.content.decode()
    sent = {"name": "Elsewhere Infirmary", "on": timezone.localdate().isoformat(), "outcome": "Surgery there"}
    said = text_of(client.post(at(episode), sent, follow=True))
    assert "The discussion at Elsewhere Infirmary is recorded." in said
    assert "Surgery there" in said


def test_every_kind_of_decision_is_called_a_kind_of_discussion():
    assert set(KINDS) == set(DecisionKind)
    assert len(set(KINDS.values())) == 3
    assert sorted(COSD_DISCUSSION.values()) == ["1", "2", "3"]


def test_a_decision_says_which_kind_of_discussion_it_came_from(discussed, details, surgeon, sign_in):
    five = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
    decision = services.record_decision(listing=discussed(*five), details=details(), by=surgeon)
    said = text_of(sign_in(surgeon).get(reverse("mdt:decision", args=[decision.pk])))
    assert "Kind of discussion Discussed by this MDT" in said
