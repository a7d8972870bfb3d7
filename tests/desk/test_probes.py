"""What machines ask of the service: it answers without sign-in, names each part, and never hangs."""

import socket
import time
from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError, connections
from django.db.models.functions import Now
from django.test import Client

from audit import services
from audit.models import Heartbeat
from config.celery import app
from desk import asking


class AnyOf:
    """Equal to each of these."""

    def __init__(self, these):
        self.these = these

    def __eq__(self, other):
        return other in self.these


@pytest.fixture
def at_work(transactional_db):
    for name in ("beat", "worker"):
        services.note_heartbeat(name=name)


@pytest.fixture
def broker_is(monkeypatch):
    """Names another broker for the rest of the test."""

    def broker_is(url):
        monkeypatch.setattr(app.conf, "broker_read_url", url)
        monkeypatch.setattr(app.conf, "broker_url", url)

    return broker_is


@pytest.fixture
def broker_works(broker_is):
    broker_is("memory://")


def ready():
    response = Client().get("/health/ready")
    return response.status_code, response.json()


def not_ok(told):
    return [name for name, part in told["parts"].items() if not part["ok"]]


def test_live_asks_nothing_of_anyone():
    response = Client().get("/health/live", headers={"host": "10.1.2.3"})
    assert response.status_code == 200
    assert response.json() == {"ok": True}
    assert not response.cookies


def test_ready_when_every_part_works(at_work, broker_works):
    status, told = ready()
    assert status == 200
    assert told == {
        "ok": True,
        "parts": {
            "database": {"ok": True},
            "broker": {"ok": True},
            "worker": {"ok": True, "age_seconds": AnyOf(range(10))},
            "beat": {"ok": True, "age_seconds": AnyOf(range(10))},
        },
    }


@pytest.mark.parametrize(("name", "minutes"), [("beat", 2), ("worker", 4)])
def test_a_part_that_fell_silent_is_named_with_its_age(at_work, broker_works, name, minutes):
    Heartbeat.objects.filter(name=name).update(at=Now() - timedelta(minutes=minutes))
    status, told = ready()
    assert status == 503
    assert not_ok(told) == [name]
    assert told["parts"][name]["age_seconds"] in range(minutes * 60, minutes * 60 + 10)


def test_parts_that_were_never_seen_are_not_ok(transactional_db, broker_works):
    status, told = ready()
    assert status == 503
    assert not_ok(told) == ["worker", "beat"]
    assert told["parts"]["beat"]["age_seconds"] is None


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/broker.sock"])
def test_a_broker_that_is_away_is_named(at_work, broker_is, url):
    broker_is(url)
    status, told = ready()
    assert status == 503
    assert not_ok(told) == ["broker"]


def test_a_broker_that_hangs_is_waited_for_briefly(at_work, broker_is):
    with socket.create_server(("127.0.0.1", 0)) as hung:
        broker_is(f"redis://127.0.0.1:{hung.getsockname()[1]}/0")
        began = time.monotonic()
        status, told = ready()
    assert time.monotonic() - began < 4
    assert status == 503
    assert not_ok(told) == ["broker"]


def test_a_database_that_is_away_is_named_and_its_error_is_not(at_work, broker_works, monkeypatch):
    def refused(*args):
        raise OperationalError("password of sarcoma_app on 10.0.0.1")

    connections.close_all()
    with monkeypatch.context() as away:
        away.setattr("django.db.backends.postgresql.base.DatabaseWrapper.get_new_connection", refused)
        response = Client().get("/health/ready")
    assert response.status_code == 503
    assert not_ok(response.json()) == ["database", "worker", "beat"]
    assert "sarcoma_app" not in response.content.decode()


def test_a_part_that_hangs_costs_one_thread_however_often_it_is_asked(monkeypatch):
    began, go_on = [], Event()

    def hangs():
        began.append(1)
        go_on.wait(20)

    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.05)
    question = asking.Question(hangs)
    assert [asking.told(question.begin()) for _ in range(5)] == [None] * 5
    assert len(began) == 1
    go_on.set()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_a_probe_is_read_only(path):
    assert Client().post(path).status_code == 405


def test_a_probe_needs_no_tls_and_no_known_host(at_work, broker_works, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["mdt.example.org"]
    assert Client().get("/health/ready", headers={"host": "10.1.2.3:8000"}).status_code == 200
