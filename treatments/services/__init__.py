"""Every write of the treatments room: plans, checks, answers, agreement, holds, delivery."""

from treatments.services.agreement import (
    Obstacle,
    PlanNotAgreed,
    Subject,
    agree_plan,
    obstacles,
    obstacles_in,
    obstacles_of,
    what_changed,
)
from treatments.services.answers import (
    Answer,
    answer_finding,
    answer_findings,
)
from treatments.services.checking import PlanRefused, make_check, newest_check
from treatments.services.content import (
    Judgement,
    PlanContent,
    TreatmentContent,
    content_of,
    contract_of,
    judge,
    judge_plan,
    read_content,
    validate,
)
from treatments.services.delivery import (
    Delivered,
    complete_plan,
    decline_plan,
    plan_not_delivered,
    start_plan,
)
from treatments.services.drafting import change_plan, discard_draft, draft_plan, propose_plan, replace_plan
from treatments.services.holds import lift_hold, place_hold
from treatments.services.local_rules import (
    LocalRuleDetails,
    NotInForce,
    approve_local_rule,
    change_local_rule,
    propose_local_rule,
    retire_local_rule,
)
from treatments.services.rechecking import (
    keep_up,
    recheck,
    recheck_batch,
    see_changes,
    start_recheck,
    stop_recheck,
)
from treatments.services.standing import Standing, responses_of, standing

__all__ = [
    "Answer",
    "Delivered",
    "Judgement",
    "LocalRuleDetails",
    "NotInForce",
    "Obstacle",
    "PlanContent",
    "PlanNotAgreed",
    "PlanRefused",
    "Standing",
    "Subject",
    "TreatmentContent",
    "agree_plan",
    "answer_finding",
    "answer_findings",
    "approve_local_rule",
    "change_local_rule",
    "change_plan",
    "complete_plan",
    "content_of",
    "contract_of",
    "decline_plan",
    "discard_draft",
    "draft_plan",
    "judge",
    "judge_plan",
    "keep_up",
    "lift_hold",
    "make_check",
    "newest_check",
    "obstacles",
    "obstacles_in",
    "obstacles_of",
    "place_hold",
    "plan_not_delivered",
    "propose_local_rule",
    "propose_plan",
    "read_content",
    "recheck",
    "recheck_batch",
    "replace_plan",
    "responses_of",
    "retire_local_rule",
    "see_changes",
    "standing",
    "start_plan",
    "start_recheck",
    "stop_recheck",
    "validate",
    "what_changed",
]
