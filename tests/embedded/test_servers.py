"""A real scratch cluster and broker: private, two roles, nothing lost or left over after a kill."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import keeper, processes
from config.embedded.errors import EmbeddedError
from config.embedded.postgres import Postgres
from config.embedded.state import PROJECT, State
from config.embedded.valkey import Valkey

HOLDER = """
import pathlib, sys, time
sys.argv = ["-m"]
from config.embedded import keeper, state
keeper.hold(state.State(pathlib.Path({folder!r})))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def state():
    """Servers of their own, under a path that people do have."""
    parent = Path(tempfile.mkdtemp(prefix="odd path's é "))
    parent.chmod(0o755)  # the account that the servers run under when we are root must get in
    state = State(parent / "var")
    yield state
    for server in (Postgres(state), Valkey(state)):
        server.stop()
    for folder in (state.home, parent, state.sockets):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(state):
    """The cluster, running before and stopped after."""
    server = Postgres(state)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def broker(state):
    server = Valkey(state)
    server.start()
    yield server
    server.stop()


def ask(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def fill(state):
    with psycopg.connect(state.owner_url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")


def test_nobody_else_reaches_the_database(state, database):
    assert ask(state.owner_url, "SHOW listen_addresses") == ""
    assert ask(state.owner_url, "SHOW password_encryption") == "scram-sha-256"
    assert state.sockets.stat().st_mode & 0o777 == 0o700
    assert database.data.stat().st_mode & 0o777 == 0o700
    assert (state.folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert len(os.fsencode(state.sockets / ".s.PGSQL.5432")) < 104
    wrong = state.owner_url.replace(state.passwords()["owner"], "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_database_keeps_what_it_was_told(state, database):
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert ask(state.owner_url, f"SHOW {setting}") == "on", setting


def test_the_owner_migrates_and_the_application_can_not(state, database):
    assert ask(
        state.owner_url, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'sarcoma'"
    ) == ("sarcoma_owner")
    with (
        psycopg.connect(state.application_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE smuggled (id int)")


def test_a_statement_that_fails_leaves_no_patient_in_the_log(state, database):
    with (
        psycopg.connect(state.owner_url) as connection,
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
    ):
        connection.execute("SELECT 'Ada Example'::text, 'x'::int")
    assert "Ada Example" not in database.log.read_text()


def test_a_killed_database_comes_back_with_all_that_was_committed(state, database):
    fill(state)
    os.kill(database.pid(), signal.SIGKILL)
    assert processes.wait_until_gone(int(database._pid_file()[0]), 5)
    assert database.pid() is None
    Postgres(state).start()
    assert ask(state.owner_url, "SELECT count(*) FROM kept") == 1000


def test_a_server_that_was_left_over_is_used_again(state, database):
    left_over = database.pid()
    again = Postgres(state)
    again.start()
    assert again.pid() == left_over
    again.stop()
    assert database.pid() is None


def test_a_process_number_that_a_stranger_has_now_is_no_obstacle(state, database):
    database.stop()
    (database.data / "postmaster.pid").write_text(f"{os.getppid()}\n{database.data}\n")
    (state.sockets / ".s.PGSQL.5432").touch()
    Postgres(state).start()
    assert ask(state.owner_url, "SELECT 1") == 1


def test_lost_passwords_are_told_and_never_made_anew_over_data(state, database):
    passwords = state.folder / "passwords.json"
    moved = passwords.rename(passwords.with_suffix(".moved"))
    try:
        with pytest.raises(EmbeddedError, match=r"passwords\.json is missing"):
            state.passwords()
    finally:
        moved.rename(passwords)


def test_a_socket_folder_that_somebody_planted_is_refused(state, database):
    database.stop()
    state.sockets.chmod(0o777)
    try:
        with pytest.raises(EmbeddedError, match="must be a private folder"):
            state.make()
    finally:
        state.sockets.chmod(0o700)


def test_a_killed_broker_comes_back_with_its_messages(state, broker):
    client = redis.Redis(unix_socket_path=str(broker.socket))
    client.rpush("queue", "one", "two")
    client.close()
    killed = broker.pid()
    os.kill(killed, signal.SIGKILL)
    assert processes.wait_until_gone(killed, 5)
    Valkey(state).start()
    client = redis.Redis(unix_socket_path=str(broker.socket))
    assert client.lrange("queue", 0, -1) == [b"one", b"two"]
    client.close()
    assert state.sockets.stat().st_mode & 0o777 == 0o700


def test_the_servers_stop_by_themselves_when_their_last_user_is_killed(state):
    first, second = holder(state), holder(state)
    database, broker = Postgres(state), Valkey(state)
    first.kill()
    first.wait()
    time.sleep(3 * keeper.LOOK_EVERY)
    assert ask(state.owner_url, "SELECT 1") == 1
    assert keeper.in_use(state)
    second.kill()
    second.wait()
    assert keeper.let_go(state)
    assert (database.pid(), broker.pid()) == (None, None)
    assert not keeper.in_use(state)


def test_a_killed_keeper_is_replaced_and_the_servers_stay_up(state):
    with holder(state) as user:
        for path in Path("/proc").glob("[0-9]*"):
            command = processes.command(int(path.name))
            if "config.embedded.keeper" in command and str(state.folder) in command:
                os.kill(int(path.name), signal.SIGKILL)
        with holder(state) as another:
            assert ask(state.owner_url, "SELECT 1") == 1
            another.kill()
        user.kill()
    assert keeper.let_go(state)
    assert (Postgres(state).pid(), Valkey(state).pid()) == (None, None)


def test_a_socket_that_nobody_serves_does_not_answer(state, broker):
    broker.stop()
    broker.socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(broker.socket))
    assert not broker.answers()
    Valkey(state).start()
    assert broker.answers()


def holder(state):
    """Another command that needs the servers, for as long as it lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(folder=str(state.folder))],
        cwd=PROJECT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "held\n"
    process.stdout.close()
    return process
