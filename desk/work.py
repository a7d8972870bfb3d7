"""My work: what a person owes or chases, most urgent first, from every room; one or two statements a panel."""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    Window,
)
from django.db.models.functions import Cast, Coalesce, JSONObject, RowNumber, TruncDate
from django.utils import timezone

from accounts.models import User
from accounts.permissions import SIX_ROLES, Permission
from cases.models import Referral, ReportRequest
from cases.models.report import ReportKind
from followup import inbox, looking_ahead
from followup.models import Mail, Reminder, Review, SecondOpinion
from followup.services.opinion.following import to_discuss_again
from followup.services.opinion.opinions import AWAITED
from followup.services.reminding.absences import away_today
from mdt import chasing, letters, services
from mdt.models import Action, Decision, Gap, Listing, Meeting, Preparation
from mdt.workflow import MeetingStatus, Track
from treatments import local_rules
from treatments.models import Plan, RecheckedPlan
from trials.models import Enquiry, ProposedChange, Trial
from trials.workflow import ChangeStatus

ROWS = 10

ENQUIRY = "enquiry"

GAPS_SHOWN = 30
"""The most urgent; the others are a link away."""


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


def opinions(user: User) -> dict[str, list[SecondOpinion]]:
    """Second opinions in three panels, each with its own most urgent: awaited, in and different, asked of us.

    In one statement: each is counted within its panel.
    """
    mine = SecondOpinion.objects.visible_to(user)
    panels = {
        "opinions": mine.open(),
        "differing": to_discuss_again(mine),
        "asked": SecondOpinion.objects.asked_of(user).filter(status__in=AWAITED),
    }
    rows: Any = SecondOpinion.objects.annotate(
        **{f"in_{name}": Exists(theirs.filter(pk=OuterRef("pk"))) for name, theirs in panels.items()}
    ).filter(Q(in_opinions=True) | Q(in_differing=True) | Q(in_asked=True))
    order = [F("step_due_on").asc(), F("pk").asc()]
    places = {
        f"place_{name}": Window(RowNumber(), partition_by=F(f"in_{name}"), order_by=order) for name in panels
    }
    first = Q()
    for name in panels:
        first |= Q(**{f"in_{name}": True, f"place_{name}__lte": ROWS})
    shown = ("episode__case__patient", "episode__case__team", "asked_of", "asking")
    found = list(rows.annotate(**places).filter(first).select_related(*shown).order_by("step_due_on", "pk"))
    return {
        name: [row for row in found if getattr(row, f"in_{name}") and getattr(row, f"place_{name}") <= ROWS]
        for name in panels
    }


def to_do(user: User) -> dict[str, list[dict[str, Any]]]:
    """What waits for this person by name: actions, decisions to ratify, late additions to approve.

    And of who may answer them, the enquiries to answer. One statement, each part with its own most urgent.
    """
    teams = user.team_ids()
    actions = Action.objects.filter(owner=user, done_at__isnull=True, decision__case__team__in=teams)
    provisional = Decision.objects.standing().filter(to_ratify_by=user, refusal__isnull=True)
    to_ratify = provisional.filter(case__team__in=teams, case__patient__is_dead=False)
    after_a_day = TruncDate(F("recorded_at") + timedelta(days=1))
    late = services.to_approve(user).order_by()
    urgent = services.to_ratify_by_name(user).order_by()
    parts = [
        _owed("action", actions, "decision__case", F("text"), F("due_on"), F("decision")),
        _owed("ratify", to_ratify, "case", F("outcome"), Coalesce("ratify_by_on", after_a_day), F("pk")),
        _owed("approve", late, "episode__case", F("question"), TruncDate("meeting__starts_at"), F("meeting")),
        _owed("urgent", urgent, "case", F("outcome"), TruncDate("ratify_at__starts_at"), F("pk")),
    ]
    answers = user.may(Permission.ANSWER_ENQUIRY)
    if answers:
        parts.append(_enquiries(user))
    first, *rest = (part.order_by("owed_on", "page")[:ROWS] for part in parts)
    found = list(first.union(*rest, all=True).order_by("owed_on", "page"))
    panels = {"to_do": [row for row in found if row["what"] != ENQUIRY][:ROWS]}
    if answers:
        panels["enquiries"] = [row for row in found if row["what"] == ENQUIRY]
    return panels


