"""What ./run and ./test do once all is installed: servers, tables, demonstration centre, three processes."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys

from honcho.manager import Manager
from honcho.printer import Printer

from . import keeper, leftovers, read_settings_file
from .errors import EmbeddedError
from .postgres import Postgres
from .prepare import check_port
from .settings_file import write_once
from .state import PROJECT, State, named
from .valkey import Valkey

BIN = PROJECT / ".venv/bin"
PYTHON = str(BIN / "python")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")


def run() -> int:
    """Serve until Ctrl-C, or until one of the three processes ends."""
    port = os.environ.get("PORT", "8000")
    os.environ.setdefault("PUBLIC_URL", f"http://localhost:{port}")
    state = begin(serving=True)
    logins = set_up()
    guard = subprocess.Popen(
        [sys.executable, "-m", "config.embedded.guard", f"http://127.0.0.1:{port}/health/", logins],
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    manager = Manager(Printer(sys.stdout, colour=sys.stdout.isatty()))
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    for name, command in processes(port).items():
        manager.add_process(name, leftovers.recorded(name, command), env=environment)
    manager.loop()
    guard.terminate()
    guard.wait()
    end(state)
    asked = manager.returncode in {None, 130, 143}  # by Ctrl-C or SIGTERM
    print("Stopped." if asked else "Stopped, because one process ended by itself: its last lines are above.")
    return 0 if asked else 1


def processes(port: str) -> dict[str, list[str]]:
    """The three processes of the service."""
    celery = [str(BIN / "celery"), "-A", "config", "--quiet"]
    return {
        "web": [
            str(BIN / "gunicorn"), "config.wsgi", f"--bind=127.0.0.1:{port}", "--workers=2",
            "--worker-class=gthread", "--threads=4", "--timeout=60", "--keep-alive=5", "--preload",
            "--no-control-socket", "--log-level=warning",
        ],
        "worker": [
            *celery, "worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip",
            "--without-mingle",
        ],
        "scheduler": [*celery, "beat", "--loglevel=WARNING", "--pidfile="],
    }  # fmt: skip


def prepare() -> int:
    """Everything but the three processes."""
    state = begin()
    logins = set_up()
    end(state)
    print(f"{logins}Everything is set up. ./run starts it; .venv/bin/python manage.py … works too.")
    return 0


def reset() -> int:
    """Drop the embedded database, its queue, its mailbox and its files, after asking."""
    read_settings_file()
    if os.environ.get("DATABASE_URL"):
        raise EmbeddedError("DATABASE_URL is set; --reset drops embedded data only. Nothing was dropped.")
    take_lock()
    state = named("run")
    if keeper.in_use(state):
        raise EmbeddedError("Another command uses the database: end it first. Nothing was dropped.")
    print("This drops every case, person and message of this working copy's demonstration centre.")
    try:
        answer = input('Type "yes" to drop it: ')
    except EOFError:
        answer = ""
    if answer.strip() != "yes":
        print("\nNothing was dropped.")
        return 1
    for server in (Postgres(state), Valkey(state)):
        server.stop()
    var = state.folder.parent
    for folder in (state.home, state.folder, state.sockets, var / "mailbox", var / "files"):
        shutil.rmtree(folder, ignore_errors=True)
    (var / "demo-client.txt").unlink(missing_ok=True)
    print("Dropped. The next ./run makes a new demonstration centre.")
    return 0


def test(arguments: list[str]) -> int:
    """Find Chromium, then hand over to pytest."""
    write_once()
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if browser:
        os.environ["CHROMIUM"] = browser
    else:
        print("Browser tests are skipped: Chromium was not found.")
        print("To run them: apt-get install chromium (Debian), or CHROMIUM=/path/to/chrome ./test")
    os.execv(PYTHON, [PYTHON, "-m", "pytest", *for_pytest(arguments)])


def for_pytest(arguments: list[str]) -> list[str]:
    """Two at a time and without the long ones, unless something else is asked for."""
    usual, rest = [], [argument for argument in arguments if argument != "--all"]
    if "--all" not in arguments and not any(argument.startswith("-m") for argument in rest):
        usual += ["-m", "not long"]
    if not any(argument.startswith(("-n", "-p", "--numprocesses", "--pdb")) for argument in rest):
        usual += ["-n", "2"]
    return [*usual, *rest]


def begin(*, serving: bool = False) -> State | None:
    """Clean up after a killed run and start the servers; None where the environment names other servers."""
    take_lock()
    leftovers.stop()
    if serving:
        check_port()
    write_once()
    if os.environ.get("DATABASE_URL"):
        if not os.environ.get("CELERY_BROKER_URL"):
            raise EmbeddedError("DATABASE_URL is set but CELERY_BROKER_URL is not: set both, or neither.")
        if os.environ.setdefault("DEMO", "0") in {"", "0"}:  # its logins are public: never unasked for
            print(
                "Using DATABASE_URL, without a demonstration centre (DEMO=1 makes one in an empty database)."
            )
        read_settings_file()
        return None
    read_settings_file()
    state = named("run")
    print("Starting the database and the broker …", flush=True)
    keeper.hold(state)
    os.environ.update(state.environment)
    return state


def end(state: State | None) -> None:
    for path in (leftovers.folder() / "run.json", *leftovers.folder().glob("*.pid")):
        path.unlink(missing_ok=True)
    if state is not None and not keeper.let_go(state):
        print("The database keeps running for another command that uses it.")


def take_lock() -> None:
    """One ./run at a time; the lock ends with this process, however it ends."""
    leftovers.folder().mkdir(parents=True, exist_ok=True)
    lock = os.open(leftovers.folder() / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EmbeddedError("Another ./run has just begun here.") from None
    os.register_at_fork(after_in_child=lambda: os.close(lock))
    told = {"pid": os.getpid(), "url": os.environ.get("PUBLIC_URL", "(being set up)")}
    (leftovers.folder() / "run.json").write_text(json.dumps(told))


def set_up() -> str:
    """Tables, static files and, in an empty database, the demonstration centre; returns its logins."""
    print("Bringing tables and static files up to date …", flush=True)
    # In groups of their own, so that Ctrl-C reaches this process alone, which then ends them.
    static = subprocess.Popen(manage("collectstatic", "--noinput", "--verbosity=0"), process_group=0)
    migrated = subprocess.run(manage("migrate", "--noinput", "--verbosity=0"), process_group=0)
    finished("manage.py migrate", migrated.returncode)
    logins = ""
    if os.environ.get("DEMO", "") not in {"", "0"}:
        demo = subprocess.run(manage("demo"), stdout=subprocess.PIPE, text=True, process_group=0)
        finished("manage.py demo", demo.returncode)
        logins = demo.stdout
    finished("manage.py collectstatic", static.wait())
    return logins


def manage(*arguments: str) -> list[str]:
    return [PYTHON, str(PROJECT / "manage.py"), *arguments]


def finished(what: str, status: int) -> None:
    if status != 0:
        raise EmbeddedError(f"{what} failed; what it said is above. Nothing was started.")


def main(arguments: list[str]) -> int:
    os.chdir(PROJECT)
    mode, *rest = arguments
    if mode == "--test":
        return test(rest)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a step of the set-up ends with us
    try:
        return {"--run": run, "--prepare": prepare, "--reset": reset}[mode]()
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
