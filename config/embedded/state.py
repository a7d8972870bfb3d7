"""Where one pair of embedded servers keeps its data, sockets, passwords and locks."""

import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import account
from .errors import EmbeddedError

PROJECT = Path(__file__).resolve().parents[2]
PASSWORDS = ("superuser", "owner", "application")


@dataclass(frozen=True)
class State:
    """The folder of one pair of servers; a second pair, with its own folder, serves the tests."""

    folder: Path
    durable: bool = True

    @property
    def key(self) -> str:
        return hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:10]

    @property
    def owner_url(self) -> str:
        return self._url("sarcoma_owner", "owner")

    @property
    def application_url(self) -> str:
        return self._url("sarcoma_app", "application")

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.sockets}/valkey.sock"

    @property
    def environment(self) -> dict[str, str]:
        """What the settings need to reach these servers."""
        found = {
            "DATABASE_URL": self.application_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "CELERY_BROKER_URL": self.broker_url,
        }
        # Tests count for themselves: their databases have the same ids, and one server serves them all.
        return found | ({"CACHE_URL": f"unix://{self.sockets}/valkey.sock?db=1"} if self.durable else {})

    @cached_property
    def home(self) -> Path:
        """The folder of the servers' own files, owned by their account and closed to others."""
        inside, outside = self.folder / "servers", Path("/var/lib") / f"sarcoma-mdt-{self.key}"
        if inside.exists() or (not outside.exists() and account.choose(inside).can_enter(self.folder)):
            return inside
        return outside  # root's own folders are closed to the account that the servers run under

    @cached_property
    def account(self) -> account.Account:
        return account.choose(self.home)

    @property
    def sockets(self) -> Path:
        """Short: a socket's path has at most 107 bytes. Not in TMPDIR, which differs between shells."""
        temporary = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())
        return temporary / f"sarcoma-mdt-{self.key}"

    def make(self) -> None:
        """Make the folders and passwords, or say why they can't be used."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o711)
            self.home.mkdir(mode=0o700, exist_ok=True)
            self.account.own(self.home)
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename} can't be written: it belongs to another account. "
                "Use that account, or make a clone of your own."
            ) from error
        self._make_sockets()

    def passwords(self) -> dict[str, str]:
        """The generated passwords of the database roles, made at first use and readable by us alone."""
        path = self.folder / "passwords.json"
        if not path.exists():
            if (self.home / "postgres").exists():
                raise EmbeddedError(
                    f"{path} is missing, but the database it opens is in {self.home / 'postgres'}. "
                    "Put the file back, or drop the demonstration data with ./run --reset."
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_private(path, json.dumps({name: secrets.token_hex(24) for name in PASSWORDS}))
        return dict(json.loads(path.read_text()))

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold one of the lock files of this folder for a moment."""
        descriptor = self.open_lock(name)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def open_lock(self, name: str) -> int:
        return os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)

    def _url(self, role: str, password: str) -> str:
        return f"postgres://{role}:{self.passwords()[password]}@/sarcoma?host={self.sockets}"

    def _make_sockets(self) -> None:
        folder = self.sockets
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0 and folder.lstat().st_uid == 0:
            os.chown(folder, self.account.uid, self.account.gid, follow_symlinks=False)
        seen = folder.lstat()
        if folder.is_symlink() or seen.st_uid != self.account.uid or seen.st_mode & 0o077:
            raise EmbeddedError(
                f"{folder} must be a private folder of {self.account.name}, for the database's socket. "
                "Somebody else made it: remove it, then try again."
            )


def named(name: str) -> State:
    """The servers of ./run ("run"), or of the tests ("test"), which may forget all in a power cut."""
    var = Path(os.environ.get("VAR_DIR") or PROJECT / "var")
    if name == "test":
        return State(var / "embedded-test", durable=False)
    return State(var / "embedded")


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, even when two commands make it at the same time."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(name, path)  # the first one wins
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
