"""The numbers under which a study is known elsewhere: EudraCT, CTIS, ISRCTN, IRAS, and the rest as they are."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from trials.registry.values import Left, part, rows, shown, text

NCT: Final = re.compile(r"NCT[0-9]{8}")
LONGEST: Final = 60
MOST: Final = 30

_EUDRACT = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}")
_CTIS = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}")
_ISRCTN = re.compile(r"ISRCTN ?([0-9]{8})", re.IGNORECASE)
_IRAS = re.compile(r"(?:IRAS\D{0,20})?([0-9]{5,7})", re.IGNORECASE)


def nct_number(value: str) -> str:
    """The number in capitals, or nothing where it has not the form NCT and eight digits."""
    found = NCT.fullmatch(value.strip().upper())
    return found[0] if found else ""


def numbers_of(module: Mapping[str, object], left: Left) -> dict[str, object]:
    """By column, as far as the record names them; numbers that no column takes are `other_numbers`."""
    found: dict[str, object] = {}
    others: list[str] = []
    for name, value in _numbered(module, left):
        if len(value) > LONGEST or len(others) == MOST:
            left.say(f"The number {shown(value)} is longer, or one more, than a register has: it was left.")
        elif name in found or name == "other":
            others.append(value)
        else:
            found[name] = value
    named = set(found.values())
    kept = [value for value in dict.fromkeys(others) if value not in named]
    return found | ({"other_numbers": kept} if kept else {})


def _numbered(module: Mapping[str, object], left: Left) -> Iterator[tuple[str, str]]:
    own = text(part(module, "orgStudyIdInfo", left), "id", left, label="The sponsor’s own number")
    if own:
        yield "other", own
    for each in rows(module, "secondaryIdInfos", left):
        if not isinstance(each, Mapping):
            left.say(f"A further number, {shown(each)}, is not written as the registry has it: it was left.")
            continue
        value = text(each, "id", left, label="A further number")
        if value:
            kind, domain = (str(each.get(name) or "") for name in ("type", "domain"))
            yield _column(value, kind.upper(), domain.upper())
    for alias in rows(module, "nctIdAliases", left):
        if isinstance(alias, str) and nct_number(alias):
            yield "other", nct_number(alias)


def _column(value: str, kind: str, domain: str) -> tuple[str, str]:
    """Which registry's number it is: by its form, and for forms that others share by what the record calls it."""
    if found := _ISRCTN.fullmatch(value):
        return "isrctn", f"ISRCTN{found[1]}"
    if _CTIS.fullmatch(value):
        return "ctis", value
    if _EUDRACT.fullmatch(value):
        return "eudract", value
    found = _IRAS.fullmatch(value)
    if found and ("IRAS" in domain or "IRAS" in value.upper()):
        return "iras", found[1]
    return "other", value
