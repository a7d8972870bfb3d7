"""A person's reviews as an iCalendar file: reference, kind, day and link; nothing about patients."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event

from accounts.models import User
from followup.models import Review, ReviewQuerySet
from followup.workflow import ReviewStatus

BEFORE, AHEAD = timedelta(days=60), timedelta(days=400)
NAME = "Sarcoma MDT reviews"
DAY = timedelta(days=1)


def reviews_of(user: User) -> ReviewQuerySet:
    """What the person is responsible for, of the months before and the year ahead."""
    today = timezone.localdate()
    mine = Review.objects.visible_to(user).filter(responsible=user).exclude(status=ReviewStatus.DONE)
    around = mine.filter(due_on__gt=today - BEFORE, due_on__lt=today + AHEAD)
    return around.select_related("episode__case").order_by("due_on", "pk")


def calendar(reviews: Iterable[Review]) -> bytes:
    """The same bytes as long as nothing in it has changed."""
    made = Calendar()
    made.add("prodid", "-//Sarcoma MDT//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", NAME)
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for review in reviews:
        made.add_component(_event(review))
    return bytes(made.to_ical())


def _event(review: Review) -> Event:
    event = Event()
    is_on = review.status == ReviewStatus.SCHEDULED
    words = f"Review {review.episode.case.reference}"
    event.add("uid", f"review-{review.pk}@{settings.MESSAGE_ID_DOMAIN}")
    event.add("dtstamp", review.created_at)
    event.add("sequence", review.version - 1)
    event.add("dtstart", review.due_on)
    event.add("dtend", review.due_on + DAY)
    event.add("summary", words if is_on else f"{words} ({review.get_status_display().lower()})")
    event.add("status", "CONFIRMED" if is_on else "CANCELLED")
    event.add("transp", "TRANSPARENT")
    event.add("description", review.get_kind_display())
    event.add("url", settings.PUBLIC_URL + reverse("followup:review", args=[review.pk]))
    return event
