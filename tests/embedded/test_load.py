"""When the embedded servers are used, and when they must not be: never by a missing variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import embedded
from config.embedded import keeper
from config.embedded.settings_file import write_once

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL")


@pytest.fixture
def held(monkeypatch, tmp_path):
    """An environment without addresses; the list says which servers a command asked for."""
    for name in (*ADDRESSES, "EMBEDDED"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    asked = []
    monkeypatch.setattr(keeper, "hold", asked.append)
    return asked


@pytest.mark.parametrize("switch", ["", "0"])
def test_nothing_happens_where_embedded_is_not_switched_on(held, monkeypatch, switch):
    monkeypatch.setenv("EMBEDDED", switch)
    embedded.load(["manage.py", "migrate"])
    assert held == []
    assert os.environ["DATABASE_URL"] == ""


def test_a_database_of_ones_own_is_used_instead(held, monkeypatch):
    monkeypatch.setenv("EMBEDDED", "1")
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db.example/mdt")
    embedded.load(["manage.py", "migrate"])
    assert held == []
    assert os.environ["DATABASE_URL"] == "postgres://me@db.example/mdt"
    assert os.environ["CELERY_BROKER_URL"] == ""


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "migrate"],
        ["./manage.py", "shell"],
        ["/somewhere/.venv/bin/gunicorn", "config.wsgi"],
        ["/somewhere/.venv/bin/celery", "-A", "config", "worker"],
    ],
)
def test_a_command_that_reads_the_database_starts_it(held, monkeypatch, command):
    monkeypatch.setenv("EMBEDDED", "1")
    embedded.load(command)
    assert len(held) == 1
    assert os.environ["DATABASE_URL"].startswith("postgres://sarcoma_app:")
    assert os.environ["DATABASE_OWNER_URL"].startswith("postgres://sarcoma_owner:")
    assert os.environ["CELERY_BROKER_URL"].startswith("redis+socket:///")


@pytest.mark.parametrize("command", [["manage.py"], ["manage.py", "help"], ["manage.py", "collectstatic"]])
def test_a_command_that_needs_no_database_starts_none(held, monkeypatch, command):
    monkeypatch.setenv("EMBEDDED", "1")
    embedded.load(command)
    assert held == []
    assert os.environ["DATABASE_URL"].startswith("postgres://sarcoma_app:")


def test_the_settings_file_never_wins_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PUBLIC_URL", "https://mdt.example")
    monkeypatch.delenv("FROM_FILE", raising=False)
    file = tmp_path / ".env"
    file.write_text("# a remark = nothing\nPUBLIC_URL=http://localhost\nFROM_FILE='quoted'\n\n")
    embedded.read_settings_file(file)
    assert os.environ["PUBLIC_URL"] == "https://mdt.example"
    assert os.environ.pop("FROM_FILE") == "quoted"


def test_the_settings_file_is_written_once_and_for_its_owner_alone(tmp_path):
    file = tmp_path / ".env"
    write_once(file)
    first = file.read_text()
    write_once(file)
    assert file.read_text() == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(first.partition("SECRET_KEY=")[2].strip()) > 50


def test_the_service_refuses_to_start_without_a_database_address():
    environment = os.environ | dict.fromkeys(ADDRESSES, "") | {"EMBEDDED": ""}
    del environment["DATABASE_URL"]
    refused = subprocess.run(
        [sys.executable, "-c", "import config.settings"], env=environment, capture_output=True, text=True
    )
    assert refused.returncode != 0
    assert "DATABASE_URL" in refused.stderr


@pytest.mark.parametrize("ignoring", [".gitignore", ".dockerignore"])
def test_the_settings_file_and_the_data_stay_out_of_the_repository_and_the_image(ignoring):
    ignored = {line.strip("/") for line in Path(ignoring).read_text().splitlines()}
    assert {".env", "var", ".venv", "node_modules"} <= ignored


@pytest.mark.parametrize("file", ["Dockerfile", "docker-compose.yml"])
def test_a_deployment_never_switches_the_embedded_servers_on(file):
    assert "EMBEDDED" not in Path(file).read_text()
