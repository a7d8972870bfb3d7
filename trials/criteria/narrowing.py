"""What of a trial's criteria can be told before any patient is judged, so that most need not be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Narrow:
    """What the criteria at the top of the tree need; None is anything.

    Who has a code of `not_codes`, or is known not to be as `spread` asks, is excluded. Whoever has none recorded, or a
    code outside the list of histologies, is still to be judged.
    """

    codes: frozenset[str] | None = None
    not_codes: frozenset[str] = frozenset()
    spread: bool | None = None

    def admits(self, code: str | None, spread: bool | None) -> bool:
        """Whether somebody with this morphology (as recorded) and spread still has to be judged."""
        if code is not None and code in self.not_codes:
            return False
        return self.spread is None or spread is None or spread is self.spread
