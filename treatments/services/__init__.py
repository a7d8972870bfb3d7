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
    Standing,
    answer_finding,
    answer_findings,
    responses_of,
    standing,
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

__all__ = [
    "Answer",
    "Delivered",
    "Judgement",
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
    "change_plan",
    "complete_plan",
    "content_of",
    "contract_of",
    "decline_plan",
    "discard_draft",
    "draft_plan",
    "judge",
    "judge_plan",
    "lift_hold",
    "make_check",
    "newest_check",
    "obstacles",
    "obstacles_in",
    "obstacles_of",
    "place_hold",
    "plan_not_delivered",
    "propose_plan",
    "read_content",
    "replace_plan",
    "responses_of",
    "standing",
    "start_plan",
    "validate",
    "what_changed",
]
