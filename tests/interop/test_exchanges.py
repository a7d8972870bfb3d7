"""What clients sent is noted by names and numbers, and forgotten after 30 days."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from accounts.services import end_client, open_client
from audit.models import Read
from interop.exchanging import KEPT, by_hour, forget_exchanges, traffic
from interop.models import Exchange
from interop.tasks import forget_exchanges as task
from tests import factories
from tests.api.conftest import Caller, token_of

pytestmark = pytest.mark.django_db
CHECK = {"case": {}, "plan": {"intent": "curative", "treatments": [{"modality": "surgery"}]}}


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def client_row(team):
    return open_client(name="Records system", organisation=team.organisation, by=None).client


@pytest.fixture
def system(client_row):
    return Caller(token_of(client_row.application))


def test_a_write_is_noted_by_its_operation_its_time_and_its_request(system, client_row):
    answer = system.post("guidance/check/", CHECK, **{"X-Request-ID": "their-own-request-7"})
    assert answer.status_code == 200
    row = Exchange.objects.get()
    assert (row.client, row.method, row.status, row.problem) == (client_row, "POST", 200, "")
    assert row.operation == "guidance_check"
    assert row.request_id == "their-own-request-7"
    assert timezone.now() - row.at < timedelta(minutes=1)


def test_a_read_that_succeeds_is_not_noted_and_one_that_is_refused_is(system):
    system.get("cases/")
    assert not Exchange.objects.exists()
    system.get("cases/PEN-2026-0001/")
    row = Exchange.objects.get()
    assert (row.operation, row.status, row.problem) == ("cases_retrieve", 404, "Not Found")


def test_nothing_of_what_was_sent_is_kept(system):
    system.post("guidance/check/", {"case": {"family_name": "Sample"}, "plan": {}})
    system.get("cases/?family_name=Sample")
    system.get("cases/Sample/")
    assert Exchange.objects.count() == 2
    kept = json.dumps(list(Exchange.objects.values()), default=str)
    assert "Sample" not in kept
    assert "family_name" not in kept


def test_an_act_is_named_as_the_document_names_it(system):
    system.post("referrals/1/accept/", {}, **{"If-Match": '"1"'})
    assert Exchange.objects.get().operation == "referrals_accept"


def test_what_people_do_on_pages_or_by_their_session_is_not_noted(team, sign_in):
    browser = sign_in(factories.member(Role.SURGEON, team))
    browser.post("/api/v1/guidance/check/", json.dumps(CHECK), content_type="application/json")
    browser.get("/api/v1/nothing/")
    assert not Exchange.objects.exists()


def test_a_token_that_is_over_is_noted_for_its_client_and_a_guess_for_nobody(client_row):
    Caller(token_of(client_row.application, seconds=-1)).get("cases/")
    Caller("a guess").get("cases/")
    assert [(row.client, row.status) for row in Exchange.objects.all()] == [(client_row, 401)]


def test_tokens_given_and_refused_are_noted_for_the_client_that_is_named(client_row):
    told = {"grant_type": "client_credentials", "client_id": client_row.application.client_id}
    Browser().post("/api/v1/token/", told | {"client_secret": "wrong"})
    Browser().post("/api/v1/token/", {"grant_type": "client_credentials", "client_id": "nobody"})
    row = Exchange.objects.get()
    assert (row.client, row.operation, row.status, row.problem) == (
        client_row,
        "token",
        401,
        "invalid_client",
    )


def test_too_many_requests_are_noted_once_a_minute(system, settings):
    settings.API_REQUESTS_A_MINUTE = 1
    cache.clear()
    with time_machine.travel("2026-11-22T09:00:20+00:00", tick=False) as clock:
        for _ in range(4):
            system.get("cases/")
        assert Exchange.objects.filter(status=429).count() == 1
        clock.shift(60)
        for _ in range(3):
            system.get("cases/")
    assert Exchange.objects.filter(status=429).count() == 2


def test_a_flood_of_requests_for_tokens_reaches_the_database_once_a_minute(client_row, settings):
    settings.API_TOKENS_A_MINUTE = 1
    cache.clear()
    told = {"grant_type": "client_credentials", "client_id": client_row.application.client_id}
    with time_machine.travel("2026-11-22T09:00:20+00:00", tick=False):
        for _ in range(2):
            Browser().post("/api/v1/token/", told)
        with CaptureQueriesContext(connection) as asked:
            assert Browser().post("/api/v1/token/", told).status_code == 429
    assert not asked.captured_queries
    assert Exchange.objects.filter(status=429).count() == 1


def test_noting_costs_a_write_one_statement_and_a_read_none(system):
    system.post("guidance/check/", CHECK)
    with CaptureQueriesContext(
        connection,
    ) as written:
        system.post("guidance/check/", CHECK)
    assert sum("interop_exchange" in each["sql"] for each in written.captured_queries) == 1
    with CaptureQueriesContext(connection) as read:
        system.get("cases/")
    assert not any("interop_exchange" in each["sql"] for each in read.captured_queries)


def test_what_cannot_be_noted_goes_out_all_the_same(system, monkeypatch):
    def away(**told):
        raise OperationalError("gone")

    monkeypatch.setattr("interop.middleware.note_exchange", away)
    assert system.post("guidance/check/", CHECK).status_code == 200


def test_exchanges_are_forgotten_after_thirty_days_and_not_before(client_row):
    now = timezone.now()
    for days in (29, 31, 32):
        _exchange(client_row, at=now - timedelta(days=days))
    assert forget_exchanges(most=1) == 1
    task()
    assert [row.at for row in Exchange.objects.all()] == [now - timedelta(days=29)]
    assert timedelta(days=30) == KEPT


def test_traffic_counts_a_day_and_knows_when_a_client_was_last_heard_of(client_row):
    now = timezone.now()
    for hours, status in ((1, 200), (2, 404), (30, 200)):
        _exchange(client_row, at=now - timedelta(hours=hours), status=status)
    Read.objects.create(by=client_row.account, surface="api", view="api:case-list", patient_ids=[1])
    seen = traffic([client_row])[client_row.pk]
    assert (seen.requests, seen.refused) == (3, 1)
    assert now - seen.last_at < timedelta(minutes=1)
    hours = by_hour([client_row])
    assert len(hours) == 24
    assert [sum(each[kind] for each in hours) for kind in ("written", "read", "refused")] == [1, 1, 1]


def test_a_client_that_did_nothing_has_no_traffic(client_row):
    seen = traffic([client_row])[client_row.pk]
    assert (seen.requests, seen.refused, seen.last_at) == (0, 0, None)


def test_others_exchanges_are_not_visible(client_row):
    engineer = factories.member(Role.INTEGRATION_ENGINEER, organisation=factories.organisation())
    own = factories.member(Role.INTEGRATION_ENGINEER, organisation=client_row.organisation)
    _exchange(client_row)
    end_client(client=client_row, version=1, by=own)
    assert not Exchange.objects.visible_to(engineer).exists()
    assert Exchange.objects.visible_to(own).count() == 1, "also of one that is closed"


def _exchange(client, **told):
    return Exchange.objects.create(
        **{
            "client": client,
            "operation": "cases_list",
            "method": "GET",
            "status": 200,
            "request_id": "r",
            "ms": 5,
        }
        | told
    )
