"""./run and ./test: what they refuse, what they clean up, and what the locked requirements hold."""

import fcntl
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from config.embedded import leftovers, prepare, processes, run
from config.embedded.errors import EmbeddedError

LOCKED = {"base": None, "uv": "uv", "node": "node", "embedded": "embedded", "dev": "test"}


@pytest.fixture
def var(monkeypatch, tmp_path):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    return tmp_path


def test_a_second_run_is_told_in_one_line_where_the_first_one_is(var):
    (var / "run/run.json").write_text(json.dumps({"pid": 4711, "url": "http://localhost:8000"}))
    with (var / "run/run.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        with pytest.raises(SystemExit) as refused:
            prepare.refuse_while_running(var)
    assert (
        str(refused.value) == "Already running: http://localhost:8000 (process 4711). Ctrl-C there stops it."
    )


def test_what_a_killed_run_wrote_down_does_not_stop_the_next(var):
    (var / "run/run.json").write_text(json.dumps({"pid": 4711, "url": "http://localhost:8000"}))
    prepare.refuse_while_running(var)


def test_a_busy_port_is_named(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("PORT", str(other.getsockname()[1]))
        with pytest.raises(SystemExit, match=r"address already in use.*Choose another"):
            prepare.check_port()


@pytest.mark.parametrize("port", ["", "web", "0", "65536", "-1", "80 80"])
def test_a_port_that_is_no_port_is_named(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match="must be a number from 1 to 65535"):
        prepare.check_port()


@pytest.mark.parametrize("arguments", [["--help"], ["--prepar"], ["--prepare", "--reset"], ["migrate"]])
def test_an_unknown_argument_prints_what_there_is(arguments):
    with pytest.raises(SystemExit, match=r"\./run --prepare"):
        prepare.main(arguments)


def test_processes_that_a_killed_run_left_are_ended_with_their_children(var, capsys):
    python = Path(run.PYTHON)
    command = [str(python), "-c", "import os, time; os.fork(); time.sleep(60)"]
    left = subprocess.Popen(leftovers.recorded("web", command), shell=True, start_new_session=True)
    while not processes.command(left.pid).startswith(str(python)):
        assert left.poll() is None
    assert leftovers.stop() == ["web"]
    assert "stopped web" in capsys.readouterr().out
    with pytest.raises(ProcessLookupError):
        os.killpg(left.pid, 0)
    left.returncode = -15  # stop_group has collected it
    assert leftovers.stop() == []


def test_a_stranger_with_a_process_number_of_ours_is_left_alone(var):
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        (var / "run/web.pid").write_text(str(stranger.pid))
        assert leftovers.stop() == []
        assert stranger.poll() is None
        stranger.kill()
    assert not (var / "run/web.pid").exists()


def test_a_recorded_command_survives_an_odd_path(var):
    line = leftovers.recorded("web", ["echo", "it's here"])
    shown = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert shown.stdout == "it's here\n"
    assert (var / "run/web.pid").read_text().strip().isdigit()


def test_reset_never_touches_a_database_of_ones_own(var, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db.example/mdt")
    with pytest.raises(EmbeddedError, match="Nothing was dropped"):
        run.reset()


def test_a_database_without_a_broker_is_refused(var, monkeypatch):
    monkeypatch.setattr(run, "write_once", lambda: None)
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db.example/mdt")
    monkeypatch.setenv("CELERY_BROKER_URL", "")
    with pytest.raises(EmbeddedError, match="set both, or neither"):
        run.begin()


def test_a_database_of_ones_own_gets_no_public_logins_unasked(var, monkeypatch, capsys):
    monkeypatch.setattr(run, "write_once", lambda: None)
    monkeypatch.setattr(run, "read_settings_file", lambda: os.environ.setdefault("DEMO", "1"))
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db.example/mdt")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://broker.example")
    monkeypatch.setenv("DEMO", "")
    monkeypatch.delenv("DEMO")
    assert run.begin() is None
    assert os.environ["DEMO"] == "0"
    assert "without a demonstration centre" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "handed_on"),
    [
        ([], ["-m", "not long", "-n", "2"]),
        (["--all"], ["-n", "2"]),
        (["tests/cases", "-x"], ["-m", "not long", "-n", "2", "tests/cases", "-x"]),
        (["-m", "browser"], ["-n", "2", "-m", "browser"]),
        (["-n0", "-k", "referral"], ["-m", "not long", "-n0", "-k", "referral"]),
        (["--pdb"], ["-m", "not long", "--pdb"]),
    ],
)
def test_pytest_gets_the_usual_arguments_unless_others_are_given(given, handed_on):
    assert run.for_pytest(given) == handed_on


def test_the_web_listens_on_this_machine_only():
    web = run.processes("8000")["web"]
    assert "--bind=127.0.0.1:8000" in web


def test_exactly_one_scheduler_runs():
    commands = [shlex.join(command) for command in run.processes("8000").values()]
    assert len([command for command in commands if " beat" in command]) == 1


@pytest.mark.parametrize("name", LOCKED)
def test_locked_requirements_hold_hashes_and_no_addresses(name):
    text = Path(f"requirements/{name}.txt").read_text()
    assert "://" not in text
    pins = re.split(r"\n(?=\S)", text.strip())
    assert all(re.match(r"[\w.-]+==", pin) and "--hash=sha256:" in pin for pin in pins), name


def test_npm_packages_are_locked_by_integrity_and_without_addresses():
    packages = json.loads(Path("package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert all("integrity" in package and "resolved" not in package for package in fetched.values())


def test_every_declared_dependency_is_locked_at_a_version_that_fits():
    declared = tomllib.loads(Path("pyproject.toml").read_text())
    wanted = [*declared["project"]["dependencies"]]
    for group in declared["dependency-groups"].values():
        wanted += [line for line in group if isinstance(line, str)]
    locked = {}
    for name in LOCKED:
        for line in Path(f"requirements/{name}.txt").read_text().splitlines():
            if match := re.match(r"([\w.-]+)==([^\s;]+)", line):
                locked.setdefault(match[1].lower(), Version(match[2]))
    for requirement in map(Requirement, wanted):
        assert locked[requirement.name.lower()] in requirement.specifier, (
            f"{requirement}: run requirements/lock"
        )


def test_the_environment_that_runs_these_tests_is_our_own():
    assert Path(sys.prefix) == Path.cwd() / ".venv"
