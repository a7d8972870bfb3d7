"""Lines of the log, plain or JSON: what went wrong and where, never the values that it went wrong with."""

import logging
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from celery import current_task
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from pythonjsonlogger.json import JsonFormatter

PROJECT = str(Path(__file__).resolve().parent.parent) + "/"
FIELDS = ("levelname", "name", "message")
MORE = ("request_id", "view", "user", "method", "status", "ms", "statements", "task", "task_id")
SHOWN = {"time", "level", "logger", "message", "error", *MORE}
"""Everything else that a library hangs on a record, such as the request with its address, stays out."""

current: ContextVar[HttpRequest | None] = ContextVar("current request", default=None)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and the ones that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def kind(error: BaseException) -> str:
    """Its type, and the database's or the mail server's own code; its text can hold what somebody typed."""
    code = getattr(error, "sqlstate", None) or getattr(error, "smtp_code", None)
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name} {code}" if code else name


def described(error: BaseException | None) -> str:
    """Types and places, the newest first."""
    lines = []
    for each in chain(error):
        lines.append(kind(each))
        lines += [
            f"  {frame.filename.removeprefix(PROJECT)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(each.__traceback__, limit=-12)
        ]
    return "\n".join(lines)


class WithoutValues(logging.Filter):
    """Errors among the words of a line, given or already written out, become their types."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.args = _without_errors(record.args)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            message = record.getMessage()
            for each in chain(error):
                for text in filter(None, (repr(each), str(each))):
                    message = message.replace(text, kind(each))
            record.msg, record.args = message, ()
        return True


def _without_errors(given: Any) -> Any:
    if isinstance(given, Mapping):
        hidden = {"exc": "an error"} if "exc" in given else {}  # Celery's, cut to a length
        return {name: _without_error(value) for name, value in given.items()} | hidden
    return tuple(_without_error(value) for value in given) if isinstance(given, tuple) else given


def _without_error(value: Any) -> Any:
    return kind(value) if isinstance(value, BaseException) else value


class OfRequest(logging.Filter):
    """Says on each line which request it is from; asks the database nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = current.get()
        if request is not None:
            record.request_id = request.__dict__.get("request_id", "")
            record.view, record.user = view_of(request), user_of(request)
        return True


def view_of(request: HttpRequest) -> str:
    """The name of the view; a dash where no view was found."""
    return (request.resolver_match.view_name if request.resolver_match else "") or "-"


def user_of(request: HttpRequest) -> int | None:
    """Who it is, where that was looked up already."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):
        user = request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)


class OfTask(logging.Filter):
    """Names the task that a worker is at."""

    def filter(self, record: logging.LogRecord) -> bool:
        if current_task:
            record.task, record.task_id = current_task.name, current_task.request.id
        return True


class Plain(logging.Formatter):
    """For a terminal."""

    def formatException(self, ei: Any) -> str:
        return described(ei[1])


class Json(JsonFormatter):
    """One object a line, of known fields."""

    def __init__(self) -> None:
        names = {"levelname": "level", "name": "logger", "exc_info": "error"}
        super().__init__(FIELDS, rename_fields=names, timestamp="time")

    def formatException(self, ei: Any) -> str:
        return described(ei[1])

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in log_data.items() if name in SHOWN}


def take_server_logs() -> None:
    """The web server's own lines go the same way as ours, once it has set up its own."""
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        if logger.handlers:
            logger.handlers.clear()
            logger.propagate = True
