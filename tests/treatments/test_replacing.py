"""What becomes of the treatments of a plan that another one replaces."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import TreatmentGiven
from tests.treatments.plans import agreed, content, everyone
from treatments import services
from treatments.services import DeliveryDetails
from treatments.workflow import DeliveryStatus

pytestmark = pytest.mark.django_db


def replaced(plan, team, by):
    new = services.replace_plan(plan=plan, content=content(), by=by)
    new = services.propose_plan(plan=new, version=new.version, by=by)
    services.agree_plan(plan=new, present=everyone(team), by=by)
    plan.refresh_from_db()
    return new


def test_what_was_under_way_stops_and_is_kept_and_the_rest_is_not_given(episode, surgeon, team):
    running = agreed(episode, surgeon)
    first, *rest = running.treatments.all()
    began = timezone.localdate()
    details = DeliveryDetails(DeliveryStatus.UNDER_WAY, started_on=began)
    services.record_delivery(treatment=first, details=details, version=None, by=surgeon)
    new = replaced(running, team, surgeon)
    assert running.status == "superseded"
    rows = {row.treatment_id: row for row in running.deliveries.all()}
    assert (rows[first.pk].status, rows[first.pk].reason_code) == ("stopped", "other_treatment")
    assert [(rows[each.pk].status, rows[each.pk].reason_code) for each in rest] == [
        ("not_given", "other_treatment")
    ] * len(rest)
    given = TreatmentGiven.objects.get(episode=episode)
    assert (rows[first.pk].given, given.started_on) == (given, began)
    assert not new.deliveries.exists()


def test_a_date_of_a_plan_that_never_began_is_given_up(episode, surgeon, team):
    plan = agreed(episode, surgeon)
    on = timezone.localdate() + timedelta(days=5)
    services.schedule_treatment(treatment=plan.treatments.first(), on=on, version=None, by=surgeon)
    replaced(plan, team, surgeon)
    assert set(plan.deliveries.values_list("status", flat=True)) == {"not_given"}
    assert not TreatmentGiven.objects.exists()
