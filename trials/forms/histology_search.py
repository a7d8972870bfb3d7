"""Histologies and groups of them by what somebody types: a name, a synonym, an abbreviation, a code, a group."""

import re
from dataclasses import dataclass
from typing import Final

from cases.clinical import icdo3
from cases.forms.fields import MorphologyField, suggestions
from trials.criteria.reading import groups

WHOLE_GROUP: Final = " (whole group)"
MOST: Final = 12
_CODES: Final = re.compile(r"(?<![\d/])\d{4}(?:/\d)?(?![\d/])")


@dataclass(frozen=True, slots=True)
class Found:
    """What a text may mean; `is_meant` where there is no doubt, and then `near` is what else its words fit."""

    codes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    is_meant: bool = False
    near: tuple[str, ...] = ()


def found(text: str) -> Found:
    """Codes as they are written, a group or a histology by its very name, else whatever fits."""
    if codes := tuple(dict.fromkeys(_CODES.findall(text))):
        return Found(codes=codes, is_meant=True)
    plain = " ".join(text.lower().split()).removesuffix(WHOLE_GROUP)
    if named := tuple(name for name in groups() if name.lower() == plain):
        return Found(groups=named, is_meant=True)
    exact = tuple(MorphologyField().is_name_of(text))
    codes = tuple(dict.fromkeys(each.code for each in icdo3.search_morphology(plain, MOST)))
    if len(exact) == 1:
        return Found(exact, is_meant=True, near=tuple(code for code in codes if code not in exact))
    fitting = tuple(name for name in groups() if plain in name.lower())
    return Found(codes, fitting, is_meant=len(codes) + len(fitting) == 1)


def histologies() -> list[tuple[str, str]]:
    """What the field suggests: the groups, then every histology with its other names."""
    whole = [(f"{name}{WHOLE_GROUP}", "") for name in groups()]
    return [*whole, *suggestions()["morphologies"]]
