"""A process that only holds the servers, for `python -m config.embedded start`, until it is told to stop."""

import os
import signal
import sys
from pathlib import Path

from .keeper import hold
from .state import State


def main(folder: str, durable: str) -> None:
    """Hold the servers until SIGTERM."""
    state = State(Path(folder), durable=durable == "1")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    hold(state)
    (state.folder / "background.pid").write_text(str(os.getpid()))
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main(*sys.argv[1:])
