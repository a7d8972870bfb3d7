"""JSON in which nothing is ambiguous."""

import json
import math
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from config.errors import TooLarge


class StrictJSON(JSONParser):
    """JSON in which nothing is ambiguous: no name twice, no NaN or infinity, no size that would hurt."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(largest + 1)
        if len(body) > largest:
            raise TooLarge
        try:
            told = json.loads(
                body.decode(),
                object_pairs_hook=_named_once,
                parse_constant=_refuse_constant,
                parse_float=_finite,
            )
            if b"\\u" in body:
                _refuse_halves(told)
            return told
        except RecursionError as error:
            raise ParseError("The body is not valid JSON: it is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("an object has the same name twice.")
    return named


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON.")


def _refuse_halves(told: Any) -> None:
    """Half a character (a lone surrogate), which JSON can write and nothing can keep or answer."""
    try:
        json.dumps(told, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a text holds half a character (a lone surrogate).") from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large.")
    return number
