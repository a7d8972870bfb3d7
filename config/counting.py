"""The folder in which the processes of one web server add up what they count."""

import os
from pathlib import Path

from config.embedded.processes import alive
from config.embedded.state import PROJECT


def share_counts() -> None:
    """Before anything counts. What processes that have ended left there is taken away."""
    folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or _usual())
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    for path in folder.glob("*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdigit() and not alive(int(pid)):
            path.unlink(missing_ok=True)


def _usual() -> Path:
    return Path(os.environ.get("VAR_DIR") or PROJECT / "var") / "metrics"
