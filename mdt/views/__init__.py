"""Pages of meetings, their lists, and decisions."""

from mdt.views.decisions import (
    action_done,
    action_not_needed,
    action_reopen,
    decision,
    dissent,
    ratify,
    refuse,
)
from mdt.views.elsewhere import outside_new
from mdt.views.feeds import feed, feed_file
from mdt.views.listings import (
    list_case,
    listing_approve,
    listing_change,
    listing_off,
    listing_place,
    listing_refuse,
    listing_undo,
)
from mdt.views.meetings import (
    arrange,
    meeting,
    meeting_add,
    meeting_chair,
    meeting_change,
    meeting_list,
    meeting_move,
    meeting_new,
)
from mdt.views.outcomes import outcomes, outcomes_sign
from mdt.views.proposals import proposals, set_aside, set_aside_undo
from mdt.views.standard_cases import (
    standard_confirm,
    standard_pull_back,
    standards_audit,
    standards_audit_table,
    standards_record,
)
from mdt.views.standards import (
    standard,
    standard_approve,
    standard_change,
    standard_new,
    standard_retire,
    standards,
)
from mdt.views.team import team
from mdt.views.urgent import urgent_new

__all__ = [
    "action_done",
    "action_not_needed",
    "action_reopen",
    "arrange",
    "decision",
    "dissent",
    "feed",
    "feed_file",
    "list_case",
    "listing_approve",
    "listing_change",
    "listing_off",
    "listing_place",
    "listing_refuse",
    "listing_undo",
    "meeting",
    "meeting_add",
    "meeting_chair",
    "meeting_change",
    "meeting_list",
    "meeting_move",
    "meeting_new",
    "outcomes",
    "outcomes_sign",
    "outside_new",
    "proposals",
    "ratify",
    "refuse",
    "set_aside",
    "set_aside_undo",
    "standard",
    "standard_approve",
    "standard_change",
    "standard_confirm",
    "standard_new",
    "standard_pull_back",
    "standard_retire",
    "standards",
    "standards_audit",
    "standards_audit_table",
    "standards_record",
    "team",
    "urgent_new",
]
