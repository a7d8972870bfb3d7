"""A person's meetings as an iCalendar file: times, place and number of cases, nothing about patients."""

from collections.abc import Iterable
from datetime import UTC, timedelta

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from accounts.models import User
from mdt.models import Meeting
from mdt.models.meeting import MeetingQuerySet
from mdt.workflow import MeetingStatus

BEFORE, AHEAD = timedelta(days=60), timedelta(days=400)
NAME = "Sarcoma MDT"


def meetings_of(user: User) -> MeetingQuerySet:
    now = timezone.now()
    mine = Meeting.objects.visible_to(user).filter(starts_at__gt=now - BEFORE, starts_at__lt=now + AHEAD)
    return mine.select_related("team").with_counts().order_by("starts_at", "pk")


def calendar(meetings: Iterable[Meeting]) -> bytes:
    """The same bytes as long as nothing in it has changed."""
    made = Calendar()
    made.add("prodid", "-//Sarcoma MDT//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", NAME)
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for meeting in meetings:
        made.add_component(_event(meeting))
    return bytes(made.to_ical())


def _event(meeting: Meeting) -> Event:
    event = Event()
    cancelled = meeting.status == MeetingStatus.CANCELLED
    event.add("uid", f"meeting-{meeting.pk}@{settings.MESSAGE_ID_DOMAIN}")
    event.add("dtstamp", meeting.created_at)
    event.add("sequence", meeting.version - 1)
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.starts_at.astimezone(UTC) + _length(meeting))
    event.add("summary", f"{NAME} (cancelled)" if cancelled else NAME)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if meeting.place:
        event.add("location", meeting.place)
    event.add("description", _words(meeting))
    event.add("url", f"{settings.PUBLIC_URL}/meetings/{meeting.pk}/")
    return event


def _length(meeting: Meeting) -> timedelta:
    return timedelta(minutes=meeting.team.capacity_minutes)


def _words(meeting: Meeting) -> str:
    count = meeting.cases  # type: ignore[attr-defined]
    cases = "1 case" if count == 1 else f"{count} cases"
    return f"{meeting.team.name}: {cases} on the list"
