"""Three values and how they combine (Kleene's strong logic): what is not known never counts as no."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What the record says to one criterion."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN

_OPPOSITE = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}


def opposite(verdict: Verdict) -> Verdict:
    return _OPPOSITE[verdict]


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """Not met when one is not; met when each is; of nothing: met."""
    found = set(verdicts)
    if NOT_MET in found:
        return NOT_MET
    return UNKNOWN if UNKNOWN in found else MET


def some(verdicts: Iterable[Verdict]) -> Verdict:
    """Met when one is; not met when none can be; of nothing: not met."""
    found = set(verdicts)
    if MET in found:
        return MET
    return UNKNOWN if UNKNOWN in found else NOT_MET


def told(known: bool | None) -> Verdict:
    """Yes, no, or not known."""
    return UNKNOWN if known is None else MET if known else NOT_MET
