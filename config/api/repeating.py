"""A POST that may be sent again: with an Idempotency-Key it is done once, and answered each time alike."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import StoredAnswer
from accounts.services import ANSWERS_KEPT
from audit import reads

IDEMPOTENCY_KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
SHAPE = re.compile(r"[\x21-\x7e]{1,255}")
NEVER_KEPT = {"secret"}
"""Of an answer: shown once, and empty where the same request is sent again."""
KEPT_HEADERS = ("Location", "ETag")

# Written out: in the ORM's words it would be three statements of every write. The update changes nothing, and locks.
CLAIM = """
    INSERT INTO accounts_storedanswer (account_id, key, digest, status, headers, patient_ids)
    VALUES (%s, %s, %s, 0, '{}', '{}')
    ON CONFLICT (account_id, key) DO UPDATE SET key = excluded.key
    RETURNING *
"""

Handler = Callable[..., Response]


class AnotherBody(APIException):
    """The key was used for something else."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another request. Nothing was done. Use a new key."


def answered_once(request: Request, handler: Handler) -> Handler:
    """The handler as it is, or, where the request has a key, such that doing and keeping the answer are one.

    What was refused is not kept: nothing was done, and the same request may succeed later.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return handler
    if not SHAPE.fullmatch(key):
        raise ValidationError({IDEMPOTENCY_KEY: ["This must be 1 to 255 visible characters of ASCII."]})

    def once(request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            kept = _claimed(request, key)
            if kept.status:
                return _again(request, kept)
            response = handler(request, *args, **kwargs)
            _keep(kept, response, request)
        return response

    return once


def _claimed(request: Request, key: str) -> StoredAnswer:
    """The key's row, locked. Whoever sends the same at the same moment waits here for the first one's end."""
    kept = StoredAnswer.objects.raw(CLAIM, [request.user.pk, key, digest := _digest(request)])[0]
    if kept.at < timezone.now() - ANSWERS_KEPT:
        kept.status, kept.digest, kept.at = 0, digest, Now()
    return kept


def _digest(request: Request) -> str:
    return sha256(request._request.get_full_path().encode() + b"\n" + request._request.body).hexdigest()


def _keep(kept: StoredAnswer, response: Response, request: Request) -> None:
    kept.status = response.status_code
    kept.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = json.loads(JSONRenderer().render(response.data) or "null")
    kept.body = body | dict.fromkeys(NEVER_KEPT & body.keys()) if isinstance(body, dict) else body
    kept.patient_ids = sorted(getattr(request._request, "patients_read", ()))
    kept.save(force_update=True)


def _again(request: Request, kept: StoredAnswer) -> Response:
    if kept.digest != _digest(request):
        raise AnotherBody
    reads.saw(request._request, kept.patient_ids)
    return Response(kept.body, status=kept.status, headers={**kept.headers, REPLAYED: "true"})
