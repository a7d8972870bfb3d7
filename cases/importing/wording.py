"""How cells and column names are compared: without case, outer or double spaces, and whichever dash was typed."""

import unicodedata
from functools import lru_cache
from typing import Final

_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")

ALWAYS_MISSING: Final = frozenset({"", "-", "--", "---", "."})
"""Cells that say nothing in any registry; a mapping adds its own words."""


@lru_cache(maxsize=20_000)
def key(text: str) -> str:
    """The form in which two texts are the same word."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return " ".join(plain.casefold().split())


def quoted(text: str) -> str:
    """A cell as a message repeats it: short, in quotes."""
    return f"“{text[:80]}…”" if len(text) > 80 else f"“{text}”"
