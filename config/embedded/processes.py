"""Is that process still the one we started? Process ids are reused, so its command is looked at too."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

PROC = Path("/proc/self/stat").exists()


def start(command: list[str | Path], **options: Any) -> int:
    """Start a server in a session of its own, to be looked after by its process id; returns that."""
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        umask=0o077,
        **options,
    )
    server.returncode = 0  # else Python warns that it still runs when this process ends
    return server.pid


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not yet collected does not count."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # collects it where it is our own child
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(pid) not in {"", "Z"}


def command(pid: int) -> str:
    """The command line of a process, empty when there is none."""
    if PROC:
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            return ""
    return _ps(pid, "command")


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for the process to end; False when it still runs after that time."""
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def group_runs(group: int, text: str) -> bool:
    """Whether a process of this group, its first one or a child it left, runs a command with this text."""
    if PROC:
        numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return any(_stat(pid)[2:3] == [str(group)] and text in command(pid) for pid in numbers)
    shown = subprocess.run(["ps", "-axo", "pgid=,command="], capture_output=True, text=True).stdout
    return any(
        line.split(None, 1)[0] == str(group) and text in line for line in shown.splitlines() if line.strip()
    )


def stop_group(pid: int, seconds: float) -> None:
    """End a process group politely, then firmly."""
    for sign, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(pid, sign)
        except ProcessLookupError:
            return
        if _wait_until_group_gone(pid, patience):
            return


def _wait_until_group_gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        alive(pid)
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def _state(pid: int) -> str:
    if PROC:
        fields = _stat(pid)
        return fields[0] if fields else ""
    return _ps(pid, "stat")[:1]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on: the name before it may hold spaces and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _ps(pid: int, column: str) -> str:
    shown = subprocess.run(["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True)
    return shown.stdout.strip()
