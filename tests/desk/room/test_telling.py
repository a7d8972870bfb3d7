"""What the room is told of a case beside its listing: one statement, and the same as the rows say."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from cases.services import reports
from desk.room.telling import decisions_of, told_of
from mdt import services
from mdt.models import Listing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(listing, plan):
    def told():
        row = Listing.objects.in_the_room().get(pk=listing.pk)
        return told_of(row, row.plan)

    return told


def test_one_statement_however_much_there_is(told, people, episode, django_assert_num_queries):
    for days in range(8):
        report = {"kind": "biopsy", "reported_on": date(2026, 11, 10 + days), "morphology": "8890/3"}
        reports.report_pathology(episode=episode, report=report, by=people[Role.PATHOLOGIST])
    with django_assert_num_queries(2):  # the listing, and what is told of it
        told()


def test_rows_come_as_they_were_written(told, episode, plan):
    found = told()
    written = episode.pathology_reports.first()
    (report,) = found.pathology
    for name in ("pk", "reported_on", "kind", "morphology", "mitoses_score", "summary", "created_at"):
        assert getattr(report, name) == getattr(written, name)
    assert found.check == plan.checks.order_by("-id").first()
    assert found.check.result == plan.checks.order_by("-id").first().result
    assert found.pictures == 1
    assert not found.holds
    assert not found.recusals


def test_the_plan_brings_its_lines_without_another_statement(listing, plan, django_assert_num_queries):
    row = Listing.objects.in_the_room().get(pk=listing.pk)
    told_of(row, row.plan)
    with django_assert_num_queries(0):
        assert [line.modality for line in row.plan.treatments.all()] == ["radiotherapy", "surgery"]


def test_a_case_without_a_plan(put_on_list, team):
    row = put_on_list(factories.case(team).current_episode)
    found = told_of(row, None)
    assert found.check is None
    assert not found.responses
    assert not found.pathology


def test_the_decision_brings_its_actions_and_dissents(
    discussed, details, people, surgeon, django_assert_num_queries
):
    action = services.ActionDetails("Scan", people[Role.NURSE_SPECIALIST], timezone.localdate())
    dissent = services.DissentDetails(people[Role.ONCOLOGIST], "Chemotherapy first")
    row = discussed(*SIX_ROLES)
    services.record_decision(listing=row, details=details(actions=[action], dissents=[dissent]), by=surgeon)
    with django_assert_num_queries(1):
        decision, urgent, waiting = decisions_of(row)
        assert [each.text for each in decision.actions.all()] == ["Scan"]
        assert [each.owner for each in decision.actions.all()] == [people[Role.NURSE_SPECIALIST]]
        assert [each.reason for each in decision.dissents.all()] == ["Chemotherapy first"]
        assert decision.dissents.all()[0].person.full_name == people[Role.ONCOLOGIST].full_name
        assert decision.recorded_by == surgeon
    assert urgent is None
    assert waiting is None
    assert decision.actions.all()[0].due_on == timezone.localdate() + timedelta()
