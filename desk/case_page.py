"""What the pages of one case read, each in a fixed number of statements."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from audit.models import Read
from cases.models import Case, CaseEvent, Patient
from followup.models import Review, SecondOpinion
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


def opinions(case: Case) -> QuerySet[SecondOpinion]:
    return SecondOpinion.objects.filter(episode__case=case).select_related("asked_of", "owner")


def reads(case: Case) -> QuerySet[Read]:
    """Who saw this patient's record, or one that was merged into it, newest first."""
    records = Patient.objects.same_person_as(case.patient_id).values("pk")
    rows = Read.objects.filter(patient_ids__overlap=ArraySubquery(records)).select_related("by")
    return rows.only("at", "surface", "view", "by__full_name").order_by("-at")
