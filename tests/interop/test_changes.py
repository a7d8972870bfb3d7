"""The feed of changes: complete, in the order of commits, and shown to those who see what changed."""

import json

import psycopg
import pytest
from django.db import connection, transaction

from audit import services as audit
from audit import tasks
from audit.events import EventType
from audit.models import Event, OutboxEntry
from config.api.schema import document
from config.celery import app as celery_app
from interop.changes.published import NOT_PUBLISHED, PUBLISHED
from interop.models import Change
from tests import factories
from tests.trials import pairs

FEED = "changes/"
PUBLISH = "interop.changes.services.publish"


@pytest.fixture
def published(centre):
    """The centre, of which everything was published."""
    tasks.deliver_batches(PUBLISH)
    return centre


def read(caller, after=None, **query):
    answer = caller.get(FEED, query | ({} if after is None else {"after": after}))
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_each_kind_of_event_is_published_or_not_for_a_reason():
    assert not PUBLISHED.keys() & NOT_PUBLISHED.keys()
    assert {each.value for each in EventType} == PUBLISHED.keys() | NOT_PUBLISHED.keys()
    assert all(NOT_PUBLISHED.values())


def test_each_list_that_the_feed_names_is_one_of_the_api():
    for resource in set(PUBLISHED.values()):
        assert any(path.startswith(f"/api/v1/{resource}/{{") for path in document()["paths"]), resource


def test_everything_that_happened_stands_in_the_feed_once_and_can_be_read_at_its_address(published, machine):
    reader = machine(published.team.organisation)
    rows = read(reader, page_size=1000)["results"]
    happened = Event.objects.filter(type__in=PUBLISHED)
    left_out = happened.exclude(pk__in=Change.objects.values("event"))
    assert list(left_out.values_list("type", "target_type")) == []
    assert len(rows) == len({row["position"] for row in rows})
    assert [int(row["position"]) for row in rows] == sorted(int(row["position"]) for row in rows)
    for address in {row["address"] for row in rows}:
        assert reader.get(address.removeprefix("/api/v1/")).status_code == 200, address
    assert {"decision.recorded", "plan.agreed", "referral.accepted", "enquiry.received"} <= {
        r["type"] for r in rows
    }


def test_the_feed_names_nobody(published, machine):
    text = json.dumps(read(machine(published.team.organisation), page_size=1000))
    patient = published.patient
    for told in (patient.family_name, patient.nhs_number, "1972", published.surgeon.full_name):
        assert told not in text


def test_pages_follow_each_other_and_a_kept_position_goes_on_where_it_ended(published, machine):
    reader = machine(published.team.organisation)
    whole = read(reader, page_size=1000)
    first = read(reader, page_size=7)
    rest = reader.client.get(first["next"], headers=reader.headers).json()
    assert [*first["results"], *rest["results"]] == whole["results"][: 7 + len(rest["results"])]
    assert whole["next"] is None
    end = read(reader, after=whole["last"])
    assert (end["results"], end["last"], end["next"]) == ([], whole["last"], None)
    with transaction.atomic():
        audit.record(EventType.CASE_CHANGED, target=published.case, by=None, case_id=published.case.pk)
    tasks.deliver_batches(PUBLISH)
    assert [row["type"] for row in read(reader, after=whole["last"])["results"]] == ["case.changed"]


def test_the_feed_is_narrowed_by_type_and_by_list(published, machine):
    reader = machine(published.team.organisation)
    assert {row["type"] for row in read(reader, type="plan.proposed")["results"]} == {"plan.proposed"}
    assert {row["resource"] for row in read(reader, resource="meetings")["results"]} == {"meetings"}


def test_a_reader_who_is_shown_nothing_goes_on_from_the_newest_position(published, machine):
    newest = str(Change.objects.latest("position").pk)
    stranger = machine(factories.team().organisation, name="Other system")
    assert read(stranger) == {"next": None, "last": newest, "results": []}
    few = read(machine(published.team.organisation), type="patient.registered")
    assert (few["next"], few["last"]) == (None, newest)


