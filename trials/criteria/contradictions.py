"""Criteria that nobody can ever meet, told by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Where in the tree ("all.0.any.1"; empty for its root), and what is wrong there."""

    path: str
    message: str
