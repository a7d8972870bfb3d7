"""Tokens by a signed assertion (private_key_jwt): what proves a client, and everything that does not."""

import base64
import json
import time
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client as Browser
from jwcrypto.jwk import JWK
from jwcrypto.jwt import JWT
from oauth2_provider.models import AccessToken

from accounts.keys import ASSERTION_TYPE
from accounts.models import UsedAssertion
from accounts.permissions import Role
from accounts.services import change_client, end_client, open_client
from tests import factories

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/token/"
KEYS = {
    "ES384": JWK.generate(kty="EC", crv="P-384", kid="ec"),
    "RS384": JWK.generate(kty="RSA", size=2048, kid="rsa"),
}
STRANGER = JWK.generate(kty="EC", crv="P-384", kid="ec")
SHARED = JWK.generate(kty="oct", size=384, kid="ec")


def public(*keys):
    return {"keys": [json.loads(key.export_public()) for key in keys]}


@pytest.fixture
def engineer():
    return factories.member(Role.INTEGRATION_ENGINEER, organisation=factories.organisation())


@pytest.fixture
def opened(engineer):
    organisation = engineer.memberships.get().organisation
    return open_client(
        name="Records system",
        organisation=organisation,
        scopes=["read", "referrals.write"],
        public_keys=public(*KEYS.values()),
        by=engineer,
    )


def assertion(opened, key=KEYS["ES384"], header=None, **claims):
    told = {
        "iss": opened.client_id,
        "sub": opened.client_id,
        "aud": settings.PUBLIC_URL + TOKEN,
        "exp": int(time.time()) + 200,
        "jti": uuid4().hex,
    } | claims
    told = {name: value for name, value in told.items() if value is not None}
    token = JWT(header={"alg": "ES384", "kid": key["kid"]} | (header or {}), claims=told)
    token.make_signed_token(key)
    return token.serialize()


def ask(text, **form):
    told = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": text,
    }
    return Browser().post(TOKEN, told | form)


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_an_assertion_signed_with_a_registered_key_gets_a_token(opened, algorithm):
    answer = ask(assertion(opened, KEYS[algorithm], {"alg": algorithm}))
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    assert told["scope"] == "read referrals.write"
    read = Browser().get("/api/v1/trials/", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert read.status_code == 200


def test_the_audience_may_stand_in_a_list(opened):
    assert ask(assertion(opened, aud=["https://elsewhere", settings.PUBLIC_URL + TOKEN])).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example/token"},
        {"aud": None},
        {"aud": "http://testserver" + TOKEN + "x"},
        pytest.param({"exp": int(time.time()) - 120}, id="it ended"),
        pytest.param({"exp": int(time.time()) + 86_400}, id="it ends in a day"),
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 10**40},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"iss": "\0"},
        {"iss": "\ud800"},
        {"iss": 5},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 256},
        {"jti": "a\0b"},
        {"jti": "\ud800"},
        {"jti": 12},
        pytest.param({"nbf": int(time.time()) + 600}, id="it has not begun"),
    ],
    ids=str,
)
def test_a_claim_that_is_wrong_proves_nothing(opened, claims):
    answer = ask(assertion(opened, **claims))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert not AccessToken.objects.exists()


def test_the_same_assertion_opens_only_once(opened):
    text = assertion(opened)
    assert [ask(text).status_code for _ in range(3)] == [200, 401, 401]
    assert UsedAssertion.objects.count() == 1


