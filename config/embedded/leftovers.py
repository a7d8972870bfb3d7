"""What is left of a ./run that was killed: each process writes down its number, for whoever ends it."""

import os
import shlex
from pathlib import Path

from . import processes
from .state import PROJECT


def folder() -> Path:
    return Path(os.environ.get("VAR_DIR") or PROJECT / "var") / "run"


def recorded(name: str, command: list[str]) -> str:
    """A shell line that writes down its process group before it becomes the command."""
    return f"echo $$ > {shlex.quote(str(folder() / f'{name}.pid'))}; exec {shlex.join(command)}"


def stop() -> list[str]:
    """End what is left of a killed run; the names of what was found."""
    found = []
    for path in sorted(folder().glob("*.pid")):
        text = path.read_text().strip()
        if text.isdigit() and processes.group_runs(int(text), str(PROJECT / ".venv/bin")):
            found.append(path.stem)
            processes.stop_group(int(text), seconds=8)
        path.unlink(missing_ok=True)
    if found:
        print(f"Cleaned up after a run that was killed: stopped {', '.join(found)}.", flush=True)
    return found
