"""What the typed name of a person may hold: it stands in e-mails, the log and the head of a page."""

import unicodedata
from typing import Final

from cases.services.refusals import Refusals

BESIDE_LETTERS: Final = " -\u2010\u2011\u2013'\u2019\u02bc.,\u200c\u200d"
"""Space, hyphens, apostrophes, full stop, comma; and the joiners that names in Persian or Hindi need."""

NO_TEXT: Final = ("So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn")
"""Unicode categories of pictures, their tones, and what has no shape of its own."""


def refuse_name(refused: Refusals, field: str, label: str, name: str) -> None:
    """A name alone: letters of any script with their marks, and what stands between them."""
    odd = next((each for each in name if not _is_letter(each) and each not in BESIDE_LETTERS), "")
    if odd:
        refused.add(
            field,
            f"{label}: “{odd}” cannot stand in a name. Use letters, spaces, hyphens, apostrophes, full stops and "
            "commas.",
        )
    elif name and not any(each.isalpha() for each in name):
        refused.add(field, f"{label} has no letter. Enter the name as it is said.")


def refuse_pictures(refused: Refusals, field: str, label: str, words: str) -> None:
    """A post or a hospital beside the name may hold digits and signs, but no emoji."""
    odd = next((e for e in words if e not in BESIDE_LETTERS and unicodedata.category(e) in NO_TEXT), "")
    if odd:
        refused.add(field, f"{label}: “{odd}” cannot stand here. Use letters, digits and punctuation.")


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"
