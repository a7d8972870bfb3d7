"""What an uploaded file is, told by its content; its name and what the browser says of it are not asked."""

import lzma
import zipfile
import zlib
from typing import IO, Final

import filetype
from django.core.exceptions import ValidationError

from cases.models.document import ContentType

ALLOWED: Final = "PDF, JPEG, PNG, Word (.docx) or plain text"
PICTURES_AND_PDF: Final = {ContentType.PDF, ContentType.JPEG, ContentType.PNG}
ZIPPED: Final = b"PK\x03\x04"
MOST_PARTS: Final = 2000
MOST_UNPACKED: Final = 200 * 1024 * 1024
"""A letter with photographs unpacks to a few megabytes; a zip bomb to gigabytes."""
DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
"""What reading a zip package raises where a part, a name or an offset in it is spoilt, or where it is locked."""
BODY: Final = b"wordprocessingml.document.main+xml"
MACROS: Final = ("vbaproject.bin", "vbadata.xml")
NO_LETTER: Final = (b"{\\rtf", b"%!ps", b"#!", b"<")
MARKUP: Final = (b"<html", b"<script", b"<!doctype", b"<svg", b"<?xml")


def content_type_of(file: "IO[bytes]") -> ContentType:
    """Which of the kinds that may be kept it is; raises ValidationError with what would be right."""
    start = _read(file, 8192)
    if start.startswith(ZIPPED):
        return _word(file)
    kind = filetype.guess_mime(start)
    if kind in PICTURES_AND_PDF:
        return ContentType(kind)
    if kind is None and _is_text(file):
        return ContentType.TEXT
    raise _refused("This file is of another kind")


def _read(file: "IO[bytes]", size: int = -1) -> bytes:
    file.seek(0)
    content = file.read(size)
    file.seek(0)
    return content


def _word(file: "IO[bytes]") -> ContentType:
    """A Word document without macros, of a size that a letter has once unpacked."""
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            _check_parts(parts)
            contents = next((part for part in parts if part.filename == "[Content_Types].xml"), None)
            listed = package.read(contents) if contents and contents.file_size < 1024 * 1024 else b""
    except DAMAGED as error:
        raise _refused("This file is damaged or locked by a password") from error
    finally:
        file.seek(0)
    if b"macroEnabled" in listed:
        raise _refused("This Word document has macros. Save it as .docx without them")
    if BODY not in listed or not any(part.filename == "word/document.xml" for part in parts):
        raise _refused("This file is of another kind")
    return ContentType.DOCX


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise _refused("This file unpacks to far more than a letter has")
    if any(part.filename.lower().endswith(MACROS) for part in parts):
        raise _refused("This Word document has macros. Save it as .docx without them")


def _is_text(file: "IO[bytes]") -> bool:
    """Words in UTF-8 or in the Windows encoding of Western Europe, and no page or program that a browser would run."""
    content = _read(file)
    lowered = content.lower()
    if b"\x00" in content or lowered.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(NO_LETTER):
        return False
    if any(mark in lowered for mark in MARKUP) or any(byte < 9 for byte in set(content)):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _is_windows_text(content)
    return True


def _is_windows_text(content: bytes) -> bool:
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def _refused(what: str) -> ValidationError:
    return ValidationError({"file": [f"{what}. Choose a {ALLOWED} file."]})
