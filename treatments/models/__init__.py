"""Plans, the guidance checks made of them, and the answers given."""

from treatments.models.checking import Check, ReasonCode, Response
from treatments.models.plan import Hold, NotDelivered, Plan, PlanQuerySet, Treatment

__all__ = ["Check", "Hold", "NotDelivered", "Plan", "PlanQuerySet", "ReasonCode", "Response", "Treatment"]
