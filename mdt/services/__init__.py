"""Every write of the MDT room: meetings, their lists, who was there, and what was decided."""

from mdt.services.afterwards import (
    ActionDetails,
    DissentDetails,
    complete_action,
    drop_action,
    record_dissent,
    reopen_action,
    set_action,
)
from mdt.services.alerting import alerts_of, attention_in, with_attention
from mdt.services.attendance import (
    Arrival,
    change_mode,
    correct_attendance,
    record_arrivals,
    record_attendance,
    record_leaving,
    remove_attendance,
)
from mdt.services.calendar import close_due_lists, make_meetings_ahead
from mdt.services.decision_details import DecisionDetails, DecisionRefused
from mdt.services.decisions import AlreadyDecided, record_decision, standing_decision, urgent_decision
from mdt.services.discussions import (
    during,
    end_discussion,
    presence_in,
    presence_of,
    quorum_for,
    quorum_now,
    start_discussion,
)
from mdt.services.drafts import discard_draft, keep_draft
from mdt.services.elsewhere import record_outside_discussion
from mdt.services.feeds import close_feed, feed_of, note_fetch, open_feed
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
from mdt.services.leaving_lists import leave_lists_for_death, leave_lists_when_closed
from mdt.services.listings import (
    approve_listing,
    change_listing,
    list_case,
    plan_for,
    plan_or_newer,
    refuse_listing,
    to_approve,
)
from mdt.services.meetings import (
    change_meeting,
    list_for_next,
    meeting_after,
    move_meeting,
    next_meeting,
    plan_meeting,
    set_chair,
)
from mdt.services.ordering import arrange_list, move_listing, proposed_order
from mdt.services.preparing import prepare_case, roles_of, undo_preparation
from mdt.services.proposals import confirm_proposals, set_aside, take_back_set_aside
from mdt.services.ratifying import RATIFIED, ratify_decision, refuse_to_ratify, why_nobody_ratifies
from mdt.services.recusals import recuse, withdraw_recusal
from mdt.services.screens import NotPresenting, show_case, take_presenting
from mdt.services.signing import sign_outcomes, unsigned_decisions
from mdt.services.standard_cases import (
    Recorded,
    confirm_standard,
    pull_back,
    put_back,
    record_standards,
    waiting_standards,
)
from mdt.services.standards import (
    StandardDetails,
    approve_standard,
    change_standard,
    propose_standard,
    retire_standard,
)
from mdt.services.taking_off import postpone_listing, undo_taking_off, withdraw_listing
from mdt.services.telling import ToTell, record_telling, to_be_told
from mdt.services.urgent import Asked, decide_urgently, to_ratify, to_ratify_by_name

__all__ = [
    "RATIFIED",
    "ActionDetails",
    "AlreadyDecided",
    "Arrival",
    "Asked",
    "DecisionDetails",
    "DecisionRefused",
    "DissentDetails",
    "Hearing",
    "NotPresenting",
    "Recorded",
    "StandardDetails",
    "ToTell",
    "alerts_of",
    "approve_listing",
    "approve_standard",
    "arrange_list",
    "attention_in",
    "change_listing",
    "change_meeting",
    "change_mode",
    "change_standard",
    "close_due_lists",
    "close_feed",
    "complete_action",
    "confirm_proposals",
    "confirm_standard",
    "correct_attendance",
    "decide_urgently",
    "discard_draft",
    "drop_action",
    "during",
    "end_discussion",
    "feed_of",
    "give_gap",
    "hearing_of",
    "keep_draft",
    "leave_lists_for_death",
    "leave_lists_when_closed",
    "list_case",
    "list_for_next",
    "make_meetings_ahead",
    "meeting_after",
    "members_of",
    "missing_of",
    "move_listing",
    "move_meeting",
    "next_meeting",
    "note_fetch",
    "open_feed",
    "open_gaps",
    "plan_for",
    "plan_meeting",
    "plan_or_newer",
    "postpone_listing",
    "prepare_case",
    "presence_in",
    "presence_of",
    "propose_standard",
    "proposed_order",
    "pull_back",
    "put_back",
    "quorum_for",
    "quorum_now",
    "ratify_decision",
    "record_arrivals",
    "record_attendance",
    "record_decision",
    "record_dissent",
    "record_leaving",
    "record_outside_discussion",
    "record_standards",
    "record_telling",
    "recuse",
    "refuse_listing",
    "refuse_to_ratify",
    "remind_gap",
    "remind_owner",
    "remove_attendance",
    "reopen_action",
    "retire_standard",
    "roles_of",
    "set_action",
    "set_aside",
    "set_chair",
    "show_case",
    "sign_outcomes",
    "standing_decision",
    "start_discussion",
    "sweep_gaps",
    "sync_after_event",
    "sync_gaps",
    "take_back_set_aside",
    "take_presenting",
    "to_approve",
    "to_be_told",
    "to_ratify",
    "to_ratify_by_name",
    "undo_preparation",
    "undo_taking_off",
    "unsigned_decisions",
    "urgent_decision",
    "waiting_standards",
    "why_nobody_ratifies",
    "with_attention",
    "withdraw_listing",
    "withdraw_recusal",
]
