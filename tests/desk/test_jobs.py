"""The page of jobs: who may open it, what it tells with parts at work, away or never seen, and trying again."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from accounts.services import retry_deliveries
from audit import services
from audit.models import Event, Heartbeat, OutboxEntry
from audit.workflow import WrongState
from config.celery import app
from desk.jobs import CONSUMERS
from followup.models import Mail
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/jobs/"
CONSUMER = "mdt.services.sync_after_event"


@pytest.fixture(autouse=True)
def broker_works(monkeypatch):
    monkeypatch.setattr(app.conf, "broker_read_url", "memory://")
    monkeypatch.setattr(app.conf, "broker_url", "memory://")


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def administrator(team):
    return factories.member(Role.ADMINISTRATOR, team)


@pytest.fixture
def browser(sign_in, administrator):
    return sign_in(administrator)


@pytest.fixture
def event():
    return Event.objects.create(type="case.opened", target_type="cases.case", target_id=1)


def failed(event, consumer=CONSUMER):
    return OutboxEntry.objects.create(
        event=event, consumer=consumer, status="failed", attempts=6, last_error="DoesNotExist"
    )


def mail(person, number, **fields):
    return Mail.objects.create(kind="at_once", person=person, message_id=f"<{number}@x>", **fields)


def words(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("role", [role for role in Role if role != Role.HOSPITAL_SYSTEM])
def test_it_opens_to_those_who_keep_the_service_going(sign_in, team, role):
    client = sign_in(factories.member(role, team))
    may = Permission.SEE_JOBS in ROLE_PERMISSIONS[role]
    assert client.get(PAGE).status_code == (200 if may else 403)
    assert client.post(reverse("desk:retry_mails")).status_code == (302 if may else 403)
    assert client.post(reverse("desk:retry_delivery")).status_code == (302 if may else 403)


def test_it_needs_a_sign_in(client):
    assert client.get(PAGE).status_code == 302


def test_before_anything_has_run_it_says_so(browser):
    page = words(browser.get(PAGE))
    assert page.count("never") >= 3
    assert "not heard from" in page
    assert "Everything is done." in page
    assert "The scheduler has never run." in page


def test_what_runs_is_shown_with_its_times(browser):
    for name in ("beat", "worker"):
        services.note_heartbeat(name=name)
    services.note_heartbeat(name="reminders", took_ms=1234)
    minute = IntervalSchedule.objects.create(every=60, period="seconds")
    PeriodicTask.objects.create(
        name="write and send reminders",
        task="x",
        interval=minute,
        last_run_at=timezone.now(),
        total_run_count=77,
    )
    page = words(browser.get(PAGE))
    assert page.count("at work") == 3
    assert "took 1.2 seconds" in page
    assert "every 60 seconds" in page
    assert "Write and send reminders" in page
    assert "77" in page
    assert "not heard from" not in page


@pytest.mark.parametrize(("name", "minutes"), [("beat", 2), ("worker", 4), ("reminders", 6)])
def test_a_part_that_fell_silent_stands_out(browser, name, minutes):
    for part in ("beat", "worker", "reminders"):
        services.note_heartbeat(name=part)
    Heartbeat.objects.filter(name=name).update(at=Now() - timedelta(minutes=minutes))
    assert words(browser.get(PAGE)).count("not heard from") == 1


def test_ages_and_times_are_in_the_largest_words_that_fit(browser):
    services.note_heartbeat(name="worker")
    Heartbeat.objects.update(at=Now() - timedelta(seconds=3754))
    at_two = CrontabSchedule.objects.create(hour="2", minute="0")
    every_ten = IntervalSchedule.objects.create(every=600, period="seconds")
    PeriodicTask.objects.create(name="forget drafts", task="x", crontab=at_two)
    PeriodicTask.objects.create(name="bring up gaps", task="y", interval=every_ten)
    page = words(browser.get(PAGE))
    for said in ("62 minutes ago", "daily at 2 am", "every 10 minutes"):
        assert said in page


def test_every_delivery_of_the_settings_has_a_plain_name(settings):
    one_by_one = {name for names in settings.OUTBOX_CONSUMERS.values() for name in names}
    assert set(CONSUMERS) == one_by_one | settings.OUTBOX_BATCHES.keys()


def test_without_the_broker_the_page_shows_and_says_so(browser, monkeypatch):
    monkeypatch.setattr(app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    response = browser.get(PAGE)
    assert response.status_code == 200
    assert "The broker does not answer." in words(response)


def test_failed_deliveries_are_tried_again_by_consumer(browser, event, administrator):
    OutboxEntry.objects.create(event=event, consumer="a.pending")
    ours, other = failed(event), failed(event, "b.other")
    page = words(browser.get(PAGE))
    assert "Find what is missing before a meeting" in page
    assert f"{CONSUMER}: DoesNotExist" in page
    answer = browser.post(reverse("desk:retry_delivery"), {"consumer": CONSUMER}, follow=True)
    assert "Queued again: 1 of the deliveries" in words(answer)
    ours.refresh_from_db()
    other.refresh_from_db()
    assert (ours.status, ours.attempts) == ("pending", 0)
    assert other.status == "failed"
    told = Event.objects.get(type="delivery.queued")
    assert told.by == administrator
    assert told.target_id == ours.pk


def test_only_what_was_given_up_is_tried_again(event):
    entry = OutboxEntry.objects.create(event=event, consumer=CONSUMER)
    with pytest.raises(WrongState):
        services.retry_entry(entry=entry, by=None)


def test_an_unknown_consumer_changes_nothing(event, administrator):
    failed(event)
    assert retry_deliveries(consumer="no.such", by=administrator) == 0


def test_failed_mails_are_tried_again_and_dealt_with_ones_are_left(browser, administrator):
    person = factories.user()
    gave_up = mail(person, 1, status="failed", attempts=6)
    dealt_with = mail(person, 2, status="failed", seen_at=timezone.now(), seen_by=administrator)
    sent = mail(person, 3, status="sent", bounced_at=timezone.now())
    page = words(browser.get(PAGE))
    assert "Try all that were given up again" in page
    answer = browser.post(reverse("desk:retry_mails"), follow=True)
    assert "Queued again: 1 of the e-mails" in words(answer)
    for row, status in ((gave_up, "pending"), (dealt_with, "failed"), (sent, "sent")):
        row.refresh_from_db()
        assert row.status == status
    assert "Try all that were given up again" not in words(browser.get(PAGE))


def test_it_names_nobody_and_costs_the_same_with_many_rows(browser, event, django_assert_max_num_queries):
    person = factories.user(full_name="Somebody Particular")
    for number in range(30):
        failed(event, f"consumer.{number}")
        mail(person, number, status="failed")
    browser.get(PAGE)
    with django_assert_max_num_queries(14):
        page = browser.get(PAGE)
    assert "Somebody Particular" not in words(page)


def test_asking_again_does_not_prolong_the_session(browser):
    before = browser.session.get_expiry_date(), browser.session.session_key
    answer = browser.get(PAGE, headers={"HX-Request": "true"})
    assert "sessionid" not in answer.cookies
    assert Session.objects.get(pk=before[1]).expire_date <= before[0]


def test_it_is_in_the_menu_of_those_who_may(browser):
    assert 'href="/jobs/"' in browser.get(PAGE).content.decode()
