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
from treatments.views.editing import plan, plan_new, plan_replace, preview
from treatments.views.lists import guidance, waiting
from treatments.views.rechecks import changes, changes_seen, recheck

__all__ = [
    "answer",
    "changes",
    "changes_seen",
    "check_again",
    "complete",
    "decline",
    "discard",
    "guidance",
    "lift",
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
