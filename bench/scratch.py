"""Scratch databases of the bench, in an embedded server of its own that keeps what it is told, as ./run's does."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from config.embedded.keeper import hold
from config.embedded.state import PROJECT, State

FOLDER = Path(os.environ.get("VAR_DIR") or PROJECT / "var") / "bench"
SERVERS = State(FOLDER / "servers")


def name_of(cases: int) -> str:
    return f"bench_{cases}"


def start_servers() -> None:
    """Return when the database answers; it stays up until this process ends."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    hold(SERVERS)


def environment(database: str) -> dict[str, str]:
    """What settings read, for the service as it ships on one scratch database; nothing goes to a real broker."""
    return {
        "DATABASE_URL": at(SERVERS.application_url, database),
        "DATABASE_OWNER_URL": at(SERVERS.owner_url, database),
        "CELERY_BROKER_URL": "memory://",
        "SECRET_KEY": _secret_key(),
        "DEBUG": "0",
        "DEMO": "0",
        "EMBEDDED": "",
        "PUBLIC_URL": "http://localhost:8000",
        "LOG_LEVEL": "WARNING",
        "API_REQUESTS_A_MINUTE": "0",
        "VAR_DIR": str(FOLDER / "var"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def at(url: str, database: str) -> str:
    """The same server and role, another database."""
    return re.sub(r"@/\w+\?", f"@/{database}?", url)


def seeded(database: str) -> bool:
    """Whether it is there and its seeding came to its end."""
    with owner("sarcoma") as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
    return row is not None and row[0] == "seeded"


def create(database: str) -> None:
    """A new database with the service's tables; one of that name that was there is dropped."""
    drop(database)
    with owner("sarcoma") as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    migrate(database)


def migrate(database: str) -> None:
    """Without the checks of the code, which the servers make when they start."""
    run(database, "manage.py", "migrate", "--skip-checks", "--verbosity=0", DATABASE_ROLE="owner")


def mark_seeded(database: str) -> None:
    with owner(database) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS 'seeded'").format(sql.Identifier(database)))


def drop(database: str) -> None:
    with owner("sarcoma") as connection:
        name = sql.Identifier(database)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def owner(database: str) -> psycopg.Connection:
    """A connection of the role that owns the tables, for making, dropping and vacuuming."""
    return psycopg.connect(at(SERVERS.owner_url, database), autocommit=True)


def run(database: str, *arguments: str, **variables: str) -> str:
    """Run a Python program of the project on that database; returns what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT, env=clean_environment() | environment(database) | variables,
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def clean_environment() -> Mapping[str, str]:
    """This shell's, without what would make the service other than it ships."""
    ours = {"DATABASE_ROLE", "TEST_DATABASE_NAME", "STATICFILES_STORAGE", "EMAIL_URL"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def _secret_key() -> str:
    path = FOLDER / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
