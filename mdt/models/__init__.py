"""Meetings: what leads up to them, what is decided by whom, and how it reaches people."""

from mdt.models.decision import Action, Decision, Dissent, RatificationRefusal
from mdt.models.elsewhere import OutsideDiscussion
from mdt.models.feed import CalendarFeed
from mdt.models.gap import Gap
from mdt.models.letter import Letter, LetterTemplate, LetterUse
from mdt.models.listing import Listing, Preparation, SetAside
from mdt.models.meeting import Meeting, MeetingSignature
from mdt.models.room import Attendance, DecisionDraft, Discussion, Recusal, Screen
from mdt.models.standard import StandardApproval, StandardOfCare, StandardRetirement, StandardVersion
from mdt.models.telling import Telling

__all__ = [
    "Action",
    "Attendance",
    "CalendarFeed",
    "Decision",
    "DecisionDraft",
    "Discussion",
    "Dissent",
    "Gap",
    "Letter",
    "LetterTemplate",
    "LetterUse",
    "Listing",
    "Meeting",
    "MeetingSignature",
    "OutsideDiscussion",
    "Preparation",
    "RatificationRefusal",
    "Recusal",
    "Screen",
    "SetAside",
    "StandardApproval",
    "StandardOfCare",
    "StandardRetirement",
    "StandardVersion",
    "Telling",
]
