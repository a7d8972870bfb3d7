"""One migrated database, of which each test database is a copy: migrations run once, whatever the number of workers."""

from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import django
import psycopg
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
LOCK = 20_261_122
"""Whoever comes second waits for the one who migrates."""


def ready() -> str:
    """The name of a database in which every migration of this tree has run."""
    name = f"template_{_digest()}"
    with _maintenance() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not _is_there(cursor, name):
            _make(cursor, name)
    return name


def _digest() -> str:
    """Of what a migrated database comes from: our migrations, and the releases of those of others."""
    told = sha256(django.__version__.encode())
    for file in sorted(ROOT.glob("*/migrations/*.py")):
        told.update(file.read_bytes())
    told.update((ROOT / "requirements" / "base.txt").read_bytes())
    return told.hexdigest()[:16]


@contextmanager
def _maintenance():
    told = connection.get_connection_params()
    named = {k: v for k, v in told.items() if k in {"user", "password", "host", "port"}}
    with psycopg.connect(dbname="postgres", autocommit=True, **named) as session:
        yield session.cursor()


def _is_there(cursor, name) -> bool:
    return cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _make(cursor, name) -> None:
    """Made under another name first: a run that is killed on the way leaves no half of a template."""
    told = connection.settings_dict
    own, test_name = told["NAME"], told["TEST"]["NAME"]
    unfinished = f"{name}_unfinished"
    told["TEST"]["NAME"] = unfinished
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        told["NAME"], told["TEST"]["NAME"] = own, test_name
        connection.settings_dict["NAME"] = own
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
