"""How far the disease goes, as far as the record settles it: every state that it leaves possible."""

from functools import cache
from itertools import product
from typing import Final

from cases.clinical.vocabulary import DISEASE_STATUSES, SPREAD

Extents = frozenset[str]

_METASTATIC: Final = "metastatic_recurrence"


def is_spread(m: str | None, sites: tuple[str, ...], status: str | None) -> bool | None:
    """As the guidance has it: M1, a metastatic site or a metastatic recurrence; M0 is not, MX and none are open."""
    if m in SPREAD or sites or status == _METASTATIC:
        return True
    return False if m == "M0" else None


@cache
def extents(spread: bool | None, status: str | None, resectability: str | None) -> frozenset[Extents]:
    """The sets of the tree's EXTENTS that are possible; "difficult" to resect leaves open whether it can be."""
    spreads = (True, False) if spread is None else (spread,)
    statuses = DISEASE_STATUSES if status is None else (status,)
    unresectable = {"resectable": (False,), "unresectable": (True,)}.get(resectability or "", (True, False))
    return frozenset(
        _extents(*each)
        for each in product(spreads, statuses, unresectable)
        if each[0] or each[1] != _METASTATIC
    )


def _extents(spread: bool, status: str, unresectable: bool) -> Extents:
    found = {"metastatic"} if spread else {"localised"}
    if unresectable and not spread:
        found.add("locally_advanced")
    if status in ("local_recurrence", "residual"):
        found.add(status)
    return frozenset(found)
