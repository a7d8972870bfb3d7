"""Callers who may do what the cases room's pages allow."""

import pytest

from accounts.models import Membership
from accounts.permissions import Role


@pytest.fixture
def system(centre, machine):
    """A hospital system whose account may read and nothing else."""
    return machine(centre.team.organisation)


@pytest.fixture
def writer(centre, system):
    """A hospital system whose account has the roles of those who record."""
    for role in (Role.COORDINATOR, Role.SURGEON, Role.PATHOLOGIST, Role.RADIOLOGIST):
        Membership.objects.create(
            user=system.account, organisation=centre.team.organisation, team=centre.team, role=role
        )
    return system


@pytest.fixture
def does(writer):
    """Calls an act on a row as it was just read; gives the row as it is afterwards."""

    def does(address, name, body, code=200):
        tag = writer.get(f"{address}/").headers["ETag"]
        answer = writer.post(f"{address}/{name}/", body, **{"If-Match": tag})
        assert answer.status_code == code, answer.content
        return answer.json()

    return does