def _owed(what: str, rows: "QuerySet[Any]", case: str, words: F, due_on: Any, page: F) -> Any:
    """Rows of different tables in one shape."""
    return rows.values(
        what=Value(what),
        page=page,
        words=Cast(words, TextField()),
        owed_on=due_on,
        case_reference=F(f"{case}__reference"),
        whose=F(f"{case}__patient"),
        family=F(f"{case}__patient__family_name"),
        given=F(f"{case}__patient__given_name"),
        titled=F(f"{case}__patient__title"),
    )


def _enquiries(user: User) -> Any:
    """Open ones of the teams in which they answer, theirs or nobody's yet; `family` is whoever took it on."""
    mine = Enquiry.objects.filter(team__in=user.team_ids(Permission.ANSWER_ENQUIRY)).visible_to(user)
    return (
        mine.open()
        .filter(Q(owner=user) | Q(owner__isnull=True))
        .values(
            what=Value(ENQUIRY),
            page=F("pk"),
            words=Cast(F("reference"), TextField()),
            owed_on=F("due_on"),
            case_reference=Value(""),
            whose=Value(None, BigIntegerField()),
            family=Coalesce("owner__full_name", Value("")),
            given=Value(""),
            titled=Value(""),
        )
    )


def reminders(user: User) -> list[dict[str, Any]]:
    """As the inbox shows them, most urgent first."""
    mine = inbox.told(Reminder.objects.visible_to(user).unread())
    return inbox.lines(mine.order_by("due_on", "pk")[:ROWS], user)


def register(user: User) -> dict[str, Any]:
    """Of the register, in one statement: entries that nobody verified for too long, and changes that wait.

    The entries are the person's own and those without an owner; the changes, counted by trial, are everybody's.
    """
    entries = Trial.objects.visible_to(user)
    mine = entries.stale(timezone.localdate()).filter(Q(owner=user) | Q(owner__isnull=True))
    offered = ProposedChange.objects.filter(trial=OuterRef("pk"), status=ChangeStatus.OPEN)
    marked: Any = entries.annotate(
        is_to_verify=Exists(mine.filter(pk=OuterRef("pk"))), is_to_decide=Exists(offered)
    ).filter(Q(is_to_verify=True) | Q(is_to_decide=True))
    counted = marked.annotate(to_decide=Window(Count("pk", filter=Q(is_to_decide=True))))
    oldest = (F("is_to_verify").desc(), F("verified_on").asc(nulls_first=True), "pk")
    found = list(counted.order_by(*oldest).defer("eligibility", "summary")[:ROWS])
    return {
        "trials": [trial for trial in found if trial.is_to_verify],
        "trials_to_decide": found[0].to_decide if found else 0,
    }


def undelivered(user: User) -> int:
    """E-mails about the teams' cases that did not arrive, and that nobody has dealt with."""
    gone = Mail.objects.undelivered_to(user.team_ids(Permission.SET_ABSENCE))
    return gone.filter(seen_at__isnull=True).count()


def changed_plans(user: User) -> int:
    """Open plans whose verdict is another under today's guidance, and that nobody has noted yet."""
    rows = RecheckedPlan.objects.filter(run__team__in=user.team_ids(Permission.RECHECK_PLANS))
    return rows.visible_to(user).standing().verdict_changed().unseen().count()


