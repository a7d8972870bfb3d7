"""Plans, their checks and answers, what became of their treatments, and the re-checks when the guidance changes."""

from treatments.models.checking import Check, ReasonCode, Response
from treatments.models.delivery import WITH_REASON, Complication, Delivery, Margin
from treatments.models.local import LocalRule, LocalRuleApproval, LocalRuleRetirement, LocalRuleVersion
from treatments.models.plan import TO_DELIVER, Hold, NotDelivered, Plan, PlanQuerySet, Treatment
from treatments.models.recheck import RECHECKED_STATES, Recheck, RecheckedPlan, SeenChange

__all__ = [
    "RECHECKED_STATES",
    "TO_DELIVER",
    "WITH_REASON",
    "Check",
    "Complication",
    "Delivery",
    "Hold",
    "LocalRule",
    "LocalRuleApproval",
    "LocalRuleRetirement",
    "LocalRuleVersion",
    "Margin",
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
