"""Which encoding a text table was written in: byte order mark, UTF-8, UTF-16, Windows or Macintosh Western."""

import codecs
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cases.importing.errors import BrokenFile

NAMES: Final = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows (cp1252)",
    "mac_roman": "Macintosh (MacRoman)",
}

_CHUNK: Final = 1 << 20
_SAMPLE: Final = 4000
_SYMBOLS: Final = frozenset("–—‘’“”…•€£°±µ²³×·½≥≤§«»®©™\u00a0")


def detect(path: Path) -> str:
    """The codec to read the file with; raises BrokenFile for a file that is not text."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if not start.startswith(codecs.BOM_UTF8) and (guess := _utf_16_without_mark(start)):
        return guess
    _refuse_binary(start)
    return "utf-8-sig" if _is_utf_8(path) else _western(path)


def _utf_16_without_mark(start: bytes) -> str | None:
    """Latin text in UTF-16 has a zero in every other byte."""
    even, odd = start[0::2], start[1::2]
    if len(start) >= 4 and odd.count(0) > 0.8 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if len(start) >= 4 and even.count(0) > 0.8 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def _refuse_binary(start: bytes) -> None:
    controls = sum(0 < byte < 9 or 13 < byte < 32 for byte in start)  # zeros: told by their line, when read
    if start and controls > len(start) * 0.02:
        raise BrokenFile("This is not a table: the file is not text. Save it as CSV (UTF-8) or as .xlsx.")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _is_utf_8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _western(path: Path) -> str:
    """Of the two one-byte encodings that Excel writes, the one in which the accents make words."""
    samples = _around_accents(path)
    scores = {codec: sum(map(_plausibility, _decoded(samples, codec))) for codec in ("cp1252", "mac_roman")}
    return max(scores, key=lambda codec: scores[codec])


def _decoded(samples: list[bytes], codec: str) -> Iterator[str]:
    return (sample.decode(codec, errors="replace") for sample in samples)


def _around_accents(path: Path) -> list[bytes]:
    """Three bytes around each of the first few thousand bytes that are not ASCII."""
    samples: list[bytes] = []
    before = b" "
    for chunk in _chunks(path):
        data = before + chunk + b" "
        for place in range(1, len(data) - 1):
            if data[place] > 127:
                samples.append(data[place - 1 : place + 2])
                if len(samples) >= _SAMPLE:
                    return samples
        before = chunk[-1:]
    return samples


def _plausibility(three: str) -> int:
    """Whether the middle letter makes sense between its neighbours: a capital inside a word does not."""
    before, middle, after = three[0], three[1], three[2]
    if middle in "²³" and not before.isalnum():
        return -1
    if middle in _SYMBOLS:
        return 0 if before.isalpha() and after.isalpha() else 1
    kind = unicodedata.category(middle)
    if kind == "Ll":
        return 2 if before.isalpha() or after.isalpha() else -1
    if kind == "Lu":
        return 2 if not before.isalpha() and after.isalpha() else -1
    return -2
