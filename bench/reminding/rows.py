"""Rows by the million, made by the database itself; columns that nobody asks about get the emptiest value there is."""

import re
from typing import Any

import psycopg
from psycopg import sql

from bench import scratch

EMPTY = {
    "boolean": "false",
    "integer": "1",
    "smallint": "1",
    "bigint": "1",
    "jsonb": "'{}'",
    "ARRAY": "'{}'",
    "date": "current_date",
    "timestamp with time zone": "now()",
    "time without time zone": "'08:30'",
}
NEEDED = """
    SELECT column_name, data_type FROM information_schema.columns
     WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
"""


def seeding(database: str) -> psycopg.Connection[Any]:
    """The superuser of the bench's own server: neither history nor foreign keys are looked at while rows are made.

    Both have their figures in bench.measure; here they would only take most of the time.
    """
    password = scratch.SERVERS.passwords()["superuser"]
    url = re.sub(r"//\w+:\w+@", f"//postgres:{password}@", scratch.at(scratch.SERVERS.owner_url, database))
    options = "-c session_replication_role=replica -c synchronous_commit=off"
    return psycopg.connect(url, autocommit=True, options=options)


def fill(owner: psycopg.Connection[Any], table: str, how_many: int, **columns: str) -> None:
    """`columns` are expressions over n, from 1; an id among them, so that rows can name each other."""
    needed = dict(owner.execute(NEEDED, [table]).fetchall())
    missing = {name: EMPTY.get(kind, "''") for name, kind in needed.items() if name not in columns}
    values = columns | missing
    statement = sql.SQL(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM generate_series(1, {}) n"
    ).format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.SQL, values.values())),
        sql.Literal(how_many),
    )
    owner.execute(statement)
    owner.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {how_many})")


def centre(owner: psycopg.Connection[Any], *, people: int, team_of: int = 25) -> int:
    """Nurse specialists, so many to a team, and a coordinator in each; returns how many teams there are."""
    teams = -(-people // team_of)
    fill(owner, "accounts_organisation", 1, id="n", name="'Bench'", code="'BENCH'")
    fill(
        owner, "accounts_team", teams,
        id="n", name="'Team ' || n", reference_prefix="upper(to_hex(n))", organisation_id="1", staging_edition="'8'",
    )  # fmt: skip
    fill(
        owner, "accounts_user", people + teams,
        id="n", email="'person' || n || '@bench.example'", full_name="'Person ' || n", is_active="true",
        password="'!'",
    )  # fmt: skip
    fill(
        owner, "accounts_membership", people + teams,
        id="n", user_id="n", organisation_id="1", is_active="true",
        team_id=f"CASE WHEN n <= {people} THEN (n - 1) / {team_of} + 1 ELSE n - {people} END",
        role=f"CASE WHEN n <= {people} THEN 'nurse_specialist' ELSE 'coordinator' END",
    )  # fmt: skip
    return teams


def cases(owner: psycopg.Connection[Any], how_many: int, *, teams: int, team: str = "") -> None:
    """Patients, each with a case in follow-up and its episode, of the same number all three."""
    team = team or f"(n - 1) % {teams} + 1"
    fill(owner, "cases_patient", how_many, id="n", family_name="'Bench' || n", birth_on="'1970-01-01'::date")
    fill(
        owner, "cases_case", how_many,
        id="n", reference="'BN-2026-' || n", status="'in_follow_up'", patient_id="n", team_id=team,
    )  # fmt: skip
    fill(
        owner,
        "cases_episode",
        how_many,
        id="n",
        case_id="n",
        kind="'primary'",
        started_on="'2025-01-06'::date",
    )


def due(owner: psycopg.Connection[Any], how_many: int, *, people: int, team_of: int = 25) -> None:
    """Reviews that are two weeks late today: each is told of at once to who owes it."""
    owed_by = f"(n - 1) % {people} + 1"
    cases(owner, how_many, teams=0, team=f"(({owed_by}) - 1) / {team_of} + 1")
    fill(
        owner, "followup_review", how_many,
        id="n", episode_id="n", responsible_id=owed_by, created_by_id="1", due_on="current_date - 14",
        status="'scheduled'", kind="'clinic'",
    )  # fmt: skip


def as_on_any_day(owner: psycopg.Connection[Any]) -> None:
    """The run before was a moment ago: what is due now is found by its date and told at once."""
    owner.execute(
        "INSERT INTO audit_heartbeat (name, at, detail) VALUES"
        " ('reminders', now(), jsonb_build_object('day', current_date,"
        " 'event', (SELECT COALESCE(max(id), 0) FROM audit_event))),"
        " ('reminders: everything', now(), jsonb_build_object('at', now()))"
    )


def schedule(owner: psycopg.Connection[Any], every_seconds: int = 5) -> None:
    """Reminders are looked for more often than each minute, so that what a killed worker left is soon taken up."""
    fill(
        owner, "django_celery_beat_intervalschedule", 1, id="n", every=str(every_seconds), period="'seconds'"
    )
    fill(
        owner, "django_celery_beat_periodictask", 1,
        id="n", name="'reminders, often'", task="'followup.tasks.remind'", interval_id="1", enabled="true",
        args="'[]'", kwargs="'{}'", headers="'{}'", last_run_at="now() - interval '1 hour'", one_off="false",
        total_run_count="0",
    )  # fmt: skip
