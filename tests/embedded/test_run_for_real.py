"""./run itself, started and killed: what a user sees, and that nothing is left behind or lost."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from config.embedded import processes
from config.embedded.state import PROJECT

pytestmark = pytest.mark.long


class Service:
    """./run with data, port and log of its own."""

    def __init__(self, var: Path, port: int) -> None:
        self.var, self.port, self.log = var, port, var / "output.log"
        addresses = (
            "DATABASE_URL",
            "DATABASE_OWNER_URL",
            "CELERY_BROKER_URL",
            "TEST_DATABASE_NAME",
            "DATABASE_ROLE",
        )
        environment = {name: value for name, value in os.environ.items() if name not in addresses}
        self.environment = environment | {
            "VAR_DIR": str(var),
            "PORT": str(port),
            "DEMO": "0",
            "EMBEDDED": "1",
        }

    def start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("wb") as log:
            return subprocess.Popen(["./run"], cwd=PROJECT, env=self.environment, stdout=log, stderr=log)

    def serve(self) -> "subprocess.Popen[bytes]":
        started = self.start()
        deadline = time.monotonic() + 240
        while "is ready at" not in self.said():
            assert started.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)
        return started

    def manage(self, code: str) -> str:
        command = [".venv/bin/python", "manage.py", "shell", "--verbosity=0", "-c", code]
        ended = subprocess.run(
            command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=True
        )
        return ended.stdout.strip()

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=10) as page:
                return page.read() == b"ok"
        except OSError:
            return False

    def processes(self) -> list[str]:
        """What runs for it: supervisor, web, worker, scheduler, guard, keeper, database, broker."""
        found = [
            int(path.name) for path in Path("/proc").glob("[0-9]*") if str(self.var) in environment_of(path)
        ]
        return [processes.command(pid) for pid in found]

    def wait_until_nothing_runs(self) -> None:
        deadline = time.monotonic() + 60
        while self.processes():
            assert time.monotonic() < deadline, self.processes()
            time.sleep(0.2)


def environment_of(process: Path) -> str:
    """The command and the environment of a process: servers get none of ours but are started with their folder."""
    try:
        return (process / "cmdline").read_text(errors="replace") + (process / "environ").read_text(
            errors="replace"
        )
    except OSError:
        return ""


@pytest.fixture(scope="module")
def service():
    var = Path(tempfile.mkdtemp(prefix="run for real "))
    var.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = Service(var, port)
    yield service
    service.wait_until_nothing_runs()
    shutil.rmtree(var)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_run_survives_a_second_start_a_kill_and_ctrl_c(service):
    first = service.serve()
    assert service.answers()
    second = subprocess.run(["./run"], cwd=PROJECT, env=service.environment, capture_output=True, text=True)
    told = json.loads((service.var / "run/run.json").read_text())
    assert (
        second.stderr.strip()
        == f"Already running: {told['url']} (process {told['pid']}). Ctrl-C there stops it."
    )
    service.manage("from accounts.models import Organisation; Organisation.objects.create(name='Kept')")

    os.kill(told["pid"], signal.SIGKILL)
    first.wait()
    service.wait_until_nothing_runs()
    assert not service.answers()

    again = service.serve()
    assert service.answers()
    kept = service.manage("from accounts.models import Organisation; print(Organisation.objects.get().name)")
    assert kept == "Kept"

    again.send_signal(signal.SIGINT)
    assert again.wait(timeout=60) == 0
    assert service.said().rstrip().endswith("Stopped.")
    service.wait_until_nothing_runs()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_a_run_whose_every_helper_was_killed_is_cleaned_up_by_the_next(service):
    first = service.serve()
    for path in Path("/proc").glob("[0-9]*"):
        command = processes.command(int(path.name))
        if "config.embedded." in command and str(service.var) in environment_of(path):
            os.kill(int(path.name), signal.SIGKILL)
    first.wait()
    assert service.answers()  # orphaned, and at the port
    again = service.serve()
    assert "Cleaned up after a run that was killed: stopped scheduler, web, worker." in service.said()
    assert service.answers()
    again.terminate()
    assert again.wait(timeout=60) == 0
