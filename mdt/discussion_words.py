"""The kinds of discussion, as every page tells them apart: own MDT, standard of care, between meetings, elsewhere."""

from collections.abc import Mapping
from typing import Final

from mdt.workflow import DecisionKind

OWN: Final = "Discussed by this MDT"
STANDARD: Final = "Standard of care: listed, not discussed"
BETWEEN: Final = "Urgent: decided between meetings"
ELSEWHERE: Final = "Discussed by another trust’s MDT"

KINDS: Final[Mapping[str, str]] = {
    DecisionKind.DISCUSSED: OWN,
    DecisionKind.PROVISIONAL: OWN,
    DecisionKind.STANDARD_OF_CARE: STANDARD,
    DecisionKind.URGENT: BETWEEN,
}
COSD_DISCUSSION: Final[Mapping[str, str]] = {OWN: "1", STANDARD: "2", ELSEWHERE: "3"}
"""CR8110 of COSD version 10; what was decided between meetings has none until a meeting ratifies it."""
