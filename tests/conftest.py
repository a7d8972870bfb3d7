"""Tests run under the application's database role, as the service does; the owner's role makes the tables."""

import os
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from config.celery import app as celery_app
from config.settings import env
from tests import template

RULES = [
    rule
    for name in (
        "0007_first_rules",
        "0014_follow_up_to_plan",
        "0017_trial_steps",
        "0019_trials_and_enquiries",
    )
    for rule in import_module(f"followup.migrations.{name}").RULES
]
FIRST_RULES = """
    INSERT INTO followup_reminderrule (version, kind, "offset", unit, audience, role, channel, is_on)
    VALUES (1, %s, %s, %s, %s, %s, %s, true)
"""
"""What a migration brought goes with a flush; the rules of reminding come back, as an installation has them."""


def pytest_configure(config):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True  # nothing was collected
    # A run of tests sends more in a minute than a hospital; those of limits set their own.
    settings.API_REQUESTS_A_MINUTE = settings.API_TOKENS_A_MINUTE = 1_000_000
    celery_app.conf.task_always_eager = True
    celery_app.conf.task_eager_propagates = True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template.ready()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        owner = connection.get_connection_params()
        application = env.db("DATABASE_URL")
        connection.close()
        before = dict(connection.settings_dict)
        connection.settings_dict |= {"USER": application["USER"], "PASSWORD": application["PASSWORD"]}
        flush = DatabaseOperations.execute_sql_flush
        DatabaseOperations.execute_sql_flush = _flush_as(owner)
    yield
    with django_db_blocker.unblock():
        DatabaseOperations.execute_sql_flush = flush
        connection.close()
        connection.settings_dict |= {"USER": before["USER"], "PASSWORD": before["PASSWORD"]}


def _flush_as(owner):
    parameters = {k: v for k, v in owner.items() if k in {"dbname", "user", "password", "host", "port"}}

    def flush(self, sql_list):
        with psycopg.connect(**parameters, autocommit=True) as as_owner:
            for sql in sql_list:
                _run(as_owner, sql)
            if any("followup_reminderrule" in sql for sql in sql_list):
                as_owner.cursor().executemany(FIRST_RULES, RULES)

    return flush


def _run(as_owner, sql, tries=5):
    """A page that a browser was still asking for may hold what is emptied, and wait for what is held: once more."""
    for left in reversed(range(tries)):
        try:
            as_owner.execute(sql)
            return
        except psycopg.errors.DeadlockDetected:
            if not left:
                raise


@pytest.fixture
def owner_cursor(transactional_db):
    """A cursor of the role that owns the tables, for proving what the application's role may not do."""
    database = env.db("DATABASE_OWNER_URL")
    with psycopg.connect(
        dbname=connection.settings_dict["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=connection.get_connection_params().get("host"),
        autocommit=True,
    ) as as_owner:
        yield as_owner.cursor()


@pytest.fixture
def real_data() -> Path:
    """The folder of real files; tests that need it are skipped where it is not."""
    folder = os.environ.get("REAL_DATA_DIR")
    if not folder:
        pytest.skip("REAL_DATA_DIR does not name the folder of real files")
    return Path(folder)


@pytest.fixture
def sign_in(client):
    """Signs a user in to the test client and gives the client back."""

    def sign_in(user):
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
