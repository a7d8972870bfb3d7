"""Keeps a pair of servers running for as long as a command needs them, then stops them: also after a kill -9.

Every command that needs them holds `users.lock` in common (`hold`); the system lets go of it when the
command ends, however it ends. The keeper is a process of its own that waits to have that lock alone.
"""

import fcntl
import os
import signal
import sys
import time
from pathlib import Path

from .errors import EmbeddedError
from .postgres import Postgres, tail
from .state import PROJECT, State
from .valkey import Valkey

LOOK_EVERY = 0.2  # seconds
_held: dict[Path, int] = {}


def hold(state: State) -> None:
    """Return when the servers answer; they stay up until this process ends or lets go."""
    if state.folder in _held:
        return
    state.make()
    users = state.open_lock("users")
    fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper stops the servers
    _held[state.folder] = users
    with state.locked("start"):
        if not _taken(state, "keeper"):
            (state.folder / "ready").unlink(missing_ok=True)
            spawn(state, "keeper")
        _wait_until_ready(state)


def let_go(state: State) -> bool:
    """Stop needing the servers; True when they have stopped, False when another command still uses them."""
    users = _held.pop(state.folder, None)
    if users is not None:
        os.close(users)
    deadline = time.monotonic() + 60
    while _taken(state, "keeper") and time.monotonic() < deadline:
        if not _stopping(state) and time.monotonic() > deadline - 58:
            return False
        time.sleep(0.05)
    return True


def in_use(state: State) -> bool:
    """Whether any command uses the servers now."""
    return state.folder.exists() and _taken(state, "users")


def spawn(state: State, what: str) -> int:
    """Start a process of this package in a session of its own, out of reach of this terminal's Ctrl-C."""
    log = state.folder / f"{what}.log"
    nothing = os.open(os.devnull, os.O_RDONLY)
    writing = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    arguments = [sys.executable, "-m", f"config.embedded.{what}", str(state.folder), str(int(state.durable))]
    try:
        return os.posix_spawn(
            sys.executable,
            arguments,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing, 0),
                (os.POSIX_SPAWN_DUP2, writing, 1),
                (os.POSIX_SPAWN_DUP2, writing, 2),
            ],
            setsid=True,
        )
    finally:
        os.close(nothing)
        os.close(writing)


def main(folder: str, durable: str) -> None:
    """The keeper process itself."""
    state = State(Path(folder), durable=durable == "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    alone = state.open_lock("keeper")
    fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    users = state.open_lock("users")
    servers = (Postgres(state), Valkey(state))
    ready = state.folder / "ready"
    try:
        for server in servers:
            server.start()
        ready.touch()
        while not _try_alone(users):
            time.sleep(LOOK_EVERY)
            for server in servers:
                if server.pid() is None:
                    print(f"{type(server).__name__} had died; starting it again", flush=True)
                    server.start()
    finally:
        ready.unlink(missing_ok=True)
        for server in servers:
            server.stop()


def _wait_until_ready(state: State) -> None:
    """A keeper that was just ending is taken for one that runs: where none is left after a while, start one, once."""
    begun = asked = time.monotonic()
    started_again = False
    while not (state.folder / "ready").exists():
        now = time.monotonic()
        if now - asked > 5:
            asked = now
            gone = not _taken(state, "keeper")
            if now - begun > 180 or (gone and started_again):
                os.close(_held.pop(state.folder))
                raise EmbeddedError(
                    f"The embedded database doesn't start.\n{tail(state.folder / 'keeper.log')}"
                )
            if gone:
                spawn(state, "keeper")
                started_again = True
        time.sleep(0.02)


def _stopping(state: State) -> bool:
    return not (state.folder / "ready").exists()


def _taken(state: State, lock: str) -> bool:
    """Whether another process holds this lock."""
    descriptor = state.open_lock(lock)
    try:
        return not _try_alone(descriptor)
    finally:
        os.close(descriptor)


def _try_alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])
