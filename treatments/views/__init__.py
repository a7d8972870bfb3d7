"""Pages of the treatments room."""

from treatments.views.acting import (
    answer,
    check_again,
    complete,
    decline,
    discard,
    lift,
    not_delivered,
    place,
    propose,
    start,
)
from treatments.views.delivering import deliver, deliveries
from treatments.views.editing import plan, plan_new, plan_replace, preview
from treatments.views.lists import guidance, waiting
from treatments.views.local_rules import (
    local_rule,
    local_rule_approve,
    local_rule_change,
    local_rule_list,
    local_rule_new,
    local_rule_retire,
)
from treatments.views.rechecks import changes, changes_seen, recheck

__all__ = [
    "answer",
    "changes",
    "changes_seen",
    "check_again",
    "complete",
    "decline",
    "deliver",
    "deliveries",
    "discard",
    "guidance",
    "lift",
    "local_rule",
    "local_rule_approve",
    "local_rule_change",
    "local_rule_list",
    "local_rule_new",
    "local_rule_retire",
    "not_delivered",
    "place",
    "plan",
    "plan_new",
    "plan_replace",
    "preview",
    "propose",
    "recheck",
    "start",
    "waiting",
]
