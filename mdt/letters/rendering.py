"""Sets a document of ours as a tagged PDF (PDF/UA-1): the template is ours, what it says comes in as data."""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import typst

FOLDER = Path(__file__).resolve().parent
PACKAGES = FOLDER / "packages"  # none: a template imports its neighbours only, and nothing is ever fetched
OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the reading direction of what follows them; scripts that run from right to left need none."""


class NotSet(Exception):
    """The document could not be set. Says which template; never what was to be in it."""


def pdf_of(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """The document as PDF: `template` is the name of a .typ file here, `at` what the file says of its making.

    What is in `data` stands in the document as it was typed, whatever characters it has. One that no font has
    (an emoji, a Chinese character) is spelled out by its name in brackets. Raises NotSet.
    """
    text = json.dumps(_legible(data), ensure_ascii=False)
    seconds = int(at.timestamp())
    try:
        return _set(template, text, seconds)
    except typst.TypstError:
        spelled = "".join(map(_drawn_or_named, text))
    try:
        return _set(template, spelled, seconds)
    except typst.TypstError:
        # The compiler's own words may quote the text.
        raise NotSet(f"The document “{template}” could not be set as PDF.") from None


def _legible(value: Any) -> Any:
    """The same without control characters, which mean nothing on paper."""
    if isinstance(value, str):
        return "".join(each for each in value.replace("\r\n", "\n") if _is_written(each))
    if isinstance(value, Mapping):
        return {key: _legible(each) for key, each in value.items()}
    return [_legible(each) for each in value] if isinstance(value, list | tuple) else value


def _is_written(character: str) -> bool:
    if character in OVERRIDES:
        return False
    return character == "\n" or unicodedata.category(character) not in ("Cc", "Cs")


def _drawn_or_named(character: str) -> str:
    if character.isascii() or _is_drawn(character):
        return character
    name = unicodedata.name(character, "").lower()
    return f"[{name or f'U+{ord(character):04X}'}]"


@lru_cache(maxsize=4096)
def _is_drawn(character: str) -> bool:
    """Whether one of the fonts has it."""
    try:
        _set("probe", json.dumps({"text": character}), 0)
    except typst.TypstError:
        return False
    return True


@cache
def _fonts() -> typst.Fonts:
    """Those of the compiler itself: the same document on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _set(template: str, text: str, seconds: int) -> bytes:
    compiler = typst.Compiler(
        FOLDER / f"{template}.typ",
        root=FOLDER,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": text},
        package_path=PACKAGES,
        package_cache_path=PACKAGES,
    )
    return cast(bytes, compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=seconds))
