"""Reminders with real processes, a real database and a real mail connection: none is lost, whatever dies."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import Role
from followup import services
from followup.models import Mail, Reminder, Review
from tests import factories
from tests.faults.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)

HOW_MANY = 200
LEASE_SECONDS = 3
PATIENCE = 120
"""Seconds after which a worker that does not end has failed; it ends in a few."""

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def two_hundred_due(transactional_db):
    """Reviews that are due today, each of another person, their reminders not yet written."""
    team = factories.team()
    episode, nurse = factories.case(team).current_episode, factories.member(Role.NURSE_SPECIALIST, team)
    names = [f"nurse{number}@example.org" for number in range(HOW_MANY)]
    people = User.objects.bulk_create(User(email=name, full_name=name) for name in names)
    Membership.objects.bulk_create(
        Membership(user=each, team=team, organisation=team.organisation, role=Role.NURSE_SPECIALIST)
        for each in people
    )
    Review.objects.bulk_create(
        Review(episode=episode, due_on=timezone.localdate(), responsible=each, created_by=nurse)
        for each in people
    )


@pytest.fixture
def workers(sink):
    """Starts worker processes on the test database and the sink; none outlives its test. No broker is there."""
    started = []

    def start(*roles, lease_seconds=LEASE_SECONDS):
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        environment = os.environ | {
            "DATABASE_URL": database.geturl(),
            "DATABASE_ROLE": "application",
            "EMAIL_URL": sink.url,
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
            "REMINDER_LEASE_SECONDS": str(lease_seconds),
            "PGAPPNAME": "fault test worker",
            "PGOPTIONS": "-c synchronous_commit=off",  # PostgreSQL itself is not killed here
        }
        made = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker", role],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for role in roles
        ]
        started.extend(made)
        for process in made:
            assert process.stdout.readline() == "ready\n"
        return made

    yield start
    for process in started:
        process.kill()
        process.communicate()


def go(*processes):
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def states():
    return set(Mail.objects.values_list("status", flat=True))


def doubts():
    return set(Mail.objects.filter(in_doubt=True).values_list("message_id", flat=True))


def doubles(sink):
    return {message_id for message_id, times in sink.taken.items() if times > 1}


def everything_arrived(sink):
    assert states() == {"sent"}
    assert set(sink.taken) == set(Mail.objects.values_list("message_id", flat=True))
    assert len(sink.taken) == HOW_MANY
    assert Reminder.objects.filter(mail__status="sent").count() == HOW_MANY


def test_a_worker_killed_between_claiming_and_sending_loses_nothing(two_hundred_due, sink, workers):
    services.write_due_reminders(today=timezone.localdate())
    doomed, other = workers("claims and hangs", "sends")
    go(doomed)
    assert doomed.stdout.readline() == "claimed 20\n"
    assert Mail.objects.filter(status="claimed").count() == 20
    doomed.kill()
    go(other)
    assert other.wait(timeout=PATIENCE) == 0
    everything_arrived(sink)
    assert doubles(sink) == doubts() == set(), "nothing had been handed over, so nothing was sent twice"


@pytest.mark.long
def test_two_workers_send_each_once(two_hundred_due, sink, workers):
    both = workers("sends", "sends", lease_seconds=120)
    go(*both)
    for process in both:
        assert process.wait(timeout=PATIENCE) == 0
    everything_arrived(sink)
    assert sink.taken.total() == HOW_MANY
    assert doubts() == set()


def test_a_worker_killed_while_the_mail_server_takes_a_message_leaves_one_counted_doubt(
    two_hundred_due, sink, workers
):
    doomed, other = workers("sends", "sends")
    sink.before_answering[70] = lambda: (doomed.kill(), doomed.wait())
    go(doomed)
    assert doomed.wait(timeout=PATIENCE) == -9
    go(other)
    assert other.wait(timeout=PATIENCE) == 0
    everything_arrived(sink)
    assert len(doubles(sink)) == 1
    assert doubles(sink) == doubts(), "the one that came twice has the same Message-ID and is counted"


@pytest.mark.long
def test_after_a_lost_database_connection_the_next_run_catches_up(two_hundred_due, sink, workers):
    first, second = workers("sends", "sends")
    sink.before_answering[40] = cut_the_workers_database
    go(first)
    assert first.wait(timeout=PATIENCE) != 0, "the run that lost its connection ends"
    go(second)
    assert second.wait(timeout=PATIENCE) == 0
    everything_arrived(sink)
    assert doubles(sink) == doubts()
    assert len(doubts()) == 1


@pytest.mark.long
def test_workers_killed_again_and_again_lose_nothing_and_every_double_is_counted(
    two_hundred_due, sink, workers
):
    """One of the two dies while a message comes in, at any place of its work, and another takes its place."""
    at_random = Random(6)
    running = workers("sends", "sends", lease_seconds=2)

    def kill_one():
        victim = running.pop(at_random.randrange(len(running)))
        victim.kill()
        victim.wait()

    for place in range(15, HOW_MANY, 30):
        sink.before_answering[place] = kill_one
    go(*running)
    until = monotonic() + PATIENCE
    while monotonic() < until and Mail.objects.filter(status="sent").count() < HOW_MANY:
        running[:] = [each for each in running if each.poll() is None]
        if len(running) < 2:
            (fresh,) = workers("sends", lease_seconds=2)
            running.append(fresh)
            go(fresh)
        sleep(0.05)
    everything_arrived(sink)
    assert doubles(sink) <= doubts(), "whatever came twice is counted"
    assert max(sink.taken.values()) <= 3
    assert len(doubts()) <= 7, "one for each that was killed at most"


def cut_the_workers_database():
    """As a restart of the server does: the connection is gone, and the process has not noticed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'fault test worker'"
        )
    connection.close()
