"""Whatever is wrong with a request, the answer is a problem that says what: never a page, never a fault of ours."""

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from oauth2_provider.models import AccessToken

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from accounts.scopes import SCOPES
from accounts.services import open_client
from cases.models import Referral
from config.api.schema import document
from tests import factories
from tests.api.conftest import Caller, token_of

PLAN = {"intent": "curative", "treatments": [{"modality": "surgery", "procedure": "limb_sparing"}]}
OPERATIONS = [
    (method.upper(), path)
    for path, item in document()["paths"].items()
    for method in item
    if method in {"get", "post"}
]


def problem(answer, status):
    """The problem details of an answer, which must be of that status."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told


def address(path, reference="PEN-2026-0001", pk=1):
    reference = "ENQ-7K3MQ2" if "/enquiries/" in path else reference
    return path.replace("{reference}", reference).replace("{id}", str(pk))


@pytest.fixture
def team(db):
    return factories.team(reference_prefix="PEN")


@pytest.fixture
def system(team, machine):
    return machine(team.organisation)


def ask(method, path, **headers):
    body = {"data": "{}", "content_type": "application/json"} if method == "POST" else {}
    return Client().generic(method, path, headers=headers, **body)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_operation_answers_without_a_token(db, method, path):
    answer = ask(method, address(path))
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_asks_for_the_scope_that_its_document_names(db, application, method, path):
    told = document()["paths"][path][method.lower()]["security"]
    scopes = next(each["hospitalSystem"] for each in told if "hospitalSystem" in each)
    others = {scope for scope in SCOPES if scopes[0] != scope and scope != scopes[0].rpartition(".")[2]}
    token = token_of(application(factories.organisation()), " ".join(sorted(others)))
    answer = ask(method, address(path), Authorization=f"Bearer {token}")
    assert scopes[0] in problem(answer, 403)["detail"]


def test_a_token_that_is_wrong_or_old_or_of_a_closed_account_opens_nothing(team, application):
    client = application(team.organisation)
    old = token_of(client, seconds=-1)
    closed = application(team.organisation, name="Closed system")
    closed.user.is_active = False
    closed.user.save()
    for token in ["nonsense", old, token_of(closed), "", "a b", "\u00e9"]:
        answer = Client().get("/api/v1/cases/", headers={"Authorization": f"Bearer {token}"})
        problem(answer, 401)


def test_a_client_that_belongs_to_a_person_opens_nothing(team, application):
    client = application(team.organisation)
    client.user = factories.member(Role.SURGEON, team)
    client.save()
    problem(Caller(token_of(client)).get("cases/"), 401)


@pytest.mark.parametrize("role", list(Role))
def test_the_permission_table_decides_who_reads_cases_and_checks_plans(team, person, role):
    user = factories.member(role, team)
    caller = person(user)
    may = ROLE_PERMISSIONS[role]
    assert caller.get("cases/").status_code == (200 if Permission.SEE_CASES in may else 403)
    answer = caller.post("guidance/check/", {"case": {}, "plan": PLAN})
    assert answer.status_code == (200 if Permission.CHECK_PLAN in may else 403)


def test_a_person_without_a_role_reads_nothing(db, person):
    problem(person(factories.user()).get("cases/"), 403)


def test_a_session_writes_only_with_its_csrf_token(team):
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        factories.member(Role.SURGEON, team), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    answer = client.post(
        "/api/v1/guidance/check/", json.dumps({"plan": PLAN}), content_type="application/json"
    )
    assert "CSRF" in problem(answer, 403)["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing/",
        "cases",
        "cases/PEN-2026-0001",
        "cases/pen/",
        "cases/PEN-2026-0001%00/",
        "cases/' OR 1=1 --/",
        "plans/abc/",
        "plans/-1/",
        "plans/99999999999999999999999/",
        "plans/1/delete/",
    ],
)
def test_an_unknown_address_is_not_found(system, path):
    problem(system.get(path), 404)


@pytest.mark.parametrize("path", ["/api/", "/api/v2/cases/", "/api/v1/nothing/"])
def test_an_unknown_address_is_not_found_without_signing_in(db, path):
    problem(Client().get(path), 404)
    problem(Client().post(path, "{}", content_type="application/json"), 404)


@pytest.mark.parametrize("pk", ["0", "1", "999999999999999999"])
@pytest.mark.parametrize(
    "path", ["referrals", "meetings", "decisions", "plans", "reviews", "trial-referrals"]
)
def test_a_row_that_is_not_there_is_not_found(system, path, pk):
    problem(system.get(f"{path}/{pk}/"), 404)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST"])
def test_a_method_that_an_address_does_not_have_is_not_allowed(system, method):
    answer = system.client.generic(method, "/api/v1/cases/", headers=system.headers)
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_only_json_is_answered_and_taken(system):
    problem(system.get("cases/", Accept="text/html"), 406)
    problem(system.post("guidance/check/", "<plan/>", content_type="application/xml"), 415)
    problem(system.post("guidance/check/", "plan=1", content_type="application/x-www-form-urlencoded"), 415)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("status=lost", "status"),
        ("status=accepted&status=closed", "status"),
        ("status=", "status"),
        ("cursor=", "cursor"),
        ("opened_until=", "opened_until"),
        ("status=%00", "status"),
        ("team=%00", "team"),
        ("team=" + "A" * 50, "team"),
        ("opened_from=yesterday", "opened_from"),
        ("opened_from=99999-01-01", "opened_from"),
        ("opened_until=2026-02-30", "opened_until"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=ten", "page_size"),
        ("page_size=%C2%B2", "page_size"),
        ("page_size=" + "9" * 5000, "page_size"),
        ("stauts=accepted", "stauts"),
        ("format=json", "format"),
    ],
)
def test_a_parameter_that_is_not_valid_is_refused_by_its_name(system, query, name):
    assert name in problem(system.get(f"cases/?{query}"), 400)["errors"]


def _cursor(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "%00",
        "é",
        "x" * 5000,
        _cursor("p=abc"),
        _cursor("p=99999999999999999999999"),
        _cursor("p=1%00"),
        _cursor("p=1;DROP TABLE"),
        _cursor("o=abc"),
        _cursor("p=-1"),
        "/w==",
    ],
)
def test_a_cursor_that_we_did_not_write_is_not_found(system, cursor):
    problem(system.get("cases/", {"cursor": cursor}), 404)


@pytest.mark.parametrize("cursor", [_cursor("r=1&p=1"), _cursor("o=1000000&p=5"), _cursor("p=")])
def test_a_cursor_beyond_the_rows_is_an_empty_page_or_not_found(system, cursor):
    assert system.get("cases/", {"cursor": cursor}).status_code in {200, 404}


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "nonsense",
        "\ufeff{}",
        b"\xff\xfe\x00",
        DEEP,
        '{"case":' * 50_000 + "1" + "}" * 50_000,
        '{"plan": NaN}',
        '{"plan": Infinity}',
        '{"plan": -Infinity}',
        '{"plan": 1e999}',
        '{"plan": ' + "9" * 5000 + "}",
        '{"plan": {}, "plan": {}}',
        "{'plan': 1}",
        r'{"\ud800": 1}',
        r'{"case": {"grade": "\ud800"}, "plan": {}}',
    ],
)
@pytest.mark.parametrize("path", ["guidance/check/", "referrals/"])
def test_a_body_that_is_not_plain_json_is_refused(team, person, path, body):
    caller = person(factories.member(Role.COORDINATOR, team))
    problem(caller.post(path, body), 400)


@pytest.mark.parametrize("body", ["null", "1", "true", '"plan"', "[]", "[{}]", '[{"plan": 1}]', "{}"])
@pytest.mark.parametrize("path", ["guidance/check/", "referrals/"])
def test_a_body_that_is_not_the_object_asked_for_is_refused_by_name(team, person, path, body):
    caller = person(factories.member(Role.COORDINATOR, team))
    assert problem(caller.post(path, body), 400)["errors"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(system, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4096
    assert "4 KiB" in problem(system.post("guidance/check/", '{"plan": "' + "x" * 5000 + '"}'), 413)["detail"]


def test_a_check_names_every_field_that_is_wrong(system):
    told = problem(
        system.post(
            "guidance/check/",
            {"case": {"grade": "G4", "size_mm": "big", "colour": "red"}, "plan": {"treatments": []}},
        ),
        400,
    )
    assert set(told["errors"]) == {
        "case.grade",
        "case.size_mm",
        "case.colour",
        "plan.intent",
        "plan.treatments",
    }
    assert "G4" in told["errors"]["case.grade"][0]


@pytest.mark.parametrize("value", ["\u0000", "\ud800", "<script>", "' OR 1=1 --", 10**30, True, [], {}, None])
@pytest.mark.parametrize("key", ["morphology", "grade", "size_mm", "t", "metastatic_sites", "biomarkers"])
def test_no_value_of_a_fact_is_a_fault_of_ours(system, key, value):
    answer = system.post("guidance/check/", {"case": {key: value}, "plan": PLAN})
    assert answer.status_code in {200, 400}


def test_every_address_of_the_api_needs_no_page_to_sign_in(db):
    for path in ["cases/", "referrals/1/accept/", "guidance/check/"]:
        for method in ["GET", "POST"]:
            answer = Client().generic(method, f"/api/v1/{path}")
            assert answer.status_code == 401, "never a redirect to the sign-in page"


def test_the_tokens_endpoint_gives_a_token_that_reads(team):
    client = open_client(name="Records system", organisation=team.organisation, by=None)
    answer = Client().post(
        "/api/v1/token/",
        {"grant_type": "client_credentials", "scope": "read"},
        headers={"Authorization": "Basic " + _cursor(f"{client.client_id}:{client.secret}")},
    )
    assert answer.status_code == 200
    token = answer.json()
    assert token["expires_in"] == 3600
    assert Caller(token["access_token"]).get("cases/").status_code == 200
    problem(Caller(token["access_token"]).post("guidance/check/", {"plan": PLAN}), 403)
    assert not AccessToken.objects.filter(token=token["access_token"]).exists(), "kept as a checksum only"
    assert AccessToken.objects.get().expires > timezone.now() + timedelta(minutes=59)


HALF = r'{"iss": "\ud800"}'


@pytest.mark.parametrize(
    ("form", "basic", "status"),
    [
        ({}, "", 400),
        ({"grant_type": "password", "username": "a", "password": "b"}, "", 400),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "\0"}, "", 400),
        ({"grant_type": "client_credentials"}, "", 401),
        ({"grant_type": "client_credentials", "client_id": "\0", "client_secret": "\0"}, "", 400),
        ({"grant_type": "client_credentials"}, _cursor("a%00:b"), 400),
        ({"grant_type": "client_credentials", "client_assertion": f"e30.{_cursor(HALF)}.e30"}, "", 401),
        ({"grant_type": "client_credentials"}, _cursor("nobody:nothing"), 401),
        ({"grant_type": "client_credentials"}, "not base64 at all", 401),
    ],
)
def test_the_tokens_endpoint_refuses_in_the_words_of_oauth(db, form, basic, status):
    headers = {"Authorization": f"Basic {basic}"} if basic else {}
    answer = Client().post("/api/v1/token/", form, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_tokens_endpoint_refuses_a_wrong_secret_and_an_unknown_scope(team):
    client = open_client(name="Records system", organisation=team.organisation, by=None)
    told = {"grant_type": "client_credentials", "client_id": client.client_id}
    assert Client().post("/api/v1/token/", told | {"client_secret": "wrong"}).status_code == 401
    answer = Client().post("/api/v1/token/", told | {"client_secret": client.secret, "scope": "everything"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert Client().get("/api/v1/token/").status_code == 405


def test_nothing_was_written_by_a_refused_request(team, person):
    caller = person(factories.member(Role.COORDINATOR, team))
    caller.post("referrals/", {"team": "PEN", "organisation": "nowhere", "patient": {}})
    assert not Referral.objects.exists()


def test_every_endpoint_is_in_the_document():
    api = next(each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/")
    names = {each.name for each in api.url_patterns if each.name}
    assert len(names - {"token", "schema", "docs"}) == len(document()["paths"])
