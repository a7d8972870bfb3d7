"""The order in which a list is best discussed; pure.

Guests first, so that they can leave; then the cases whose question needs pathology, together; urgent ones early in
each part; standard of care last, since it is not discussed. What is equal keeps its order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

STANDARD_OF_CARE = "standard_of_care"
FROM_PATHOLOGY = frozenset({"post_operative"})
_PATHOLOGY = re.compile(
    r"\b(histolog|patholog|biops|margin|grade|grading|slide|molecular|specimen)", re.IGNORECASE
)


@dataclass(frozen=True)
class Place:
    """One case of a list, as far as its place depends on it."""

    key: int
    track: str = "discuss"
    has_guest: bool = False
    question: str = ""
    source: str = ""
    waits_for_pathology: bool = False
    is_urgent: bool = False

    @property
    def needs_pathology(self) -> bool:
        """Its question is about a specimen, it was proposed for one, or a reading of one is awaited."""
        asks = _PATHOLOGY.search(self.question) is not None
        return asks or self.source in FROM_PATHOLOGY or self.waits_for_pathology


def arranged(places: Sequence[Place]) -> list[Place]:
    """The same cases in the order of discussion."""
    return sorted(
        places,
        key=lambda each: (
            each.track == STANDARD_OF_CARE,
            not each.has_guest,
            not each.needs_pathology,
            not each.is_urgent,
        ),
    )