def test_two_clients_may_use_the_same_identifier(opened, engineer):
    other = open_client(
        name="Laboratory",
        organisation=opened.client.organisation,
        public_keys=public(KEYS["ES384"]),
        by=engineer,
    )
    assert ask(assertion(opened, jti="one")).status_code == 200
    assert ask(assertion(other, jti="one")).status_code == 200


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (STRANGER, {}),
        (STRANGER, {"jwk": json.loads(STRANGER.export_public())}),
        (STRANGER, {"jku": "https://attacker.example/keys.json"}),
        (KEYS["RS384"], {"alg": "RS256"}),
        (SHARED, {"alg": "HS256"}),
        (SHARED, {"alg": "HS384"}),
    ],
    ids=["another key", "its own key in jwk", "its own key by jku", "RS256", "HS256", "HS384"],
)
def test_only_a_registered_key_and_a_listed_algorithm_prove_anything(opened, key, header):
    answer = ask(assertion(opened, key, header))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_public_key_used_as_a_shared_secret_proves_nothing(opened):
    pem = KEYS["RS384"].export_to_pem()
    shared = JWK.from_password(pem.decode())
    token = JWT(header={"alg": "HS256", "kid": "rsa"}, claims={"iss": opened.client_id})
    token.make_signed_token(shared)
    assert ask(token.serialize()).status_code == 401


def test_an_unsigned_assertion_proves_nothing(opened):
    _, claims, _ = assertion(opened).split(".")
    assert ask(f"eyJhbGciOiJub25lIn0.{claims}.").status_code == 401


def test_a_kid_that_was_not_registered_proves_nothing(opened):
    """As after a key was taken away, while the sender still signs with it."""
    unknown = JWK.generate(kty="EC", crv="P-384", kid="unknown")
    assert ask(assertion(opened, unknown)).status_code == 401


def test_claims_nested_deeper_than_can_be_read_are_refused(opened):
    deep = base64.urlsafe_b64encode(b"[" * 200_000).decode().rstrip("=")
    assert ask(f"{deep}.{deep}.e30").status_code == 401
    assert ask(f"eyJhbGciOiJFUzM4NCJ9.{deep}.e30").status_code == 401


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "\0", "é.é.é", "." * 5000, "e30.e30.e30", "[]", "null"])
def test_what_is_no_assertion_is_refused_and_breaks_nothing(opened, text):
    assert ask(text).status_code in {400, 401}


def test_a_key_that_was_replaced_opens_nothing_nor_do_its_tokens(opened, engineer):
    ask(assertion(opened))
    before = AccessToken.objects.get().token_checksum
    change_client(
        client=opened.client,
        version=1,
        scopes=["read"],
        public_keys=public(KEYS["RS384"]),
        contact="",
        by=engineer,
    )
    assert ask(assertion(opened)).status_code == 401
    assert ask(assertion(opened, KEYS["RS384"], {"alg": "RS384"})).status_code == 200
    assert not AccessToken.objects.filter(token_checksum=before).exists()


def test_a_closed_client_gets_no_token(opened, engineer):
    end_client(client=opened.client, version=1, by=engineer)
    assert ask(assertion(opened)).status_code == 401


def test_a_client_with_keys_has_no_way_in_by_its_secret(opened):
    told = {"grant_type": "client_credentials", "client_id": opened.client_id}
    assert Browser().post(TOKEN, told | {"client_secret": opened.secret}).status_code == 401


def test_a_client_without_keys_has_no_way_in_by_an_assertion(opened, engineer):
    plain = open_client(name="Plain", organisation=opened.client.organisation, by=engineer)
    assert ask(assertion(plain)).status_code == 401


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("read", "read"),
        ("cases.read", "cases.read"),
        ("cases.read referrals.write", "cases.read referrals.write"),
        ("referrals.write read", "referrals.write read"),
        ("write", "referrals.write"),
        ("read write", "read referrals.write"),
    ],
)
def test_the_part_that_the_client_has_of_what_is_asked_is_given(opened, asked, given):
    assert ask(assertion(opened), scope=asked).json()["scope"] == given


@pytest.mark.parametrize("asked", ["cases.write", "read cases.write", "check", "everything", "READ"])
def test_more_than_the_client_may_is_refused_as_invalid_scope(opened, asked):
    answer = ask(assertion(opened), scope=asked)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert not AccessToken.objects.exists()


def test_tokens_are_asked_for_by_post_alone():
    for method in ("get", "put", "delete"):
        assert getattr(Browser(), method)(TOKEN).status_code == 405
