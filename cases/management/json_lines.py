"""Answers JSON questions from a file: one object, or one a line, in order, with errors by field."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from cases.clinical.contract import ContractError

Answer = Callable[[object], dict[str, Any]]

INVALID: Final = 2


def plain(arguments: Sequence[str]) -> tuple[str, bool] | None:
    """FILE and whether --jsonl was asked for; None where the arguments say anything else."""
    files = [argument for argument in arguments if argument == "-" or not argument.startswith("-")]
    options = [argument for argument in arguments if argument not in files]
    if len(files) != 1 or not {"--jsonl"}.issuperset(options):
        return None
    return files[0], bool(options)


def answer_file(name: str, answer: Answer, write: Callable[[str], object], *, lines: bool) -> int:
    """Answer what the file (or `-`, standard input) asks; exit status 2 for an invalid single input."""
    if name == "-":
        return _answer(sys.stdin.buffer, answer, write, lines)
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - opened apart, so that only this can be blamed on the file
    except OSError as error:
        write(_dumped({"errors": {"file": [f"{name} cannot be read: {error.strerror}."]}}, indent=2))
        return INVALID
    with stream:
        return _answer(stream, answer, write, lines)


def _answer(stream: BinaryIO, answer: Answer, write: Callable[[str], object], lines: bool) -> int:
    return _answer_lines(stream, answer, write) if lines else _answer_one(stream, answer, write)


def _answer_one(stream: BinaryIO, answer: Answer, write: Callable[[str], object]) -> int:
    result = _result(stream.read(), answer)
    write(_dumped(result, indent=2))
    return INVALID if "errors" in result else 0


def _answer_lines(stream: BinaryIO, answer: Answer, write: Callable[[str], object]) -> int:
    for line in stream:
        write(_dumped(_result(line, answer)))
    return 0


def _result(text: bytes, answer: Answer) -> dict[str, Any]:
    try:
        return answer(_loaded(text))
    except ContractError as error:
        return {"errors": error.errors}


def _loaded(text: bytes) -> object:
    """The JSON value in UTF-8 (a byte order mark is allowed); raises ContractError under the key `input`."""
    try:
        return json.loads(text.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        message = f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
    except UnicodeDecodeError:
        message = "This is not text in UTF-8."
    except (ValueError, RecursionError):
        message = "This JSON holds a number that is too long, or is nested too deeply."
    raise ContractError({"input": [message]})


def _dumped(result: dict[str, Any], indent: int | None = None) -> str:
    return json.dumps(result, indent=indent)
