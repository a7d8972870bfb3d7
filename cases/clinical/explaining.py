"""A line of an explanation, as every clinical answer gives it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """What was concluded, and from what."""

    label: str
    text: str
