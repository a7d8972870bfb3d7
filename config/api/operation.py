"""How the API's document describes each operation: its example, its scope, and every refusal."""

import json
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from config.api.preconditions import IF_MATCH, IF_NONE_MATCH
from config.api.reading import FIELDS, ReadMany, ReadOne
from config.api.repeating import IDEMPOTENCY_KEY
from config.errors import PROBLEM

EXAMPLES = Path(__file__).with_name("examples")
"""A file for each area, named as its scopes are."""
TOKEN_SCHEME = "hospitalSystem"

REFUSALS = {
    400: "A parameter or a field is not valid; `errors` says which and why",
    401: "No token, or one that is not valid",
    403: "The token's scope or the account's role does not include this",
    404: "There is no such thing, or it is not yours to see",
    406: "Only JSON is answered",
    429: "More requests than may come in a minute; `Retry-After` says in how many seconds to go on",
}
NOT_CHANGED = {304: "The caller has it already, by its ETag"}
REFUSALS_OF_BODIES = {
    413: "The body is too large",
    415: "The body must be JSON",
}
REFUSALS_OF_MOVES = {409: "Its state does not allow this"}
REFUSALS_OF_CHANGES = {
    412: "Someone else changed it since the ETag that If-Match names; `current_version` says what it is now",
    428: "If-Match is missing: name the ETag that you read",
}
USED_KEY = {422: "The Idempotency-Key was used for another request within the day"}

IF_MATCH_HEADER = OpenApiParameter(
    IF_MATCH, str, OpenApiParameter.HEADER, required=True, description="The ETag that was read"
)
IF_NONE_MATCH_HEADER = OpenApiParameter(
    IF_NONE_MATCH, str, OpenApiParameter.HEADER, description="The ETag of what the caller has already"
)
KEY_HEADER = OpenApiParameter(
    IDEMPOTENCY_KEY,
    str,
    OpenApiParameter.HEADER,
    description="Names this request: sent again within a day it is answered alike, and done once",
)
FIELDS_PARAMETER = OpenApiParameter(
    FIELDS, str, description="Only these fields, with commas between them; rows are then without the others"
)


class Problem(serializers.Serializer[Any]):
    """Why a request was refused: problem details of RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong, by field or parameter: `patient.nhs_number`, `case.grade`",
    )
    current_version = serializers.IntegerField(
        required=False, help_text="The version that the thing has now, where an older one was named"
    )


def problem_like(code: int, words: str) -> dict[str, Any]:
    """What a refusal of that kind looks like."""
    problem = {"type": "about:blank", "title": HTTPStatus(code).phrase, "status": code, "detail": f"{words}."}
    if code == 400:
        problem["errors"] = {"page_size": ["page_size must be a whole number from 1 to 200."]}
    return problem | ({"current_version": 4} if code == 412 else {})


@cache
def examples() -> dict[str, dict[str, Any]]:
    """What each operation is asked and answers, by its id."""
    told: dict[str, dict[str, Any]] = {}
    for file in sorted(EXAMPLES.glob("*.json")):
        told |= json.loads(file.read_text())
    return told


class Operation(AutoSchema):
    """Adds to each operation its example, and every refusal that it can answer with."""

    def get_examples(self) -> list[OpenApiExample]:
        told = examples().get(self.get_operation_id(), {})
        found = []
        if "ask" in told:
            found.append(OpenApiExample("Request", told["ask"], request_only=True))
        if "answer" in told:
            codes = [str(told.get("status", 200))]
            found.append(OpenApiExample("Answer", told["answer"], response_only=True, status_codes=codes))
        return found

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code, words in NOT_CHANGED.items() if self.reads_one else ():
            bodies[str(code)] = {"description": words}
        for code, words in self._refusals().items():
            example = OpenApiExample("Refusal", problem_like(code, words), response_only=True)
            refusal = OpenApiResponse(Problem, words, examples=[example])
            bodies[str(code)] = self._get_response_for_code(refusal, str(code), [PROBLEM], direction)
        return bodies

    def get_operation_id(self) -> str:
        """An act is called after its list and itself: `referrals_accept`."""
        if self.act is None or self.view.action == "create":
            return str(super().get_operation_id())
        first = self.path.removeprefix("/api/v1/").partition("/")[0]
        return f"{first}_{self.act.url_name}".replace("-", "_")

    def is_deprecated(self) -> bool:
        return self.view.deprecation() is not None

    def get_description(self) -> str:
        deprecation, words = self.view.deprecation(), str(super().get_description())
        return f"{words}\n\n{deprecation.words}".strip() if deprecation else words

    def get_override_parameters(self) -> list[OpenApiParameter]:
        found = list(super().get_override_parameters())
        if self.reads_one:
            found += [IF_NONE_MATCH_HEADER]
        if self.reads_one or (isinstance(self.view, ReadMany) and self.view.action == "list"):
            found += [FIELDS_PARAMETER]
        if self.method == "POST":
            found += [KEY_HEADER]
        if self.changes_a_row:
            found += [IF_MATCH_HEADER]
        return found

    @property
    def act(self) -> Any:
        handler = getattr(self.view, self.view.action or "", None)
        return handler if hasattr(handler, "is_versioned") else None

    @property
    def changes_a_row(self) -> bool:
        return self.act is not None and self.act.is_versioned

    @property
    def reads_one(self) -> bool:
        return isinstance(self.view, ReadOne) and self.view.action == "retrieve"

    def _refusals(self) -> dict[int, str]:
        moves = REFUSALS_OF_MOVES if self.turns_on_a_state else {}
        if self.method != "POST":
            return REFUSALS | moves
        changes = REFUSALS_OF_CHANGES if self.changes_a_row else {}
        return REFUSALS | REFUSALS_OF_BODIES | USED_KEY | moves | changes

    @property
    def turns_on_a_state(self) -> bool:
        if self.view.action in getattr(self.view, "may_conflict", ()):
            return True
        return self.method == "POST" and bool(getattr(self.view, "detail", False))


class MachineTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Client credentials; each operation names its scope."""

    target_class = "accounts.authentication.MachineToken"
    name = TOKEN_SCHEME

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        flow = {"tokenUrl": "/api/v1/token/", "scopes": settings.OAUTH2_PROVIDER["SCOPES"]}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: [auto_schema.view.scope()]}
