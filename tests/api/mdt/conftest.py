"""A hospital system with roles in the centre's team, and a case of the team that is ready for a list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from tests import factories
from tests.mdt.conftest import recorded_case


@pytest.fixture
def system(centre, machine):
    """It lists, runs meetings and records decisions, as a coordinator and a surgeon."""
    made = machine(centre.team.organisation)
    for role in (Role.COORDINATOR, Role.SURGEON):
        Membership.objects.create(
            user=made.account, organisation=centre.team.organisation, team=centre.team, role=role
        )
    return made


@pytest.fixture
def change(system):
    """An act on a row as it was read; the answer is what it is then."""

    def change(address, name, body=None, caller=system):
        read = caller.get(f"{address}/")
        answer = caller.post(f"{address}/{name}/", body or {}, **{"If-Match": read.headers["ETag"]})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return change


@pytest.fixture
def make(system):
    """A row that is made; the answer says where it is."""

    def make(room, body, caller=system):
        answer = caller.post(f"{room}/", body)
        assert answer.status_code == 201, answer.content
        assert caller.client.get(answer.headers["Location"], headers=caller.headers).json() == answer.json()
        return answer.json()

    return make


@pytest.fixture
def planned(centre, make):
    """A meeting whose list is open, planned through the API."""

    def planned(days=7, **told):
        starts_at = (timezone.now() + timedelta(days=days)).replace(microsecond=0)
        body = {"team": "PEN", "starts_at": starts_at.isoformat(), "place": "Seminar room"}
        return make("meetings", body | told)

    return planned


@pytest.fixture
def ready(centre):
    """A case of the team whose facts are recorded, with its key worker."""
    nurse = centre.people[Role.NURSE_SPECIALIST]
    case = recorded_case(centre.team, centre.people).case
    case.key_worker = nurse
    case.save(update_fields=["key_worker"])
    return case


@pytest.fixture
def listed(centre, ready, make):
    """The ready case on that meeting's list, put there through the API."""

    def listed(meeting, caller=None, **told):
        body = {
            "case": ready.reference,
            "meeting": meeting["id"],
            "question": "Radiotherapy before surgery?",
            "responsible": centre.surgeon.pk,
            "patient_knows": "That it is a sarcoma",
            "urgency": "routine",
            "gaps_reason": "Expected before the meeting",
        }
        return make("listings", body | told, **({"caller": caller} if caller else {}))

    return listed


@pytest.fixture
def colleague(centre):
    return factories.member(Role.ONCOLOGIST, centre.team)
