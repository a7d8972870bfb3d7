"""What a trial coordinator finds on My work: trials to verify, and enquiries to answer."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from tests import factories
from trials.models import Enquiry, Trial

pytestmark = pytest.mark.django_db


def test_a_trial_coordinator_finds_what_is_stale_and_who_waits_for_an_answer(client):
    today, team = timezone.localdate(), factories.team()
    keeper, other = (factories.member(Role.TRIAL_COORDINATOR, team) for _ in range(2))
    stale, fresh = today - timedelta(days=61), today - timedelta(days=60)
    for name, owner, verified_on in [
        ("STALE-1", keeper, stale),
        ("NEVER-2", None, None),
        ("FRESH-3", keeper, fresh),
        ("THEIRS-4", other, stale),
    ]:
        Trial.objects.create(short_name=name, title="A trial", owner=owner, verified_on=verified_on)
    for reference, where in (("E-1", team), ("E-2", factories.team())):
        Enquiry.objects.create(reference=reference, team=where, due_on=today, name="Somebody")
    client.force_login(keeper)
    page = client.get(reverse("desk:home")).content.decode()
    names = ("STALE-1", "NEVER-2", "FRESH-3", "THEIRS-4", "E-1", "E-2")
    assert [name for name in names if f">{name}<" in page] == ["STALE-1", "NEVER-2", "E-1"]
    client.force_login(factories.member(Role.SURGEON, team))
    assert "Trials to verify" not in client.get(reverse("desk:home")).content.decode()


def test_whoever_may_answer_for_the_team_finds_who_waits_for_an_answer(client):
    today, team, other = timezone.localdate(), factories.team(), factories.team()
    nurse = factories.member(Role.NURSE_SPECIALIST, team)
    factories.member(Role.OBSERVER, other, user=nurse)
    for reference, where in (("E-1", team), ("E-2", other)):
        Enquiry.objects.create(reference=reference, team=where, due_on=today, name="Somebody")
    client.force_login(nurse)
    page = client.get(reverse("desk:home")).content.decode()
    assert [name for name in ("E-1", "E-2") if f">{name}<" in page] == ["E-1"]
    assert "Trials to verify" not in page
    client.force_login(factories.member(Role.OBSERVER, team))
    assert "Enquiries to answer" not in client.get(reverse("desk:home")).content.decode()
