"""/metrics: who may read it, what stands in it, and that nobody is named."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from accounts.permissions import Role
from audit import services
from audit.models import Event, OutboxEntry
from config.celery import app
from tests import factories

PROJECT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def broker_works(monkeypatch):
    monkeypatch.setattr(app.conf, "broker_read_url", "memory://")
    monkeypatch.setattr(app.conf, "broker_url", "memory://")


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(**extra):
    return Client().get("/metrics", **extra)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_may_read_them(address):
    assert read(REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize("address", ["10.0.0.7", "192.0.2.1", "::ffff:10.0.0.7", ""])
def test_another_machine_may_not(address):
    assert read(REMOTE_ADDR=address).status_code == 403


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host", "Via"]
)
def test_what_a_proxy_on_this_machine_passes_on_is_from_elsewhere(header):
    assert read(headers={header: "127.0.0.1"}).status_code == 403


def test_with_the_token_from_anywhere(settings):
    settings.METRICS_TOKEN = "a long secret"
    far = {"REMOTE_ADDR": "10.0.0.7"}
    assert read(**far, headers={"Authorization": "Bearer a long secret"}).status_code == 200
    for wrong in ("Bearer a long", "Bearer", "Basic a long secret", "a long secret", ""):
        assert read(**far, headers={"Authorization": wrong}).status_code == 403


def test_no_token_is_not_an_empty_token():
    answer = read(REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer "})
    assert answer.status_code == 403


def test_how_the_work_stands():
    services.note_heartbeat(name="beat")
    event = Event.objects.create(type="case.opened", target_type="cases.case", target_id=1)
    for number, status in enumerate(["pending", "pending", "failed", "done"]):
        OutboxEntry.objects.create(event=event, consumer=f"c{number}", status=status)
    told = samples(read().content.decode())
    assert told["sarcoma_mdt_outbox_pending",] == 2
    assert told["sarcoma_mdt_outbox_failed",] == 1
    assert told["sarcoma_mdt_queue_length",] == 0
    assert told["sarcoma_mdt_database_up",] == told["sarcoma_mdt_broker_up",] == 1
    assert told["sarcoma_mdt_beat_age_seconds",] < 30
    assert ("sarcoma_mdt_worker_age_seconds",) not in told, "no worker was ever seen"
    for name in ("pending", "failed", "in_doubt", "bounced"):
        assert told[f"sarcoma_mdt_mails_{name}",] == 0
    assert told["sarcoma_mdt_oldest_due_seconds",] == 0


def test_without_the_broker_the_rest_is_told(monkeypatch):
    monkeypatch.setattr(app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    told = samples(read().content.decode())
    assert told["sarcoma_mdt_broker_up",] == 0
    assert ("sarcoma_mdt_queue_length",) not in told
    assert told["sarcoma_mdt_outbox_pending",] == 0


def test_requests_are_counted_by_the_name_of_their_view(sign_in):
    team = factories.team()
    case = factories.case(team)
    client = sign_in(factories.member(Role.COORDINATOR, team))
    assert client.get(f"/case/{case.reference}/").status_code == 200
    text = read().content.decode()
    told = samples(text)
    key = ("sarcoma_mdt_requests_total", ("method", "GET"), ("status", "200"), ("view", "desk:case"))
    assert told[key] >= 1
    assert told["sarcoma_mdt_request_seconds_count", ("view", "desk:case")] >= 1
    assert told["sarcoma_mdt_statements_total", ("view", "desk:case")] > 5
    for secret in (case.reference, case.patient.family_name, client.session["_auth_user_id"] + "@"):
        assert secret not in text


def test_strange_methods_and_addresses_make_no_series_of_their_own():
    Client().generic("BREW", "/no/such/page/4711/")
    text = read().content.decode()
    assert "BREW" not in text
    assert "no/such" not in text
    assert 'method="other"' in text


@pytest.fixture
def web(tmp_path):
    """The web server as it ships, with two processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"VAR_DIR": str(tmp_path), "LOG_FORMAT": "json", "LOG_LEVEL": "WARNING"}
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    command = ["-m", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", "--workers=2", "--preload"]
    options = ["--worker-class=gthread", "--threads=2", "--no-control-socket", "--log-level=warning"]
    process = subprocess.Popen([sys.executable, *command, *options], cwd=PROJECT, env=environment)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=30)


def test_several_processes_count_as_one(web, tmp_path):
    deadline = time.monotonic() + 40
    while True:
        try:
            urllib.request.urlopen(f"{web}/health/live", timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    for _ in range(30):
        urllib.request.urlopen(f"{web}/accessibility/", timeout=10).close()
    with urllib.request.urlopen(f"{web}/metrics", timeout=10) as page:
        text = page.read().decode()
    told = samples(text)
    counted = [
        value
        for (name, *labels), value in told.items()
        if name == "sarcoma_mdt_requests_total" and ("view", "desk:accessibility") in labels
    ]
    assert counted == [30]
    assert len(re.findall("^# TYPE sarcoma_mdt_request_seconds ", text, re.MULTILINE)) == 1
    assert list((tmp_path / "metrics").glob("counter_*.db"))
