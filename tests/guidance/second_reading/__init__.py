"""A second, deliberately plain reading of the guidance: written from the rule table alone, to be compared with the
product's own. It is slow and repeats itself; what counts is that a clinician could read it beside the table."""

from tests.guidance.second_reading.rules import ALL_RULES, check
from tests.guidance.second_reading.validation import errors

__all__ = ["ALL_RULES", "check", "errors"]
