"""The studies in a file's text: one study, a page of a search, a list, or one study a line (NDJSON)."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from trials.registry.errors import Unreadable
from trials.registry.study import OLD_SHAPE, is_old_shape
from trials.registry.values import shown

MOST_STUDIES: Final = 5000
"""The registry gives at most 1,000 on a page; all its sarcoma trials that recruit are some hundreds."""

DOWNLOAD: Final = "Download the study from ClinicalTrials.gov as JSON (API v2)."
_NO_JSON: Final = {
    b"%PDF": "a PDF",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"<?xml": "an XML file",
    b"<clinical_study": "an XML file",
    b"\x1f\x8b": "a compressed file. Unpack it first",
    b"Rar!": "a compressed file. Unpack it first",
    b"7z\xbc\xaf": "a compressed file. Unpack it first",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"PK": "a damaged zip file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff\xe0": "a picture",
}


class Broken:
    """Stands for a study whose text could not be read, with the reason."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


class Document:
    """What one file holds: studies, one after the other, and what is to be said of the file as a whole."""

    def __init__(self, studies: list[object], notes: list[str]) -> None:
        self.studies, self.notes = studies, notes


def document_of(content: bytes) -> Document:
    """The studies of a file; raises Unreadable with what the file is instead."""
    _refuse_what_is_no_json(content)
    words = _decoded(content)
    try:
        found = _parsed(words)
    except json.JSONDecodeError as error:
        found = _lines(words)
        if found is None:
            raise Unreadable(
                f"This is not valid JSON: it stops making sense in line {error.lineno}, character {error.colno}. "
                f"The file may have been cut off. {DOWNLOAD}"
            ) from error
    document = _opened(found)
    if not document.studies:
        raise Unreadable("There is no study in this file.")
    if len(document.studies) > MOST_STUDIES:
        raise Unreadable(
            f"There are {len(document.studies):,} studies in this file. At most {MOST_STUDIES:,} can be imported "
            "at once: narrow the search."
        )
    return document


def _refuse_what_is_no_json(content: bytes) -> None:
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise Unreadable("The file is empty.")
    for beginning, what in _NO_JSON.items():
        if start.lower().startswith(beginning.lower()):
            raise Unreadable(f"This is not a registry record but {what}. {DOWNLOAD}")


def _decoded(content: bytes) -> str:
    try:
        return content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unreadable(f"This is not text in UTF-8, as JSON is. {DOWNLOAD}") from error


def _parsed(words: str) -> object:
    """Raises JSONDecodeError where it is no JSON, Unreadable where it is JSON that nobody can mean."""
    try:
        found: object = json.loads(words)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as error:
        raise Unreadable(
            f"This JSON is nested deeper, or has a longer number, than any registry record. {DOWNLOAD}"
        ) from error
    return found


def _lines(words: str) -> list[object] | None:
    """One study a line; None where already the first line is none."""
    lines = [(number, line) for number, line in enumerate(words.split("\n"), start=1) if line.strip()]
    found: list[object] = []
    for number, line in lines:
        try:
            found.append(_parsed(line))
        except (json.JSONDecodeError, Unreadable):
            if not found:
                return None
            found.append(Broken(f"Line {number} is not valid JSON. The file may have been cut off."))
    return found if len(found) > 1 else None


def _opened(found: object) -> Document:
    if isinstance(found, Mapping):
        return _of_one(found)
    if isinstance(found, list):
        notes: list[str] = []
        return Document(list(_flattened(found, notes)), notes)
    raise Unreadable(f"This is JSON, but no study: {shown(found)}. {DOWNLOAD}")


def _of_one(found: Mapping[str, object]) -> Document:
    if "studies" in found:
        notes: list[str] = []
        return Document(list(_page(found, notes)), notes)
    if "protocolSection" in found:
        return Document([found], [])
    if is_old_shape(found):
        raise Unreadable(OLD_SHAPE)
    raise Unreadable(
        "This is JSON, but no record of ClinicalTrials.gov (API v2): it has neither “protocolSection”, as a study "
        f"has, nor “studies”, as a search has. {DOWNLOAD}"
    )


def _page(found: Mapping[str, object], notes: list[str]) -> Iterator[object]:
    studies = found["studies"]
    if not isinstance(studies, list):
        raise Unreadable(f"This is a page of a search, but its “studies” are no list. {DOWNLOAD}")
    if found.get("nextPageToken"):
        total = found.get("totalCount")
        of = f" of {total:,}" if isinstance(total, int) else ""
        notes.append(
            f"This is one page of a search, with {len(studies):,}{of} studies. The search has more pages: "
            "download and import them too."
        )
    yield from studies


def _flattened(found: list[object], notes: list[str]) -> Iterator[object]:
    """A list of studies; one of whole pages is taken too."""
    for each in found:
        if (
            isinstance(each, Mapping)
            and "protocolSection" not in each
            and isinstance(each.get("studies"), list)
        ):
            yield from _page(each, notes)
        else:
            yield each
