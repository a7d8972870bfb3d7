"""What the service itself does with the calendar: meetings made ahead, lists closed at their cut-off."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from audit import services as audit
from audit.events import EventType
from mdt.models import Meeting
from mdt.rhythm import at, days_without
from mdt.services.meetings import days_taken, make_meeting
from mdt.workflow import MEETING, MeetingStatus


@transaction.atomic
def make_meetings_ahead(*, team: Team, today: date) -> list[Meeting]:
    """The team's meetings of the coming weeks that are not in the calendar yet; safe to run twice, and by two at once.

    A week whose meeting was held, moved or cancelled is left alone.
    """
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    until = today + timedelta(weeks=team.weeks_ahead)
    days = days_without(days_taken(team), today, until, team.meeting_weekday)
    wanted = {at(day, team.meeting_at): day for day in days}
    there = Meeting.objects.filter(team=team, starts_at__in=wanted).values_list("starts_at", flat=True)
    return [
        make_meeting(team, starts_at, place=team.meeting_place, rhythm_on=day, by=None)
        for starts_at, day in wanted.items()
        if starts_at not in set(there)
    ]


@transaction.atomic
def close_due_lists() -> int:
    """Close every list whose cut-off has passed; what another worker is closing is left to it. Says how many."""
    now = timezone.now()
    is_due = Q(cut_off_at__lte=now) | Q(cut_off_at__isnull=True, starts_at__gt=now)
    rows = Meeting.objects.select_for_update(skip_locked=True, of=("self",)).select_related("team")
    due = [each for each in rows.takes_listings().filter(is_due).order_by("pk") if each.closes_at <= now]
    for meeting in due:
        _close(meeting)
    return len(due)


def _close(meeting: Meeting) -> None:
    to = MeetingStatus.CLOSED_FOR_LISTING
    MEETING.check(meeting.status, to)
    data = {"from": meeting.status, "to": to, "cut_off": True}
    meeting.status = to
    meeting.version += 1
    meeting.save()
    audit.record(EventType.MEETING_MOVED, target=meeting, by=None, data=data)
