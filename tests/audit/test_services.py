"""Events and the outbox: written with the change, delivered once, tried again when the consumer fails."""

import pytest
from django.db import connection, transaction

from audit import services
from audit.events import EventType
from audit.models import Event, OutboxEntry, Read
from tests import factories

pytestmark = pytest.mark.django_db
told: list[int] = []


def consumer(*, event):
    told.append(event.pk)


def failing(*, event):
    raise ConnectionError("the other side is away")


@pytest.fixture(autouse=True)
def only_its_consumers(settings):
    """The feed of changes takes events in batches, which is tested where it is."""
    settings.OUTBOX_BATCHES = {}


@pytest.fixture
def consumers(settings):
    told.clear()

    def set_to(*names):
        settings.OUTBOX_CONSUMERS = {EventType.CASE_CHANGED: [f"{__name__}.{name}" for name in names]}

    return set_to


def recorded():
    return services.record(EventType.CASE_CHANGED, target=factories.case(factories.team()), by=None)


def test_an_event_outside_a_transaction_is_refused(transactional_db):
    case = factories.case(factories.team())
    with pytest.raises(transaction.TransactionManagementError):
        services.record(EventType.CASE_CHANGED, target=case, by=None)


def test_each_consumer_is_told_once(consumers, django_capture_on_commit_callbacks):
    consumers("consumer")
    with django_capture_on_commit_callbacks(execute=True):
        event = recorded()
    entry = OutboxEntry.objects.get()
    services.deliver_entry(entry_id=entry.pk)
    assert told == [event.pk]
    assert entry.status == OutboxEntry.Status.DONE


def test_a_failed_delivery_is_kept_and_tried_again(consumers, django_capture_on_commit_callbacks):
    consumers("failing")
    recorded()
    entry = OutboxEntry.objects.get()
    with pytest.raises(ConnectionError):
        services.deliver_entry(entry_id=entry.pk)
    for _ in services.RETRY_SECONDS:
        services.delivery_failed(entry_id=entry.pk, error="ConnectionError")
    entry.refresh_from_db()
    assert entry.status == OutboxEntry.Status.PENDING
    services.delivery_failed(entry_id=entry.pk, error="ConnectionError")
    entry.refresh_from_db()
    assert (entry.status, entry.last_error) == (OutboxEntry.Status.FAILED, "ConnectionError")


def test_reads_land_in_their_months_partition():
    by = factories.user()
    Read.objects.create(by=by, surface="page", view="x", patient_ids=[1, 2])
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_read")
        (partition,) = cursor.fetchone()
    assert partition.startswith("audit_read_2")


def test_an_events_words_come_from_its_type():
    recorded()
    assert Event.objects.get().label == "Case details changed"


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_away_the_change_stands_and_the_sweeper_delivers(settings, monkeypatch):
    from audit import tasks

    def away(entry_id):
        raise ConnectionError

    settings.OUTBOX_CONSUMERS = {"case.changed": ["tests.audit.test_services.consumer"]}
    monkeypatch.setattr(tasks.deliver, "delay", away)
    with transaction.atomic():
        services.record(EventType.CASE_CHANGED, target=factories.team(), by=None)
    assert OutboxEntry.objects.get().status == "pending"