def next_meeting(user: User) -> dict[str, Any] | None:
    """The next meeting of the person's teams, with its list counted against its capacity; one statement.

    `prepared` is how many of the cases this person's role has prepared.
    """
    open_states = [MeetingStatus.PLANNED, MeetingStatus.CLOSED_FOR_LISTING, MeetingStatus.IN_SESSION]
    roles = [member.role for member in user.active_memberships if member.role in SIX_ROLES]
    listings = Listing.objects.filter(meeting=OuterRef("pk")).on_the_list().order_by()
    row = JSONObject(
        minutes="minutes",
        track="track",
        held=Exists(Gap.objects.open().filter(episode=OuterRef("episode"))),
        prepared=Exists(Preparation.objects.filter(listing=OuterRef("pk"), role__in=roles)),
    )
    meeting = (
        Meeting.objects.visible_to(user)
        .filter(status__in=open_states, starts_at__date__gte=timezone.localdate())
        .select_related("team", "chair")
        .annotate(rows=ArraySubquery(listings.values(row=row)))
        .order_by("starts_at")
        .first()
    )
    if meeting is None:
        return None
    rows: list[dict[str, Any]] = meeting.rows  # type: ignore[attr-defined]
    discussed = [each for each in rows if each["track"] == Track.DISCUSS]
    usual = meeting.team.minutes_per_case
    return {
        "meeting": meeting,
        "cases": len(discussed),
        "standard": len(rows) - len(discussed),
        "ready": sum(not each["held"] for each in discussed),
        "held": sum(each["held"] for each in discussed),
        "ready_minutes": sum(each["minutes"] or usual for each in discussed if not each["held"]),
        "held_minutes": sum(each["minutes"] or usual for each in discussed if each["held"]),
        "capacity": meeting.team.capacity_minutes,
        "prepares": bool(roles),
        "prepared": sum(each["prepared"] for each in rows),
        "listed": len(rows),
    }


def missing(user: User) -> dict[str, Any]:
    """What the person owes (one statement) or, of the coordinator, whom to ask for what (two)."""
    panels: dict[str, Any] = {}
    if user.may(Permission.RECEIVE_REFERRAL):
        owed, panels["chase_is_cut"] = chasing.chased(user, GAPS_SHOWN)
        panels["chase"] = owed
        panels["chase_facts"] = sum(len(one.gaps) for one in owed)
        panels["chase_cases"] = {each.case.pk for one in owed for each in one.cases}
        panels["chase_closed"] = chasing.arrived_since(user, user.last_login)
    if any(member.role in SIX_ROLES for member in user.active_memberships):
        panels["gaps"] = chasing.mine(user, GAPS_SHOWN)
    return panels


def of(user: User) -> dict[str, Any]:
    """Every panel that the person's roles open; a panel that is not theirs is left out."""
    panels: dict[str, Any] = {"reminders": reminders(user)}
    if user.may(Permission.RECEIVE_REFERRAL):
        panels["referrals"] = referrals(user)
    if user.may(Permission.REPORT_PATHOLOGY) or user.may(Permission.REPORT_IMAGING):
        panels["reports"] = reports(user)
    if user.may(Permission.SEE_CASES):
        panels |= {"next_meeting": next_meeting(user), "plans": plans(user), **to_do(user)}
        panels["away"] = away_today(user)
        panels |= missing(user)
    issues = user.may(Permission.RECEIVE_REFERRAL)
    if issues or user.may(Permission.CHECK_LETTER):
        panels["letters"] = letters.waiting(user, checks_only=not issues)
    if user.may(Permission.TELL_PATIENT):
        panels["to_tell"] = services.to_be_told(user)
    if user.may(Permission.RECHECK_PLANS) and user.may(Permission.SEE_CASES):
        panels["changed_plans"] = changed_plans(user)
        panels["local_rules"] = local_rules.asks_attention(user)
    if user.may(Permission.SET_ABSENCE):
        panels["undelivered"] = undelivered(user)
    if user.may(Permission.PLAN_REVIEW):
        panels["reviews"] = reviews(user)
        teams = user.team_ids(Permission.PLAN_REVIEW)
        panels["to_plan"] = looking_ahead.to_plan(teams).count()
    if user.may(Permission.ASK_OPINION):
        panels |= opinions(user)
    if user.may(Permission.KEEP_TRIALS):
        panels |= register(user)
    return panels


def patient_ids(panels: dict[str, Any]) -> set[int]:
    """Whom the page shows by name."""
    found = {referral.patient_id for referral in panels.get("referrals", ())}
    for name in ("reports", "plans", "reviews", "opinions", "differing", "asked"):
        found |= {row.episode.case.patient_id for row in panels.get(name, ())}
    found |= {row["whose"] for row in panels.get("to_do", ())}
    found |= inbox.patient_ids(panels["reminders"])
    found |= {letter.case.patient_id for letter in panels.get("letters", ())}
    found |= {each.decision.case.patient_id for each in panels.get("to_tell", ())}
    chased = [each for one in panels.get("chase", ()) for each in one.cases]
    return found | {each.case.patient_id for each in (*panels.get("gaps", ()), *chased)}
