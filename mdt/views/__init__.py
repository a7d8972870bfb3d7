"""Pages of meetings, of one case in a meeting, and of decisions."""

from mdt.views.decisions import action_done, decision, dissent, ratify
from mdt.views.listings import list_case, listing_change, listing_off, listing_place
from mdt.views.meetings import (
    attend,
    leave,
    meeting,
    meeting_add,
    meeting_chair,
    meeting_list,
    meeting_move,
    meeting_new,
)
from mdt.views.room import discuss, listing, recuse
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

__all__ = [
    "action_done",
    "attend",
    "decision",
    "discuss",
    "dissent",
    "leave",
    "list_case",
    "listing",
    "listing_change",
    "listing_off",
    "listing_place",
    "meeting",
    "meeting_add",
    "meeting_chair",
    "meeting_list",
    "meeting_move",
    "meeting_new",
    "ratify",
    "recuse",
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
]
