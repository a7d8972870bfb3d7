"""The processes of the service as they run for a centre, with the bench's own database, broker and mail server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis

from bench import scratch
from config.embedded.postgres import Postgres
from config.embedded.processes import alive, wait_until_gone
from config.embedded.state import PROJECT
from config.embedded.valkey import Valkey

MODULE = [sys.executable, "-m"]


def restart_broker() -> None:
    """Killed; the keeper of the servers starts it again."""
    _kill(Valkey(scratch.SERVERS), signal.SIGKILL)


def restart_database() -> None:
    """Stopped at once, as a power cut would; the keeper starts it again, and it recovers."""
    _kill(Postgres(scratch.SERVERS), signal.SIGQUIT)


def _kill(server: Postgres | Valkey, sign: signal.Signals) -> None:
    pid = server.pid()
    if pid is None:
        raise SystemExit("the server was down already")
    os.kill(pid, sign)


class Sink:
    """The mail server, and what it has taken."""

    def __init__(self) -> None:
        self.file = scratch.FOLDER / "taken.txt"
        self.file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [*MODULE, "bench.reminding.sink", str(self.file)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        port = self.process.stdout.readline().strip() if self.process.stdout else ""
        self.url = f"smtp://127.0.0.1:{port}"

    def taken(self) -> list[str]:
        return self.file.read_text().splitlines()

    def count(self) -> int:
        with self.file.open("rb") as lines:
            return sum(1 for _ in lines)


class Worker:
    """One worker: a process that takes tasks, and those that do them."""

    def __init__(self, name: str, environment: dict[str, str], processes: int) -> None:
        self.name, self.environment, self.processes = name, environment, processes
        self.log = (scratch.FOLDER / f"{name}.log").open("ab")

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*MODULE, "bench.reminding.worker", f"{self.name}@bench", str(self.processes)],
            cwd=PROJECT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def at_work(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()] if path.exists() else []

    def kill_at_work(self) -> bool:
        """One of them; whether there was one to kill."""
        for pid in self.at_work():
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def kill(self) -> None:
        """With all that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        if alive(self.process.pid):
            self.process.send_signal(signal.SIGTERM)
            if not wait_until_gone(self.process.pid, 5):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def megabytes(self) -> list[float]:
        """What each process that does tasks has in memory."""
        return [_megabytes(pid) for pid in self.at_work()]


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return round(int(kilobytes) / 1024, 1)


class Office:
    """Two workers, a scheduler and a mail server on one scratch database."""

    def __init__(self, database: str, *, lease_seconds: int, processes: int) -> None:
        self.database = database
        self.sink = Sink()
        self.environment = {
            **scratch.clean_environment(),
            **scratch.environment(database),
            "CELERY_BROKER_URL": scratch.SERVERS.broker_url,
            "EMAIL_URL": self.sink.url,
            "REMINDER_LEASE_SECONDS": str(lease_seconds),
        }
        self.workers = [Worker(f"worker{number}", self.environment, processes) for number in (1, 2)]
        self.scheduler: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        redis.Redis(unix_socket_path=str(Valkey(scratch.SERVERS).socket)).flushall()
        for worker in self.workers:
            worker.start()
        deadline = time.monotonic() + 60
        while (
            not all(len(each.at_work()) == each.processes for each in self.workers)
            and time.monotonic() < deadline
        ):
            time.sleep(0.1)

    def begin(self) -> None:
        """The scheduler starts what is due."""
        log = (scratch.FOLDER / "scheduler.log").open("ab")
        command = [*MODULE, "celery", "-A", "config", "--quiet", "beat", "--loglevel=WARNING", "--pidfile="]
        self.scheduler = subprocess.Popen(command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log)

    def megabytes(self) -> list[float]:
        return [each for worker in self.workers for each in worker.megabytes()]

    def close(self) -> None:
        for worker in self.workers:
            worker.end()
        for process in (self.scheduler, self.sink.process):
            if process:
                process.terminate()
                process.wait()
