"""The API of the treatments room, by the thing that it is about."""

from treatments.api.checks import Checks
from treatments.api.guidance import GuidanceCheck, GuidanceRules
from treatments.api.plans import Plans
from treatments.api.rows import TreatmentRow

__all__ = ["Checks", "GuidanceCheck", "GuidanceRules", "Plans", "TreatmentRow"]
