"""What the pages of one case read, each in a fixed number of statements."""

from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from audit.models import Read
from cases.models import Case, CaseEvent, Patient, TreatmentGiven
from cases.services.refusals import said
from cases.workflow import CaseStatus
from followup import schedules
from followup.models import LossToFollowUp, Review, ReviewSchedule, ScheduleEnd, SecondOpinion
from followup.workflow import ReviewStatus, ScheduleStatus
from mdt.models import Decision, Listing, OutsideDiscussion
from treatments.models import Check, Plan
from treatments.workflow import PlanStatus

SHOWN = 10


def events(case: Case) -> list[CaseEvent]:
    return list(case.events.select_related("by").only("case", "type", "on", "note", "by__full_name"))


def entries(rows: list[CaseEvent], coming: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The timeline's entries, newest first: what is due, today, what has been."""
    past = [
        {
            "on": f"{event.on.day} {event.on:%b %Y}",
            "title": event.get_type_display(),
            "note": " ".join(part for part in (event.note, f"({event.by})" if event.by else "") if part),
            "kind": "change" if event.changes_picture else "past",
        }
        for event in rows
    ]
    return [*coming, {"on": "Today", "title": "", "kind": "today"}, *past]


def coming(listing: Listing | None, reviews: list[Review]) -> list[dict[str, Any]]:
    """What is due, furthest ahead first."""
    due = [(review.due_on, f"Review: {review.get_kind_display()}", review.note) for review in reviews]
    if listing and listing.meeting.starts_at >= timezone.now():
        on = timezone.localtime(listing.meeting.starts_at).date()
        due.append((on, f"Discussion, {listing.meeting.team}", f"Place {listing.position} on the list"))
    ahead = sorted(due, key=lambda each: each[0], reverse=True)
    return [
        {"on": f"{on.day} {on:%b %Y}", "title": title, "note": note, "kind": "due"}
        for on, title, note in ahead
    ]


def plans(case: Case) -> QuerySet[Plan]:
    newest_first = Check.objects.order_by("-id").only("plan", "verdict", "result")
    return (
        Plan.objects.filter(episode__case=case)
        .exclude(status=PlanStatus.SUPERSEDED)
        .select_related("episode")
        .defer("episode__facts", "episode__fact_sources")
        .prefetch_related(
            "treatments__delivery", Prefetch("checks", newest_first, to_attr="checks_newest_first")
        )
        .order_by("-episode__number", "-number")
    )


def listing(case: Case) -> Listing | None:
    return (
        Listing.objects.filter(episode__case=case)
        .on_the_list()
        .select_related("meeting__team", "responsible")
        .order_by("-meeting__starts_at")
        .first()
    )


def listings(case: Case) -> QuerySet[Listing]:
    return (
        Listing.objects.filter(episode__case=case)
        .select_related("meeting__team", "responsible")
        .order_by("-pk")
    )


def last_decision(case: Case) -> Decision | None:
    """The newest, as the summary shows it."""
    return Decision.objects.filter(case=case).with_ratification().first()


def decisions(case: Case) -> QuerySet[Decision]:
    return (
        Decision.objects.filter(case=case)
        .select_related(
            "listing__meeting",
            "plan",
            "tells_patient",
            "responsible",
            "recorded_by",
        )
        .with_ratification()
        .prefetch_related("dissents__person", "actions__owner")
    )


def outside(case: Case) -> QuerySet[OutsideDiscussion]:
    """Discussions at the MDTs of other trusts."""
    return OutsideDiscussion.objects.filter(episode__case=case).select_related("recorded_by")


def reviews(case: Case) -> QuerySet[Review]:
    return Review.objects.filter(episode__case=case).select_related("responsible")


def follow_up(case: Case) -> dict[str, Any]:
    """The newest schedule of each episode, those before the current one apart, and whether the patient is lost."""
    rows = ReviewSchedule.objects.filter(episode__case=case).select_related("episode").order_by("-id")
    newest: dict[int, ReviewSchedule] = {}
    for row in rows:
        newest.setdefault(row.episode_id, row)
    schedule = newest.pop(case.current_episode_id or 0, None)
    losses = LossToFollowUp.objects.filter(episode__case=case, found_on__isnull=True)
    return {
        "schedule": schedule,
        "schedule_name": _name_of(schedule.pathway) if schedule else "",
        "earlier_schedules": [(row, _name_of(row.pathway)) for row in newest.values()],
        "loss": losses.select_related("recorded_by").first(),
    }


def _name_of(pathway: str) -> str:
    row = schedules.pathways().get(pathway)
    return row.name if row else "Written for this patient"


def treatments(case: Case) -> dict[str, Any]:
    """What was given: of the current episode, and apart, by episode, of those before it."""
    rows = TreatmentGiven.objects.filter(episode__case=case).select_related("episode")
    given = list(rows.order_by("-episode__number", "started_on", "id"))
    before = [row for row in given if row.episode_id != case.current_episode_id]
    return {
        "treatments": [row for row in given if row.episode_id == case.current_episode_id],
        "earlier_treatments": [
            (episode, list(each)) for episode, each in groupby(before, attrgetter("episode"))
        ],
    }


def is_untreated(case: Case, given: list[TreatmentGiven]) -> bool:
    """Whether a recurrence still waits for its treatment: follow-up is set up after it."""
    episode = case.current_episode
    is_recurrence = episode is not None and episode.number > 1
    return is_recurrence and not given and case.status != CaseStatus.FOLLOW_UP


def with_follow_up(rows: QuerySet[Case]) -> QuerySet[Case]:
    """What the summary says of follow-up, read with the case itself: its statements are numbered."""
    schedule = ReviewSchedule.objects.filter(episode=OuterRef("current_episode")).order_by("-id")
    columns = ("id", "pathway", "status", "ended_reason")
    loss = LossToFollowUp.objects.filter(episode__case=OuterRef("pk"), found_on__isnull=True)
    return rows.annotate(
        its_schedule=Subquery(schedule.values(row=JSONObject(**{name: name for name in columns}))[:1]),
        its_loss=Subquery(loss.values(row=JSONObject(last_seen_on="last_seen_on"))[:1]),
    )


def follow_up_words(case: Case) -> dict[str, Any]:
    """After `with_follow_up`: the schedule in words with its key, and when a lost patient was last seen."""
    schedule, loss = case.its_schedule, case.its_loss  # type: ignore[attr-defined]
    shown: dict[str, Any] = {"schedule": None, "is_lost": loss is not None}
    if schedule:
        ended = schedule["ended_reason"]
        state = ScheduleEnd(ended).label if ended else ScheduleStatus(schedule["status"]).label
        name = _name_of(schedule["pathway"])
        to_confirm = schedule["status"] == ScheduleStatus.PROPOSED
        shown["schedule"] = {
            "pk": schedule["id"],
            "to_confirm": to_confirm,
            "words": f"{name}: {state.lower()}",
        }
    if loss:
        seen = loss["last_seen_on"]
        shown["last_seen"] = said(date.fromisoformat(seen)) if seen else "not known"
    return shown


def next_of(reviews: list[Review]) -> Review | None:
    """The planned one that is due first."""
    planned = [review for review in reviews if review.status == ReviewStatus.SCHEDULED]
    return min(planned, key=lambda review: (review.due_on, review.pk), default=None)


def opinions(case: Case) -> QuerySet[SecondOpinion]:
    return SecondOpinion.objects.filter(episode__case=case).select_related("asked_of", "owner")


def reads(case: Case) -> QuerySet[Read]:
    """Who saw this patient's record, or one that was merged into it, newest first."""
    records = Patient.objects.same_person_as(case.patient_id).values("pk")
    rows = Read.objects.filter(patient_ids__overlap=ArraySubquery(records)).select_related("by")
    return rows.only("at", "surface", "view", "by__full_name").order_by("-at")
