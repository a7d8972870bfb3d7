"""The feed of changes where commits are real: their order, the tasks that they queue, and a long feed."""

import gc
import threading
import tracemalloc

import pytest
from django.db import connection, connections, transaction

from audit import services as audit
from audit import tasks
from audit.events import EventType
from audit.models import OutboxEntry
from interop.models import Change
from tests import factories

PUBLISH = "interop.changes.services.publish"

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_committed_late_is_not_lost_behind_a_reader():
    """Its event has the lower id; a reader who was past that of the earlier commit sees it all the same."""
    case = factories.case(factories.team())
    began, over = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            audit.record(EventType.CASE_CHANGED, target=case, by=None, case_id=case.pk)
            began.set()
            over.wait(300)
        connections.close_all()

    late = threading.Thread(target=slow, daemon=True)
    late.start()
    began.wait(20)
    with transaction.atomic():
        audit.record(EventType.CASE_CLOSED, target=case, by=None, case_id=case.pk)
    seen = Change.objects.order_by("-position").first()
    assert Change.objects.filter(type=EventType.CASE_CLOSED).exists()
    assert not Change.objects.filter(type=EventType.CASE_CHANGED).exists()
    over.set()
    late.join()
    after = Change.objects.filter(position__gt=seen.position, type=EventType.CASE_CHANGED).earliest(
        "position"
    )
    assert after.event_id < seen.event_id


def test_a_commit_queues_one_task_however_many_events_it_has(monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.deliver_batches, "delay", queued.append)
    case = factories.case(factories.team())
    queued.clear()
    OutboxEntry.objects.filter(consumer=PUBLISH).update(status="done")
    for _ in range(3):
        with transaction.atomic():
            for _ in range(4):
                audit.record(EventType.CASE_CHANGED, target=case, by=None, case_id=case.pk)
    assert queued == [PUBLISH]


@pytest.mark.long
def test_a_hundred_thousand_changes_are_read_in_flat_memory(machine):
    team = factories.team()
    case = factories.case(team)
    target = {"type": "case.changed", "target_type": "cases.case", "target_id": case.pk, "case_id": case.pk}
    many = 100_000
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH made AS (INSERT INTO audit_event (type, target_type, target_id, case_id, data) "
            "SELECT %(type)s, %(target_type)s, %(target_id)s, %(case_id)s, '{}' FROM generate_series(1, %(many)s) "
            "RETURNING id, at) INSERT INTO interop_change (event_id, type, resource, key, case_id, at) "
            "SELECT id, 'case.changed', 'cases', %(key)s, %(case_id)s, at FROM made",
            target | {"many": many, "key": case.reference},
        )
    reader = machine(team.organisation)
    seen, address = 0, "/api/v1/changes/?page_size=1000"
    tracemalloc.start()
    while address:
        page = reader.client.get(address, headers=reader.headers).json()
        address = page["next"]
        seen += len(page["results"])
        if seen == 5_000:
            before = _in_memory()
    after = _in_memory()
    tracemalloc.stop()
    assert seen == many
    assert after < before + 2_000_000


def _in_memory():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
