"""Plans, the guidance checks made of them, the answers given, and the re-checks when the guidance changes."""

from treatments.models.checking import Check, ReasonCode, Response
from treatments.models.local import LocalRule, LocalRuleApproval, LocalRuleRetirement, LocalRuleVersion
from treatments.models.plan import Hold, NotDelivered, Plan, PlanQuerySet, Treatment
from treatments.models.recheck import RECHECKED_STATES, Recheck, RecheckedPlan, SeenChange

__all__ = [
    "RECHECKED_STATES",
    "Check",
    "Hold",
    "LocalRule",
    "LocalRuleApproval",
    "LocalRuleRetirement",
    "LocalRuleVersion",
    "NotDelivered",
    "Plan",
    "PlanQuerySet",
    "ReasonCode",
    "Recheck",
    "RecheckedPlan",
    "Response",
    "SeenChange",
    "Treatment",
]
