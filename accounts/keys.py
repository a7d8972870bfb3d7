"""Public keys of a client (RFC 7517), and the signed assertions by which it asks for tokens (RFC 7523)."""

import json
import time
from collections.abc import Mapping
from typing import Any, TypeGuard

from django.core.exceptions import ValidationError
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jwt import JWT

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["RS384", "ES384", "PS384"]
"""RS384 and ES384 are those that SMART Backend Services 2 requires of every server."""
LONGEST_SECONDS = 300
LEEWAY_SECONDS = 30
MOST_KEYS = 10
SMALLEST_RSA_BITS = 2048


class NotProved(Exception):
    """The assertion does not prove who sent it; the message says why, for the sender's own log."""


def read_keys(told: Mapping[str, Any] | None) -> dict[str, Any]:
    """A key set as it is kept: public parts alone. Raises ValidationError, by the field `public_keys`."""
    if not told:
        return {}
    keys = told.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise _wrong(f'Give a JSON Web Key Set: {{"keys": [...]}} with 1 to {MOST_KEYS} keys.')
    return {"keys": [_public(place, key) for place, key in enumerate(keys, start=1)]}


def _public(place: int, told: Any) -> dict[str, Any]:
    try:
        key = JWK(**told)
    except (JWException, TypeError, ValueError) as error:
        raise _wrong(f"Key {place} is not a JSON Web Key.") from error
    if not key.has_public or key["kty"] not in {"RSA", "EC"}:
        raise _wrong(f"Key {place} must be an RSA or an elliptic curve key (P-384).")
    if key.has_private:
        raise _wrong(f"Key {place} holds its private part. Replace this key, and give the public part alone.")
    if not told.get("kid"):
        raise _wrong(f"Key {place} has no kid, by which an assertion names it.")
    if key["kty"] == "RSA" and _bits(key) < SMALLEST_RSA_BITS:
        raise _wrong(f"Key {place} is too short: an RSA key needs {SMALLEST_RSA_BITS} bits.")
    public: dict[str, Any] = json.loads(key.export_public())
    return public


def _bits(key: JWK) -> int:
    size: int = key.get_op_key("verify").key_size
    return size


def _wrong(words: str) -> ValidationError:
    return ValidationError({"public_keys": [words]})


def is_storable(told: object) -> TypeGuard[str]:
    """A text that can be looked up and kept: the database has no NUL, and nothing has half a character."""
    if not isinstance(told, str) or "\0" in told:
        return False
    try:
        told.encode()
    except UnicodeEncodeError:
        return False
    return True


def proved(assertion: str, *, keys: Mapping[str, Any], client_id: str, audience: str) -> tuple[str, int]:
    """The identifier and the end of an assertion that this client signed for this address. Raises NotProved.

    The key is one of those registered, whatever the header's `jku` or `jwk` says (RFC 7523, section 3).
    """
    try:
        token = JWT(algs=ALGORITHMS, expected_type="JWS")
        token.leeway = LEEWAY_SECONDS
        token.deserialize(assertion, JWKSet.from_json(json.dumps(keys)))
        claims: dict[str, Any] = json.loads(token.claims)
    except (JWException, ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotProved("The assertion is not signed by a registered key, or is over.") from error
    return _judged(claims, client_id, audience)


def _judged(claims: Mapping[str, Any], client_id: str, audience: str) -> tuple[str, int]:
    told = claims.get("aud")
    audiences = told if isinstance(told, list) else [told]
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise NotProved("iss and sub must both be the client_id.")
    if audience not in audiences:
        raise NotProved(f"aud must be {audience}.")
    jti, ends = claims.get("jti"), claims.get("exp")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255 or not is_storable(jti):
        raise NotProved("jti must be a text of at most 255 characters that is used once.")
    if not isinstance(ends, int) or isinstance(ends, bool):
        raise NotProved("exp must be a whole number of seconds.")
    if not time.time() - LEEWAY_SECONDS < ends <= time.time() + LONGEST_SECONDS + LEEWAY_SECONDS:
        raise NotProved(f"exp must lie ahead, by at most {LONGEST_SECONDS} seconds.")
    return jti, ends
