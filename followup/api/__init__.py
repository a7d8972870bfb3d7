"""The API of the followup room, by the thing that it is about."""

from followup.api.opinions import SecondOpinions
from followup.api.reviews import Reviews
from followup.api.schedules import Schedules

__all__ = ["Reviews", "Schedules", "SecondOpinions"]
