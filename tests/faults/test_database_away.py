"""The database is restarted during a meeting: pages say so, and the screens go on by themselves when it is back."""

from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import close_old_connections, connection, connections
from django.test import Client
from django.urls import reverse

from accounts.permissions import Role
from config.settings import env
from mdt import services
from mdt.models import Screen
from tests import factories
from tests.desk.room.test_live import ask, told
from tests.mdt.conftest import coordinator, meeting, open_meeting, people, put_on_list, surgeon, team

__all__ = ["coordinator", "meeting", "open_meeting", "people", "put_on_list", "surgeon", "team"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser():
    """A client that gets the error pages a browser would, not the exceptions."""
    return Client(raise_request_exception=False)


@pytest.fixture
def away(transactional_db):
    """Lets no connection in and ends those that there are, as a server does that restarts; then lets them in again."""
    name, owner = connection.settings_dict["NAME"], env.db("DATABASE_OWNER_URL")
    beside = {"dbname": owner["NAME"], "user": owner["USER"], "password": owner["PASSWORD"]}
    host = connection.get_connection_params().get("host")

    def let_in(word):
        with psycopg.connect(**beside, host=host, autocommit=True) as another:
            another.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {word}')

    @contextmanager
    def away():
        let_in("false")
        connection.close()
        yield
        let_in("true")

    yield away
    let_in("true")


def test_the_screens_say_so_and_go_on(browser, away, team, put_on_list, open_meeting, meeting, coordinator):
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"]
    rows = [put_on_list(factories.episode_with_facts(team)) for _ in range(2)]
    open_meeting()
    follower = factories.member(Role.OBSERVER, team)
    browser.force_login(follower, "allauth.account.auth_backends.AuthenticationBackend")
    screen = reverse("room:screen", args=[meeting.pk])
    page = told(browser.get(screen))
    assert ask(browser, page).status_code == 204
    with away():
        for answer in (ask(browser, page), browser.get(screen), browser.get("/")):
            assert answer.status_code == 503
            assert "cannot reach its database" in answer.content.decode()
            assert answer.headers["Retry-After"]
        refused = browser.get("/api/v1/cases/")
        assert refused.status_code == 503
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert "Try again in a minute" in refused.json()["detail"]
    assert ask(browser, page).status_code == 204
    services.show_case(listing=rows[1], by=coordinator)
    assert ask(browser, page).status_code == 200
    assert Screen.objects.get().listing == rows[1]


def test_a_connection_that_was_cut_unnoticed_is_replaced(browser, team, put_on_list, open_meeting, meeting):
    put_on_list(factories.episode_with_facts(team))
    open_meeting()
    browser.force_login(
        factories.member(Role.OBSERVER, team), "allauth.account.auth_backends.AuthenticationBackend"
    )
    screen = reverse("room:screen", args=[meeting.pk])
    page = told(browser.get(screen))
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
    other.close()
    close_old_connections()  # as the server does when a request begins; the test client leaves it out
    assert ask(browser, page).status_code == 204
