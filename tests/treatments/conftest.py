"""A team with a surgeon who proposes, and an episode whose facts are recorded."""

import pytest

from accounts.permissions import Role
from tests import factories
from tests.treatments.plans import content
from treatments import services


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def surgeon(team):
    return factories.member(Role.SURGEON, team)


@pytest.fixture
def episode(team):
    return factories.episode_with_facts(team)


@pytest.fixture
def draft(episode, surgeon):
    return services.draft_plan(episode=episode, content=content(), by=surgeon)
