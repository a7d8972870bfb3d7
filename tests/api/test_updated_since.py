"""Lists that are narrowed to what changed show the rows that the feed of changes names."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from audit.models import Event
from interop.changes.leading import LEADS, led
from interop.changes.published import PUBLISHED
from mdt.models import Dissent, Preparation, Recusal, SetAside, Telling
from treatments.models import Delivery, Response

BEFORE = timezone.now() + timedelta(hours=1)
SINCE = {"updated_since": BEFORE.isoformat(), "page_size": 200}
"""The centre's own events are of one transaction, at one time; those of these tests come after it."""


def happened(resource, target_type, pk):
    type = next(type for type, shown_in in PUBLISHED.items() if shown_in == resource)
    at = BEFORE + timedelta(hours=1)
    return Event.objects.create(type=type, target_type=target_type, target_id=pk, at=at)


def keys(answer):
    return {str(row.get("id", row.get("reference"))) for row in answer.json()["results"]}


@pytest.fixture
def more(centre, known):
    """What is recorded beside rows of the centre's; here only that it is there."""
    by, decision, plan = centre.surgeon, centre.decision, centre.plan
    listing, said = decision.listing, {"recorded_by": by}
    Preparation.objects.create(listing=listing, role="surgeon", by=by)
    Recusal.objects.create(listing=listing, person=by, interest="A cousin", **said)
    SetAside.objects.create(meeting=listing.meeting, episode=listing.episode, reason="Away", by=by)
    Dissent.objects.create(decision=decision, person=by, reason="Too soon", **said)
    told = {"told_by": by, "told_on": timezone.localdate(), "how": "clinic", "choice": "accepts"}
    Telling.objects.create(decision=decision, **told, **said)
    answer = {
        "check_made": plan.checks.latest("pk"),
        "rule": "SURG-2",
        "kind": "reason",
        "reason_code": "technical",
    }
    Response.objects.create(plan=plan, given_by=by, text="Encased", **answer, **said)
    Delivery.objects.create(plan=plan, treatment=plan.treatments.first(), **said)


@pytest.mark.parametrize(("resource", "target_type"), LEADS)
def test_a_list_shows_what_the_feed_says_has_changed(centre, more, machine, resource, target_type):
    system = machine(centre.team.organisation)
    rows = apps.get_model(target_type)._default_manager.values_list("pk", flat=True)
    found = led([happened(resource, target_type, pk) for pk in rows], {}).values()
    (room,) = {each.resource for each in found}
    changed = {each.key for each in found} & keys(system.get(f"{room}/", {"page_size": 200}))
    assert changed
    assert changed <= keys(system.get(f"{room}/", SINCE))


def test_a_case_changes_with_its_patient(centre, machine):
    happened("patients", "cases.patient", centre.case.patient_id)
    answer = machine(centre.team.organisation).get("cases/", SINCE)
    assert centre.case.reference in keys(answer)


def test_the_places_on_a_list_change_with_its_order(centre, machine):
    listing = centre.decision.listing
    happened("listings", "mdt.meeting", listing.meeting_id)
    assert str(listing.pk) in keys(machine(centre.team.organisation).get("listings/", SINCE))
