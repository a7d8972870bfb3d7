"""Cohen's kappa of two views of the same things, by a library that is loaded where it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ENOUGH: Final = 10
"""Of fewer pairs no kappa is given: it would swing with a single opinion. A rule of this service, not a standard."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance, from -1 to 1, with the 95 per cent interval; or why there is none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    why_not: str = ""

    @property
    def words(self) -> str:
        if self.value is None:
            return self.why_not
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def kappa_of(pairs: Sequence[tuple[str, str]]) -> Kappa:
    """Of pairs of codes, theirs and ours. Cohen J. Educational and Psychological Measurement 1960;20:37-46.

    It is not defined where both sides always say the same one thing: then nothing can be told from chance.
    """
    if len(pairs) < ENOUGH:
        return Kappa(why_not="too few" if pairs else "")
    if len({code for pair in pairs for code in pair}) == 1:
        return Kappa(why_not="not defined")
    from pycm import ConfusionMatrix

    theirs, ours = map(list, zip(*pairs, strict=True))
    matrix = ConfusionMatrix(actual_vector=ours, predict_vector=theirs)
    low, high = matrix.overall_stat["Kappa 95% CI"]
    return Kappa(float(matrix.Kappa), max(float(low), -1.0), min(float(high), 1.0))
