"""The git-ignored `.env` of a working copy: switches the embedded servers on and holds its own secret key."""

import os
import secrets
from pathlib import Path

from .state import PROJECT

TEXT = """\
# Written once by ./run, ./run --prepare or ./test for this working copy alone; never part of a deployment.
EMBEDDED=1
DEMO=1
SECRET_KEY={key}
"""


def write_once(path: Path = PROJECT / ".env") -> None:
    """Write the file where there is none; readable by us alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(TEXT.format(key=secrets.token_urlsafe(48)))
