"""Two schedulers with real processes: one works, and the other takes its place within seconds when it is gone."""

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from kombu import Connection

from audit.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 40
EVERY_SECONDS = 2


@pytest.fixture
def broker_url():
    """The broker of the tests, with a number of our own."""
    url, number = os.environ["CELERY_BROKER_URL"], 8 + os.getpid() % 8
    if url.startswith("redis+socket:"):
        return f"{url.partition('?')[0]}?virtual_host={number}"
    return urlsplit(url)._replace(path=f"/{number}").geturl()


@pytest.fixture
def sent(broker_url):
    """Counts the tasks that were queued, by name."""
    queue = Connection(broker_url).channel().client
    queue.delete("celery")

    def sent():
        return Counter(_task(message) for message in queue.lrange("celery", 0, -1))

    yield sent
    queue.delete("celery")
    queue.connection_pool.disconnect()


def _task(message):
    return message.partition(b'"task": "')[2].partition(b'"')[0].decode()


@pytest.fixture
def start(broker_url):
    started = []

    def start():
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        environment = os.environ | {
            "DATABASE_URL": database.geturl(),
            "DATABASE_ROLE": "application",
            "CELERY_BROKER_URL": broker_url,
        }
        command = ["-m", "celery", "-A", "config", "--quiet", "beat", "--loglevel=WARNING", "--pidfile="]
        process = subprocess.Popen([sys.executable, *command], cwd=PROJECT, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def overdue(transactional_db):
    """A schedule whose every minute's work should have been done an hour ago, and one every two seconds."""
    minute, often = (
        IntervalSchedule.objects.create(every=seconds, period="seconds") for seconds in (60, EVERY_SECONDS)
    )
    an_hour_ago = timezone.now() - timedelta(hours=1)
    for name in (
        "show that a worker works",
        "deliver what the outbox still holds",
        "write and send reminders",
    ):
        PeriodicTask.objects.create(name=name, task="x", interval=minute, last_run_at=an_hour_ago)
    PeriodicTask.objects.create(name="often", task="often", interval=often, last_run_at=an_hour_ago)


EACH_MINUTE = ("audit.tasks.heartbeat", "audit.tasks.sweep_outbox", "followup.tasks.remind")


def wait_for(seen, what):
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def last_beat():
    return Heartbeat.objects.filter(name="beat").values_list("at", flat=True).first()


def test_one_works_and_the_other_takes_over_when_it_is_killed(overdue, sent, start):
    first = start()
    wait_for(last_beat, "the first one works")
    wait_for(lambda: all(sent()[task] for task in EACH_MINUTE), "it does what is due")
    second = start()
    wait_for(lambda: sessions_that_wait() == 2, "the second one waits for its place")
    time.sleep(2 * EVERY_SECONDS)
    assert second.poll() is None
    before, killed_at = sent(), time.monotonic()
    first.kill()
    first.wait()
    wait_for(lambda: sent()["often"] > before["often"], "the second one goes on")
    assert time.monotonic() - killed_at < 10
    time.sleep(2 * EVERY_SECONDS)
    assert {sent()[task] for task in EACH_MINUTE} == {1}, "no minute's run was doubled, before or after"
    runs = PeriodicTask.objects.get(name="often").total_run_count
    assert sent()["often"] == runs <= (time.monotonic() - killed_at + 60) / EVERY_SECONDS


@pytest.mark.long
def test_a_scheduler_whose_database_sessions_are_cut_goes_on(overdue, sent, start):
    process = start()
    wait_for(lambda: sent()["often"], "it works")
    cut_the_sessions_of_schedulers()
    before = sent()["often"]
    wait_for(lambda: sent()["often"] > before + 1, "it goes on")
    assert process.poll() is None
    assert {sent()[task] for task in EACH_MINUTE} == {1}


def sessions_that_wait():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'scheduler''s place'"
        )
        return cursor.fetchone()[0]


def cut_the_sessions_of_schedulers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
