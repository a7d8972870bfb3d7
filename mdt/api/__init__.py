"""The MDT room for hospital systems: meetings, their lists, who was there, what was decided, and what follows."""

from mdt.api.actions import Actions
from mdt.api.attendances import Attendances
from mdt.api.decisions import Decisions
from mdt.api.gaps import Gaps
from mdt.api.letters import Letters
from mdt.api.listings import Listings
from mdt.api.meetings import Meetings

__all__ = ["Actions", "Attendances", "Decisions", "Gaps", "Letters", "Listings", "Meetings"]
