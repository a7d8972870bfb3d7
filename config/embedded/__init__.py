"""PostgreSQL and Valkey from Python wheels, for ./run and ./test on a machine that has neither.

Only where EMBEDDED is set, in the environment or in the git-ignored `.env` that ./run writes, and
DATABASE_URL is not. A missing variable never switches it on: in production the settings refuse to start.
"""

import fcntl
import os
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
WITHOUT_SERVERS = {
    "check_plan",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "reference",
    "spectacular",
    "stage_case",
    "version",
    "--help",
    "--version",
}


def load(arguments: Sequence[str] | None = None) -> None:
    """Put the embedded servers' addresses into the environment; start them when this command needs them."""
    arguments = sys.argv if arguments is None else arguments
    if arguments[0] == "-m":  # Python only looks for a module of this package, which then decides itself
        return
    read_settings_file()
    testing = "pytest" in sys.modules
    if os.environ.get("EMBEDDED", "") not in {"", "0"} and not os.environ.get("DATABASE_URL"):
        from .keeper import hold
        from .state import named

        state = named("test" if testing else "run")
        if _needs_servers(arguments):
            hold(state)
        os.environ.update(state.environment)
    if testing:
        os.environ.setdefault("DATABASE_ROLE", "owner")  # pytest makes the tables
        if not os.environ.get("TEST_DATABASE_NAME"):
            os.environ["TEST_DATABASE_NAME"] = _free_database_name()


def read_settings_file(path: Path = PROJECT / ".env") -> None:
    """Take NAME=VALUE lines into the environment, which wins where it has the name already."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def _needs_servers(arguments: Sequence[str]) -> bool:
    program, command = Path(arguments[0]).name, next(iter(arguments[1:]), "help")
    if program == "manage.py":
        return command not in WITHOUT_SERVERS
    return program != "mypy"


def _free_database_name() -> str:
    """A test database that no other test run on this machine uses now; the lock goes with this process."""
    folder = Path(os.environ.get("VAR_DIR") or PROJECT / "var")
    folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        descriptor = os.open(folder / f"test-database-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return f"test_sarcoma_{number}"
    raise AssertionError("unreachable")
