"""The account that the embedded servers run under: our own, or an unprivileged one when we are root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import EmbeddedError

UNPRIVILEGED = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """An account of this machine, and how a process is started under it."""

    name: str
    uid: int
    gid: int

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess that start a process under this account."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, path: Path) -> bool:
        """Whether the account may enter this folder, or execute this file."""
        return subprocess.run(["test", "-x", str(path)], cwd="/", **self.popen).returncode == 0

    def own(self, path: Path) -> None:
        """Give what we made, a file or a whole folder, to the account; what is its own already is left alone."""
        if os.geteuid() != 0 or path.lstat().st_uid == self.uid:
            return
        for name in (path, *(path.rglob("*") if path.is_dir() else ())):
            os.chown(name, self.uid, self.gid, follow_symlinks=False)


def choose(home: Path) -> Account:
    """The owner of servers that exist already, else ourselves, else the first unprivileged account."""
    ourselves = os.geteuid()
    owner = home.stat().st_uid if home.exists() else ourselves
    if ourselves != 0:
        if owner != ourselves:
            raise EmbeddedError(
                f"{home} belongs to the account {_name(owner)}, so its database can't be used "
                f"from yours, {_name(ourselves)}. Use that account, or make a clone of your own."
            )
        return _account(pwd.getpwuid(ourselves))
    if owner != 0:
        return _account(pwd.getpwuid(owner))
    for name in UNPRIVILEGED:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise EmbeddedError(
        f"The database can't run as root, and none of the accounts {', '.join(UNPRIVILEGED)} exists here. "
        "Run this as an ordinary user, or set DATABASE_URL to a PostgreSQL server of your own."
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
