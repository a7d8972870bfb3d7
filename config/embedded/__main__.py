"""`python -m config.embedded start|stop|env [--test]`: the embedded servers by hand."""

import argparse
import os
import shlex
import signal
import time

from . import keeper, processes, read_settings_file
from .state import State, named


def start(state: State) -> None:
    """Start the servers and leave them running."""
    keeper.hold(state)
    if _background(state) is None:
        pid = keeper.spawn(state, "background")
        while _background(state) is None and processes.alive(pid):
            time.sleep(0.02)
    show(state)


def stop(state: State) -> None:
    """Let go of servers that `start` left running; they stop once no other command uses them."""
    pid = _background(state)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        processes.wait_until_gone(pid, 5)
    if state.folder.exists():
        print("stopped" if keeper.let_go(state) else "still in use by another command")


def show(state: State) -> None:
    """Print what a shell needs to reach the servers: eval "$(python -m config.embedded env)"."""
    wanted = {name: os.environ[name] for name in ("SECRET_KEY", "DEMO") if name in os.environ}
    for name, value in (wanted | state.environment).items():
        print(f"export {name}={shlex.quote(value)}")


def _background(state: State) -> int | None:
    path = state.folder / "background.pid"
    pid = int(path.read_text()) if path.exists() else 0
    return pid if pid and "config.embedded.background" in processes.command(pid) else None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "env"])
    parser.add_argument(
        "--test", action="store_true", help="the servers of the tests instead of those of ./run"
    )
    chosen = parser.parse_args()
    read_settings_file()
    state = named("test" if chosen.test else "run")
    {"start": start, "stop": stop, "env": show}[chosen.command](state)


if __name__ == "__main__":
    main()
