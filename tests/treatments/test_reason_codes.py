"""The codes of a reason: exactly those that concordance is reported by, and old ones carried into them."""

from importlib import import_module

import pytest

from accounts.permissions import Role
from tests import factories
from tests.treatments.plans import AMPUTATION, give_reason, proposed
from treatments.models import ReasonCode, Response

MIGRATION = import_module("treatments.migrations.0003_reason_codes")

BECOMES = {
    "anatomy": "technical",
    "service": "local_expertise",
    "biology": "other",
    "newer_evidence": "other",
    "comorbidity": "comorbidity",
    "patient_choice": "patient_choice",
    "trial": "trial",
    "earlier_treatment": "earlier_treatment",
    "other": "other",
}
GOES_BACK_TO = {"technical": "anatomy", "local_expertise": "service", "fitness": "comorbidity"}


def test_the_codes_are_those_of_the_concordance_report():
    assert set(ReasonCode.values) == {
        "patient_choice",
        "fitness",
        "comorbidity",
        "earlier_treatment",
        "trial",
        "technical",
        "local_expertise",
        "other",
    }


@pytest.mark.parametrize("code", ReasonCode.values)
def test_each_code_can_be_given_with_its_text(code, episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    response = give_reason(plan, surgeon, reason_code=code)
    assert (response.reason_code, response.text) == (code, "The vessels are encased.")


@pytest.fixture
def answered(transactional_db):
    """A reason whose code can be set as an earlier version of the service wrote it."""
    team = factories.team()
    surgeon = factories.member(Role.SURGEON, team)
    plan = proposed(factories.episode_with_facts(team), surgeon, AMPUTATION)
    return give_reason(plan, surgeon)


@pytest.mark.parametrize("old", BECOMES)
def test_an_old_code_is_carried_over_and_back_without_loss(old, answered, owner_cursor):
    Response.objects.update(reason_code=old)
    owner_cursor.execute(MIGRATION.FORWARD)
    answered.refresh_from_db()
    assert (answered.reason_code, answered.text) == (BECOMES[old], "The vessels are encased.")
    owner_cursor.execute(MIGRATION.AS_IT_WAS)
    owner_cursor.execute(MIGRATION.NEAREST)
    answered.refresh_from_db()
    assert answered.reason_code == old


@pytest.mark.parametrize(("new", "old"), GOES_BACK_TO.items())
def test_a_reason_given_since_goes_back_to_the_nearest_old_code(new, old, answered, owner_cursor):
    Response.objects.update(reason_code=new)
    owner_cursor.execute(MIGRATION.AS_IT_WAS)
    owner_cursor.execute(MIGRATION.NEAREST)
    answered.refresh_from_db()
    assert answered.reason_code == old
