"""What a database error says: whether anything was saved, and what to do; each kind by the database's own code."""

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from django.test import RequestFactory

from config.errors import server_error

LOST = (psycopg.OperationalError, psycopg.errors.AdminShutdown, psycopg.errors.CannotConnectNow)
CROSSED = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)
MAY_BE = "may not have been saved: look before you send it again"


def answered(method, path, cause, error=OperationalError):
    try:
        raise error("the database said no") from cause("of the database")
    except error:
        answer = server_error(RequestFactory().generic(method, path))
    return answer.status_code, " ".join(answer.content.decode().split()), answer.headers


@pytest.mark.parametrize("path", ["/meetings/", "/api/v1/cases/"])
@pytest.mark.parametrize("cause", LOST)
def test_whoever_saves_while_the_connection_is_lost_is_told_to_look_first(path, cause):
    status, words, headers = answered("POST", path, cause)
    assert status == 503
    assert MAY_BE in words
    assert "Nothing was saved" not in words
    assert headers["Retry-After"]


@pytest.mark.parametrize("path", ["/meetings/", "/api/v1/cases/"])
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_whoever_reads_meanwhile_is_told_nothing_of_saving(path, error):
    status, words, _ = answered("GET", path, psycopg.InterfaceError, error)
    assert status == 503
    assert "saved" not in words


@pytest.mark.parametrize("path", ["/meetings/", "/api/v1/cases/"])
@pytest.mark.parametrize("cause", CROSSED)
def test_two_who_save_the_same_at_once_are_told_to_try_again(path, cause):
    status, words, _ = answered("POST", path, cause)
    assert status == 409
    assert "Somebody else was saving the same in the same moment" in words
    assert "database" not in words


@pytest.mark.parametrize("path", ["/meetings/", "/api/v1/cases/"])
def test_a_statement_that_was_cancelled_is_our_own_fault(path):
    status, words, _ = answered("POST", path, psycopg.errors.QueryCanceled)
    assert status == 500
    assert "not answer" not in words
