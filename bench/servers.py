"""The servers that are measured: gunicorn as ./run starts it, for the service and for the floor."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench import scratch
from bench.client import HOST
from config.embedded.processes import wait_until_gone
from config.embedded.run import processes
from config.embedded.state import PROJECT

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


@contextmanager
def gunicorn(application: str, environment: Mapping[str, str]) -> Iterator["Gunicorn"]:
    """./run's own command, with another application in it; ended when the block ends."""
    port = free_port()
    command = [application if word == "config.wsgi" else word for word in processes(str(port))["web"]]
    variables = {**scratch.clean_environment(), **environment, "PYTHONUNBUFFERED": "1"}
    log = (scratch.FOLDER / f"{application}.log").open("wb")
    master = subprocess.Popen(
        command, cwd=PROJECT, env=variables, stdout=log, stderr=log, start_new_session=True
    )
    server = Gunicorn(master.pid, port)
    try:
        server.wait()
        yield server
    finally:
        master.send_signal(signal.SIGTERM)
        if not wait_until_gone(master.pid, 15):
            master.kill()
        master.wait()
        log.close()


class Gunicorn:
    """One running server; its workers' memory and processor time are read from the system."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port

    def wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError(f"the server on port {self.port} does not answer")

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(number) for number in children.split()]

    def megabytes(self) -> list[dict[str, float]]:
        """Of each worker: all that it has in memory, and its share of what it has in common with others."""
        return [_memory(Path(f"/proc/{worker}/smaps_rollup").read_text()) for worker in self.workers()]

    def processor_seconds(self) -> float:
        """What its workers have used so far."""
        return sum(_used(Path(f"/proc/{worker}/stat").read_text()) for worker in self.workers())


def _memory(rollup: str) -> dict[str, float]:
    kilobytes = dict(re.findall(r"^(Rss|Pss):\s+(\d+) kB", rollup, re.MULTILINE))
    return {name.lower(): round(int(value) / 1024, 1) for name, value in kilobytes.items()}


def _used(stat: str) -> float:
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
