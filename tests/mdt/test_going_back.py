"""What a meeting recorded is not lost by taking its tables back."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db.migrations.exceptions import IrreversibleError

from accounts.permissions import Role
from mdt import services
from mdt.services import ActionDetails

pytestmark = pytest.mark.django_db
MIGRATION = import_module("mdt.migrations.0010_in_the_room")


def go_back():
    return MIGRATION.refuse_to_lose(apps, None)


def test_an_installation_without_any_goes_back(provisional):
    assert go_back() is None
    assert MIGRATION.Migration.operations[-1].reverse_code is MIGRATION.refuse_to_lose


def test_a_refused_ratification_is_not_lost(provisional, people):
    services.refuse_to_ratify(decision=provisional, reason="No", by=people[Role.RADIOLOGIST])
    with pytest.raises(IrreversibleError, match="would lose 1 refused ratifications"):
        go_back()


def test_nor_why_an_action_is_not_needed(provisional, people, surgeon):
    nurse = people[Role.NURSE_SPECIALIST]
    typed = ActionDetails("Call", nurse, provisional.tell_by_on)
    action = services.set_action(decision=provisional, action=typed, by=surgeon)
    services.drop_action(action=action, reason="She called.", by=nurse)
    with pytest.raises(IrreversibleError, match="1 reasons why an action is not needed"):
        go_back()
