"""My work: what a person owes or chases, most urgent first, from every room; one or two statements a panel."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from cases.models import Referral, ReportRequest
from cases.models.report import ReportKind
from cases.presenting import is_complete
from followup.models import Reminder, Review, SecondOpinion
from mdt.models import Action, Listing, Meeting
from mdt.workflow import MeetingStatus
from treatments import local_rules
from treatments.models import Plan, RecheckedPlan

ROWS = 10


def referrals(user: User) -> list[Referral]:
    teams = user.team_ids(Permission.RECEIVE_REFERRAL)
    waiting = Referral.objects.filter(team__in=teams).waiting().select_related("patient", "organisation")
    return list(waiting.order_by("received_on")[:ROWS])


def reports(user: User) -> list[ReportRequest]:
    """Readings that wait for the person: pathology, imaging, or both."""
    kinds = {
        ReportKind.PATHOLOGY: user.may(Permission.REPORT_PATHOLOGY),
        ReportKind.IMAGING: user.may(Permission.REPORT_IMAGING),
    }
    waiting = (
        ReportRequest.objects.visible_to(user)
        .waiting()
        .filter(kind__in=[k for k, mine in kinds.items() if mine])
    )
    return list(waiting.select_related("episode__case__patient")[:ROWS])


def plans(user: User) -> list[Plan]:
    waiting = Plan.objects.visible_to(user).waiting().select_related("episode__case__patient", "proposed_by")
    return list(waiting.order_by("proposed_at")[:ROWS])


def reviews(user: User) -> list[Review]:
    soon = timezone.localdate() + timedelta(days=7)
    due = Review.objects.visible_to(user).scheduled().filter(due_on__lte=soon)
    return list(due.select_related("episode__case__patient", "responsible")[:ROWS])


def opinions(user: User) -> list[SecondOpinion]:
    waiting = (
        SecondOpinion.objects.visible_to(user).open().select_related("episode__case__patient", "asked_of")
    )
    return list(waiting[:ROWS])


def actions(user: User) -> list[Action]:
    mine = Action.objects.filter(owner=user, done_at__isnull=True, decision__case__team__in=user.team_ids())
    return list(mine.select_related("decision__case__patient")[:ROWS])


def reminders(user: User) -> list[Reminder]:
    return list(Reminder.objects.visible_to(user).unread().select_related("case")[:ROWS])


def changed_plans(user: User) -> int:
    """Open plans whose verdict is another under today's guidance, and that nobody has noted yet."""
    rows = RecheckedPlan.objects.filter(run__team__in=user.team_ids(Permission.RECHECK_PLANS))
    return rows.visible_to(user).standing().verdict_changed().unseen().count()


def next_meeting(user: User) -> dict[str, Any] | None:
    """The next meeting of the person's teams, with its list counted against its capacity."""
    open_states = [MeetingStatus.PLANNED, MeetingStatus.CLOSED_FOR_LISTING, MeetingStatus.IN_SESSION]
    meeting = (
        Meeting.objects.visible_to(user)
        .filter(status__in=open_states, starts_at__date__gte=timezone.localdate())
        .select_related("team", "chair")
        .order_by("starts_at")
        .first()
    )
    if meeting is None:
        return None
    listings = Listing.objects.filter(meeting=meeting).on_the_list().select_related("episode")
    ready = [is_complete(listing.episode) for listing in listings]
    minutes = meeting.team.minutes_per_case
    return {
        "meeting": meeting,
        "cases": len(ready),
        "ready_minutes": ready.count(True) * minutes,
        "held_minutes": ready.count(False) * minutes,
        "capacity": meeting.team.capacity_minutes,
    }


def of(user: User) -> dict[str, Any]:
    """Every panel that the person's roles open; a panel that is not theirs is left out."""
    panels: dict[str, Any] = {"reminders": reminders(user)}
    if user.may(Permission.RECEIVE_REFERRAL):
        panels["referrals"] = referrals(user)
    if user.may(Permission.REPORT_PATHOLOGY) or user.may(Permission.REPORT_IMAGING):
        panels["reports"] = reports(user)
    if user.may(Permission.SEE_CASES):
        panels |= {"next_meeting": next_meeting(user), "plans": plans(user), "actions": actions(user)}
    if user.may(Permission.RECHECK_PLANS) and user.may(Permission.SEE_CASES):
        panels["changed_plans"] = changed_plans(user)
        panels["local_rules"] = local_rules.asks_attention(user)
    if user.may(Permission.PLAN_REVIEW):
        panels["reviews"] = reviews(user)
    if user.may(Permission.ASK_OPINION):
        panels["opinions"] = opinions(user)
    return panels


def patient_ids(panels: dict[str, Any]) -> set[int]:
    """Whom the page shows by name."""
    found = {referral.patient_id for referral in panels.get("referrals", ())}
    for name in ("reports", "plans", "reviews", "opinions"):
        found |= {row.episode.case.patient_id for row in panels.get(name, ())}
    return found | {action.decision.case.patient_id for action in panels.get("actions", ())}
