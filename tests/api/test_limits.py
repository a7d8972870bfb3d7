"""How many requests a minute: what is left is told, too many are refused with when to go on, and nobody else is."""

import pytest
import redis
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts.permissions import Role
from accounts.services import open_client
from config.api.schema import document
from config.cache import OwnCache, SharedCache
from config.embedded.keeper import hold
from config.embedded.state import named
from tests import factories
from tests.api.conftest import Caller
from tests.api.test_refusals import problem

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/token/"


@pytest.fixture(autouse=True)
def clean():
    cache.clear()


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-22T09:00:20+00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def team():
    return factories.team()


def test_every_answer_says_what_is_left_of_the_minute(settings, machine, team, clock):
    settings.API_REQUESTS_A_MINUTE = 600
    system = machine(team.organisation)
    for left, path in [(599, "cases/"), (598, "cases/PEN-2026-0001/"), (597, "cases/?wrong=1")]:
        answer = system.get(path)
        assert answer.headers["RateLimit-Policy"] == '"minute";q=600;w=60'
        assert answer.headers["RateLimit"] == f'"minute";r={left};t=40'
        assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    ("path", "accepts", "status"),
    [
        ("v1/schema/", "*/*", 200),
        ("v1/docs/", "text/html", 200),
        ("v1/nothing/", "*/*", 404),
        ("v2/cases/", "*/*", 404),
        ("v1/cases/", "text/csv", 406),
    ],
)
def test_what_is_no_endpoint_says_it_too(settings, person, team, clock, path, accepts, status):
    settings.API_REQUESTS_A_MINUTE = 2
    reader = person(factories.member(Role.SURGEON, team)).client
    answers = [reader.get(f"/api/{path}", headers={"Accept": accepts}) for _ in range(3)]
    assert [answer.headers["RateLimit"] for answer in answers] == [
        f'"minute";r={left};t=40' for left in (1, 0, 0)
    ]
    assert [answer.status_code for answer in answers[:2]] == [status, status]
    assert answers[2].headers["Retry-After"] == "40"
    if status != 406:
        assert "40 s" in problem(answers[2], 429)["detail"]


def test_too_many_requests_are_refused_until_the_minute_is_over(settings, machine, team, clock):
    settings.API_REQUESTS_A_MINUTE = 3
    system = machine(team.organisation)
    assert [system.get("cases/").status_code for _ in range(3)] == [200] * 3
    answer = system.get("cases/")
    assert "40 s" in problem(answer, 429)["detail"]
    assert answer.headers["Retry-After"] == "40"
    assert answer.headers["RateLimit"] == '"minute";r=0;t=40'
    clock.shift(40)
    assert system.get("cases/").status_code == 200


def test_each_client_and_each_person_has_a_minute_of_their_own(settings, machine, person, team, clock):
    settings.API_REQUESTS_A_MINUTE = 1
    callers = [
        machine(team.organisation),
        machine(team.organisation, name="Laboratory"),
        person(factories.member(Role.SURGEON, team)),
    ]
    assert [caller.get("cases/").status_code for caller in callers] == [200] * 3
    assert [caller.get("cases/").status_code for caller in callers] == [429] * 3


def test_a_refused_write_did_nothing_and_can_be_sent_again(settings, machine, team, clock):
    settings.API_REQUESTS_A_MINUTE = 1
    system = machine(team.organisation)
    body = {"case": {}, "plan": {"intent": "curative", "treatments": [{"modality": "surgery"}]}}
    assert system.get("cases/").status_code == 200
    key = {"Idempotency-Key": "once"}
    assert system.post("guidance/check/", body, **key).status_code == 429
    clock.shift(60)
    answer = system.post("guidance/check/", body, **key)
    assert answer.status_code == 200
    assert "Idempotency-Replayed" not in answer.headers


def test_who_guesses_tokens_is_stopped_and_takes_nothing_from_others(settings, machine, team, clock):
    settings.API_REQUESTS_A_MINUTE = 2
    guess = Caller("guess")
    assert [guess.get("cases/").status_code for _ in range(3)] == [401, 401, 429]
    assert machine(team.organisation).get("cases/").status_code == 200


def test_tokens_are_limited_by_client_and_address(settings, team, clock):
    settings.API_TOKENS_A_MINUTE = 2
    ours = open_client(name="Records system", organisation=team.organisation, by=None)
    other = open_client(name="Laboratory", organisation=team.organisation, by=None)

    def ask(opened, **extra):
        told = {
            "grant_type": "client_credentials",
            "client_id": opened.client_id,
            "client_secret": opened.secret,
        }
        return Client(**extra).post(TOKEN, told)

    first = ask(ours)
    assert first.headers["RateLimit"] == '"minute";r=1;t=40'
    assert ask(ours).status_code == 200
    refused = ask(ours)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
    assert refused.json()["error"] == "temporarily_unavailable"
    assert refused.headers["Cache-Control"] == "no-store"
    assert ask(other).status_code == 200
    assert ask(ours, REMOTE_ADDR="192.0.2.7").status_code == 200, "a stranger shuts nobody out"


def test_who_names_another_client_each_time_is_limited_by_address(settings, db, clock):
    settings.API_REQUESTS_A_MINUTE, settings.API_TOKENS_A_MINUTE = 3, 2
    told = {"grant_type": "client_credentials"}
    answers = [Client().post(TOKEN, told | {"client_id": f"guess {number}"}) for number in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1].headers["RateLimit-Policy"] == '"minute";q=3;w=60'


def test_without_a_limit_nothing_is_counted_and_nothing_told(settings, machine, team):
    settings.API_REQUESTS_A_MINUTE = 0
    assert "RateLimit" not in machine(team.organisation).get("cases/").headers


def test_every_operation_says_in_the_document_that_it_may_answer_429():
    operations = [
        each for item in document()["paths"].values() for each in item.values() if "responses" in each
    ]
    assert operations
    assert all("429" in each["responses"] for each in operations)


@pytest.fixture(scope="module")
def shared():
    """A cache in the tests' own Valkey, as two processes would have it."""
    state = named("test")
    hold(state)
    address = f"unix://{state.sockets}/valkey.sock?db=9"
    found = SharedCache(address, {}), SharedCache(address, {})
    found[0].clear()
    return found


def test_processes_count_together(shared):
    first, second = shared
    assert [cache.one_more("a", 60) for cache in (first, second, first, second)] == [1, 2, 3, 4]
    assert first.one_more("b", 60) == 1


def test_a_count_is_one_round_trip_and_ends(shared, monkeypatch):
    sent = []
    whole = redis.client.Pipeline.execute

    def execute(self, *arguments, **more):
        sent.append([command[0][0] for command in self.command_stack])
        return whole(self, *arguments, **more)

    monkeypatch.setattr(redis.client.Pipeline, "execute", execute)
    shared[0].one_more("c", 60)
    assert sent == [["INCRBY", "EXPIRE"]]
    assert 0 < shared[0]._cache.get_client().ttl(shared[0].make_key("c")) <= 60


def test_a_cache_that_is_away_refuses_nobody(settings, machine, team, monkeypatch, tmp_path):
    away = SharedCache(f"unix://{tmp_path}/nothing.sock", {})
    monkeypatch.setattr("config.api.limits.cache", away)
    settings.API_REQUESTS_A_MINUTE = 1
    system = machine(team.organisation)
    assert [system.get("cases/").status_code for _ in range(3)] == [200] * 3


def test_a_process_without_a_shared_cache_counts_for_itself():
    own = OwnCache("limits", {})
    assert [own.one_more("a", 60) for _ in range(3)] == [1, 2, 3]
