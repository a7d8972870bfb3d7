"""Meetings, what is on their list, who was there, and what was decided by whom."""

from mdt.models.decision import Action, Decision, Dissent
from mdt.models.listing import Listing
from mdt.models.meeting import Meeting
from mdt.models.room import Attendance, Discussion, Recusal

__all__ = ["Action", "Attendance", "Decision", "Discussion", "Dissent", "Listing", "Meeting", "Recusal"]
