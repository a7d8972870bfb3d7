"""Every write of the MDT room: meetings, their lists, who was there, and what was decided."""

from mdt.services.afterwards import (
    ActionDetails,
    DissentDetails,
    complete_action,
    record_dissent,
    set_action,
)
from mdt.services.alerting import alerts_of
from mdt.services.attendance import record_attendance, record_leaving, recuse
from mdt.services.decisions import (
    AlreadyDecided,
    DecisionDetails,
    DecisionRefused,
    record_decision,
    standing_decision,
)
from mdt.services.discussions import (
    during,
    end_discussion,
    presence_in,
    presence_of,
    quorum_for,
    start_discussion,
)
from mdt.services.gaps import (
    give_gap,
    missing_of,
    open_gaps,
    remind_gap,
    remind_owner,
    sweep_gaps,
    sync_after_event,
    sync_gaps,
)
from mdt.services.hearing import Hearing, hearing_of, members_of
from mdt.services.listings import (
    change_listing,
    list_case,
    move_listing,
    plan_for,
    plan_or_newer,
    postpone_listing,
    withdraw_listing,
)
from mdt.services.meetings import move_meeting, next_meeting, plan_meeting, set_chair
from mdt.services.ratifying import RATIFIED, ratify_decision
from mdt.services.standard_cases import (
    Recorded,
    confirm_standard,
    pull_back,
    record_standards,
)
from mdt.services.standards import (
    StandardDetails,
    approve_standard,
    change_standard,
    propose_standard,
    retire_standard,
)

__all__ = [
    "RATIFIED",
    "ActionDetails",
    "AlreadyDecided",
    "DecisionDetails",
    "DecisionRefused",
    "DissentDetails",
    "Hearing",
    "Recorded",
    "StandardDetails",
    "alerts_of",
    "approve_standard",
    "change_listing",
    "change_standard",
    "complete_action",
    "confirm_standard",
    "during",
    "end_discussion",
    "give_gap",
    "hearing_of",
    "list_case",
    "members_of",
    "missing_of",
    "move_listing",
    "move_meeting",
    "next_meeting",
    "open_gaps",
    "plan_for",
    "plan_meeting",
    "plan_or_newer",
    "postpone_listing",
    "presence_in",
    "presence_of",
    "propose_standard",
    "pull_back",
    "quorum_for",
    "ratify_decision",
    "record_attendance",
    "record_decision",
    "record_dissent",
    "record_leaving",
    "record_standards",
    "recuse",
    "remind_gap",
    "remind_owner",
    "retire_standard",
    "set_action",
    "set_chair",
    "standing_decision",
    "start_discussion",
    "sweep_gaps",
    "sync_after_event",
    "sync_gaps",
    "withdraw_listing",
]
