"""Installs what ./run and ./test need, with Python's own library alone, then starts config.embedded.run.

Started by its path, not as a module: the rest of the project can be imported only once this is done.
"""

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin/python"
MODULES = PROJECT / "node_modules"
RUN_HELP = """\
./run             set everything up and run the service with its demonstration centre, on this machine only
./run --prepare   set everything up and stop; then .venv/bin/python manage.py … works
./run --reset     drop the demonstration data, after asking

PORT=8001 ./run   another port than 8000
With DATABASE_URL and CELERY_BROKER_URL set, those servers are used instead of the embedded ones
(DATABASE_OWNER_URL: the role that migrates; DEMO=1: a demonstration centre there too, if it is empty).
"""
TEST_HELP = """\
./test            set everything up and run the tests, two at a time
./test --all      the long fuzz and fault runs too
./test ARGUMENTS  go to pytest: ./test tests/cases -k referral -x
"""


def main(arguments: list[str]) -> None:
    """Check what can be checked, install what is missing, hand over."""
    testing = arguments[:1] == ["--test"]
    if testing and arguments[1:] in (["--help"], ["-h"]):
        sys.exit(TEST_HELP)
    if not testing and (len(arguments) > 1 or arguments[:1] not in ([], ["--prepare"], ["--reset"])):
        sys.exit(RUN_HELP)
    var = Path(os.environ.get("VAR_DIR") or PROJECT / "var")
    var.mkdir(parents=True, exist_ok=True)
    if not testing:
        refuse_while_running(var)
    if not arguments and not (var / "run/web.pid").exists():  # else a killed ./run may still have the port
        check_port()
    with (var / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(with_tests=testing)
    os.chdir(PROJECT)
    os.execv(PYTHON, [str(PYTHON), "-m", "config.embedded.run", *(arguments or ["--run"])])


def refuse_while_running(var: Path) -> None:
    """One line for a second ./run, before anything is touched."""
    running = var / "run/run.json"
    if not running.exists():
        return
    with (var / "run/run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = json.loads(running.read_text())
            sys.exit(f"Already running: {told['url']} (process {told['pid']}). Ctrl-C there stops it.")


def check_port() -> None:
    """A busy port is said at once, not after a minute of setting up."""
    port = os.environ.get("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"PORT is {port!r}; it must be a number from 1 to 65535, for example PORT=8001 ./run")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            sys.exit(f"Port {port} can't be used ({reason}). Choose another: PORT=8001 ./run")


def install(*, with_tests: bool) -> None:
    """Bring .venv and node_modules in step with the locked requirements; quick when they are."""
    npm = shutil.which("npm")
    wanted = ["base", "embedded", *(["dev"] if with_tests else []), *([] if npm else ["node"])]
    modules_stale = stamp_of(MODULES) != {"package-lock.json": digest(PROJECT / "package-lock.json")}
    fetching = fetch_modules(npm) if npm and modules_stale else None
    install_packages(wanted)
    if modules_stale:
        finish_modules(fetching or fetch_modules(str(VENV / "bin/npm")))


def install_packages(wanted: list[str]) -> None:
    make_venv()
    have = stamp_of(VENV)
    locked = {name: digest(PROJECT / "requirements" / f"{name}.txt") for name in wanted}
    if locked.items() <= have.items():
        return
    names = sorted({*locked, *have})  # ./run leaves ./test's packages alone, and the other way round
    print("Installing Python packages …", flush=True)
    requirements = PROJECT / "requirements"
    if not works([VENV / "bin/uv", "--version"]):
        run([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements / "uv.txt"])
    files = [requirements / f"{name}.txt" for name in names]
    run([VENV / "bin/uv", "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, *files])
    stamp(VENV, {name: digest(file) for name, file in zip(names, files, strict=True)})


def make_venv() -> None:
    """A virtual environment that works: one whose Python has gone, or that is half made, is made anew."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    has_installer = works([VENV / "bin/uv", "--version"]) or works([PYTHON, "-m", "pip", "--version"])
    if has_installer and works([PYTHON, "-c", check]):
        return
    print(f"Making {VENV.name} with Python {sys.version.split()[0]} …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(
            f"{made.stdout}{made.stderr}\nPython's venv doesn't work here. "
            "Install it (Debian: apt-get install python3-venv), then try again."
        )


def fetch_modules(npm: str) -> "subprocess.Popen[bytes]":
    # npm from a wheel looks for its node in the path
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(VENV / "bin")])
    command = [npm, "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    print("Installing the design system …", flush=True)
    return subprocess.Popen(command, cwd=PROJECT, env=os.environ | {"PATH": path}, stdout=subprocess.DEVNULL)


def finish_modules(fetching: "subprocess.Popen[bytes]") -> None:
    if fetching.wait() != 0:
        failed("npm ci")
    stamp(MODULES, {"package-lock.json": digest(PROJECT / "package-lock.json")})


def works(command: list[str | Path]) -> bool:
    return Path(command[0]).exists() and subprocess.run(command, capture_output=True).returncode == 0


def run(command: list[str | Path]) -> None:
    others = {"VIRTUAL_ENV", "CONDA_PREFIX"}  # an environment that happens to be active is none of ours
    environment = {name: value for name, value in os.environ.items() if name not in others}
    if subprocess.run(command, cwd=PROJECT, env=environment).returncode != 0:
        failed(Path(command[0]).name)


def failed(what: str) -> NoReturn:
    sys.exit(f"{what} failed; what it said is above. Is the package registry reachable? Then try again.")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stamp(folder: Path, seen: dict[str, str]) -> None:
    (folder / "prepared.json").write_text(json.dumps(seen))


def stamp_of(folder: Path) -> dict[str, str]:
    path = folder / "prepared.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start goes on from here.")
