"""What the meeting screen is told: the case, its plan with what stands against it, and its place on the list."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from cases import presenting as case_words
from desk.room import decision_panel, told_words
from desk.room.bar import bar
from desk.room.decision_panel import Panel
from desk.room.keys import BAR
from desk.room.reading import Mark, Room
from desk.room.strip import strip
from mdt import presenting
from mdt.ratification import ratification_words
from mdt.services.hearing import present_as
from mdt.workflow import DecisionKind, MeetingStatus, Outcome
from treatments import in_force
from treatments import services as treatments
from treatments.guidance.local import LocalGuidance
from treatments.models import Plan
from treatments.services import Obstacle


def shown(request: HttpRequest, room: Room, panel: Panel | None = None) -> dict[str, Any]:
    """`panel`: as it was sent; else it is opened where the address asks for it."""
    row, hearing = room.listing, room.hearing
    panel = panel or decision_panel.asked_for(request, room)
    plan = _plan(room)
    return {
        "listing": row,
        "BAR": BAR,
        "case": row.episode.case,
        "who": case_words.who(row.episode.case),
        "may": lambda permission: request.user.may(permission, row.meeting.team_id),
        **told_words.case_words(room.told, row.episode, row.meeting.team),
        "treatment_words": case_words.treatment_words,
        "decision": room.decision,
        "ratification": ratification_words(room.decision),
        "urgent": room.urgent,
        "waiting": room.waiting,
        "waiting_ratification": ratification_words(room.waiting),
        "gaps": hearing.gaps(Outcome.AGREE_PLAN if hearing.plan else "", room.members),
        "seats": hearing.gaps("", room.members),
        "discussed": bool(room.discussions),
        "discussing_since": _since(room.discussions),
        "is_in_session": row.meeting.status == MeetingStatus.IN_SESSION,
        "can_decide": decision_panel.may_decide(request.user, room),
        "deciding": panel is not None,
        "is_aside": request.user.pk in room.recused,
        "why_not": decision_panel.why_not(request.user, room) if "decide" in request.GET else "",
        "is_provisional": room.decision is not None and room.decision.kind == DecisionKind.PROVISIONAL,
        **plan,
        **strip(request.user, room, plan["stops"]),
        **decision_panel.told(panel, room, request.user),
        **bar(request, room),
    }


def _since(discussions: list[Mark]) -> datetime | None:
    return next((each.started_at for each in discussions if each.ended_at is None), None)


def _plan(room: Room) -> dict[str, Any]:
    """The plan with its newest check, and what stands against agreeing it whoever is there."""
    plan = room.hearing.plan
    local = in_force.of_rows(room.told.local_rules)
    line = presenting.plan_line(plan, room.told.check, room.told.responses, local)
    return {"plan": plan, "line": line, "stops": _stops(plan, line, room, local) if plan else []}


def _stops(plan: Plan, line: presenting.PlanLine, room: Room, local: LocalGuidance) -> list[Obstacle]:
    if plan.agreed_at:
        return []
    everyone = tuple(present_as(member) for member in room.members)
    try:
        judgement = treatments.judge_plan(plan, local)
    except ValidationError:
        return treatments.obstacles(plan, line.check, everyone)
    answers = treatments.standing(judgement, line.responses, judgement.reasons)
    found = treatments.obstacles_of(plan, judgement, line.check, everyone, answers=answers)
    return [each for each in found if each.kind != "presence"]