@pytest.mark.parametrize("after", ["yesterday", "-1", "1.5", "9" * 19, "٣"])
def test_what_is_no_position_is_refused(published, machine, after):
    answer = machine(published.team.organisation).get(FEED, {"after": after})
    assert answer.status_code == 400
    assert "after" in answer.json()["errors"]


def test_a_position_of_another_installation_is_not_found(published, machine):
    assert machine(published.team.organisation).get(FEED, {"after": "9" * 15}).status_code == 404


def test_another_centre_sees_nothing_of_ours_and_a_case_that_moved_goes_with_its_team(published, machine):
    other = factories.team()
    theirs = machine(other.organisation, name="Other system")
    assert read(theirs)["results"] == []
    published.case.team = other
    published.case.save(update_fields=["team"])
    assert {row["case"] for row in read(theirs, page_size=1000)["results"]} == {
        published.case.reference,
        None,
    }
    mine = read(machine(published.team.organisation), page_size=1000)["results"]
    assert published.case.reference not in {row["case"] for row in mine}


def test_a_change_of_the_trial_register_is_everyones(db, machine):
    trial = pairs.trial()
    with transaction.atomic():
        audit.record(EventType.TRIAL_VERIFIED, target=trial, by=None)
    tasks.deliver_batches(PUBLISH)
    rows = read(machine(factories.team().organisation), type="trial.verified")["results"]
    assert [row["address"] for row in rows] == [f"/api/v1/trials/{trial.pk}/"]


def test_a_page_takes_the_same_few_statements_however_long_it_is(
    published, machine, django_assert_max_num_queries
):
    reader = machine(published.team.organisation)
    with django_assert_max_num_queries(8):
        assert len(read(reader, page_size=50)["results"]) > 30


def test_publishing_again_changes_nothing(published):
    before = Change.objects.count()
    OutboxEntry.objects.filter(consumer=PUBLISH).update(status="pending")
    tasks.deliver_batches(PUBLISH)
    assert Change.objects.count() == before


def test_an_event_whose_row_is_gone_holds_nothing_up(db, machine):
    team = factories.team()
    row = factories.case(team)
    with transaction.atomic():
        meeting = type(row)(pk=10**9)
        audit.record(EventType.PLAN_CHECKED, target=meeting, by=None, case_id=row.pk)
        audit.record(EventType.MEETING_PLANNED, target=meeting, by=None)
        audit.record(EventType.CASE_CHANGED, target=row, by=None, case_id=row.pk)
    tasks.deliver_batches(PUBLISH)
    rows = read(machine(team.organisation), page_size=1000)["results"]
    assert [(each["type"], each["resource"]) for each in rows][-2:] == [
        ("plan.checked", "cases"),
        ("case.changed", "cases"),
    ]
    assert not OutboxEntry.objects.filter(consumer=PUBLISH, status="pending").exists()


def test_one_event_that_cannot_be_published_holds_up_no_other(db, settings, monkeypatch):
    """As when a type is no longer published while events of it wait."""
    settings.OUTBOX_CONSUMERS = {}
    case = factories.case(factories.team())
    OutboxEntry.objects.update(status="done")
    monkeypatch.delitem(PUBLISHED, "case.closed")
    with transaction.atomic():
        for type in (EventType.CASE_CHANGED, EventType.CASE_CLOSED, EventType.NEEDS_RECORDED):
            audit.record(type, target=case, by=None, case_id=case.pk)
    monkeypatch.setitem(celery_app.conf, "task_eager_propagates", False)
    tasks.deliver_batches.delay(PUBLISH)
    tasks.sweep_outbox()
    newest = Change.objects.order_by("-pk").values_list("type", flat=True)[:2]
    assert list(newest) == ["needs.recorded", "case.changed"]
    culprit = OutboxEntry.objects.get(consumer=PUBLISH, status="pending")
    assert (culprit.event.type, culprit.attempts, culprit.last_error) == ("case.closed", 2, "KeyError")
    monkeypatch.setitem(PUBLISHED, "case.closed", "cases")
    OutboxEntry.objects.update(next_try_at=culprit.event.at)
    tasks.sweep_outbox()
    assert Change.objects.latest("pk").type == "case.closed"


def test_the_application_cannot_change_the_feed(published):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction.atomic():
        connection.cursor().connection.execute("DELETE FROM interop_change")
