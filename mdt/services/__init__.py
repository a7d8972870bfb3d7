"""Every write of the MDT room: meetings, their lists, who was there, and what was decided."""

from mdt.services.attendance import record_attendance, record_leaving, recuse
from mdt.services.decisions import (
    ActionDetails,
    DecisionDetails,
    DecisionRefused,
    complete_action,
    record_decision,
    record_dissent,
    set_action,
)
from mdt.services.discussions import end_discussion, presence_of, quorum_for, start_discussion
from mdt.services.listings import (
    change_listing,
    list_case,
    move_listing,
    postpone_listing,
    withdraw_listing,
)
from mdt.services.meetings import move_meeting, next_meeting, plan_meeting, set_chair

__all__ = [
    "ActionDetails",
    "DecisionDetails",
    "DecisionRefused",
    "change_listing",
    "complete_action",
    "end_discussion",
    "list_case",
    "move_listing",
    "move_meeting",
    "next_meeting",
    "plan_meeting",
    "postpone_listing",
    "presence_of",
    "quorum_for",
    "record_attendance",
    "record_decision",
    "record_dissent",
    "record_leaving",
    "recuse",
    "set_action",
    "set_chair",
    "start_discussion",
    "withdraw_listing",
]
