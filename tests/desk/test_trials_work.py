"""What a trial coordinator finds on My work: trials to verify, and enquiries to answer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from tests import factories
from trials.models import Enquiry, ImportedStudy, ProposedChange, RegisterImport, Trial

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


def test_who_keeps_the_register_sees_how_many_trials_have_changes_to_decide(
    client, django_assert_num_queries
):
    team = factories.team()
    keeper, other = (factories.member(Role.TRIAL_COORDINATOR, team) for _ in range(2))
    client.force_login(keeper)
    client.get(reverse("desk:home"))
    with CaptureQueriesContext(connection) as before:
        assert "changes of a registry" not in client.get(reverse("desk:home")).content.decode()
    study = ImportedStudy.objects.create(
        run=RegisterImport.objects.create(name="studies.json"), place=1, outcome="changed"
    )
    today = timezone.localdate()
    for number in range(12):
        row = Trial.objects.create(
            short_name=f"T-{number}", title="A trial", owner=other, verified_on=today - timedelta(days=90)
        )
        for field, status in (("status", "open"), ("title", "open" if number else "kept")):
            changed = "kept" if number == 11 else status
            ProposedChange.objects.create(study=study, trial=row, field=field, status=changed)
    with django_assert_num_queries(len(before)):
        page = client.get(reverse("desk:home")).content.decode()
    assert "11 trials with changes of a registry to decide" in page
    assert f'href="{reverse("trials:change_list")}"' in page
    assert ">T-1<" not in page, "a colleague's entry is theirs to verify"
    assert client.get(reverse("trials:change_list")).status_code == 200
    client.force_login(factories.member(Role.SURGEON, team))
    assert "changes of a registry" not in client.get(reverse("desk:home")).content.decode()
