"""Meetings made ahead and by hand, cut-offs in working days of England, lists that close by themselves."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.calendar import bank_holidays, is_working_day, working_days_before
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from mdt import services, tasks
from mdt.models import Meeting
from mdt.rhythm import cut_off, days_without
from mdt.workflow import ListingStatus, MeetingStatus, PostponeReason
from tests import factories

LONDON = ZoneInfo("Europe/London")
SATURDAY = datetime(2026, 11, 21, 10, tzinfo=LONDON)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(day=DAYS, count=st.integers(0, 10))
def test_working_days_before_are_counted_without_weekends_and_bank_holidays(day, count):
    found = working_days_before(day, count)
    assert is_working_day(found)
    between = [found + timedelta(days=n) for n in range((day - found).days)]
    assert sum(map(is_working_day, between)) == (count if count else int(not is_working_day(day)))


@given(day=DAYS, weekday=st.integers(0, 6), weeks=st.integers(0, 12), taken=st.sets(DAYS, max_size=5))
def test_every_free_week_has_its_day_and_no_bank_holiday_has_one(day, weekday, weeks, taken):
    until = day + timedelta(weeks=weeks)
    found = days_without(taken, day, until, weekday)
    every = [day + timedelta(days=n) for n in range(1, (until - day).days + 1)]
    weeks_taken = {each.isocalendar()[:2] for each in taken}
    assert found == [
        each
        for each in every
        if each.weekday() == weekday
        and each not in bank_holidays(each.year)
        and each.isocalendar()[:2] not in weeks_taken
    ]


@pytest.mark.parametrize(
    ("meeting", "days", "closes"),
    [
        (datetime(2026, 11, 25, 8, 30), 2, datetime(2026, 11, 23, 17)),
        (
            datetime(2026, 12, 30, 8, 30),
            2,
            datetime(2026, 12, 24, 17),
        ),  # Christmas, Boxing Day, its substitute
        (datetime(2026, 4, 8, 8, 30), 2, datetime(2026, 4, 2, 17)),  # Good Friday, Easter Monday
        (datetime(2026, 3, 31, 8, 30), 1, datetime(2026, 3, 30, 17)),  # the clocks went forward
        (datetime(2026, 11, 25, 8, 30), 0, datetime(2026, 11, 25, 17)),
    ],
)
def test_a_list_closes_at_five_so_many_working_days_before(meeting, days, closes):
    assert cut_off(meeting.replace(tzinfo=LONDON), days) == closes.replace(tzinfo=LONDON)


@pytest.fixture
def on_saturday():
    with time_machine.travel(SATURDAY, tick=False):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("on_saturday")
class TestMadeAhead:
    def test_eight_weeks_with_place_and_cut_off_by_the_service_itself(self, team):
        team.meeting_place = "Seminar room 2"
        team.save()
        made = services.make_meetings_ahead(team=team, today=timezone.localdate())
        days = [meeting.day for meeting in made]
        assert days == [date(2026, 11, 25) + timedelta(weeks=n) for n in range(8)]
        assert {meeting.place for meeting in made} == {"Seminar room 2"}
        assert made[0].cut_off_at == datetime(2026, 11, 23, 17, tzinfo=LONDON)
        assert not any(meeting.is_extra for meeting in made)
        events = Event.objects.filter(type="meeting.planned")
        assert (events.count(), events.filter(by=None).count()) == (8, 8)

    def test_twice_makes_nothing_more(self, team):
        services.make_meetings_ahead(team=team, today=timezone.localdate())
        assert services.make_meetings_ahead(team=team, today=timezone.localdate()) == []
        tasks.make_meetings_ahead()
        assert Meeting.objects.filter(team=team).count() == 8

    def test_a_week_whose_meeting_was_cancelled_or_moved_gets_no_other(self, team, coordinator):
        first, second, *_ = services.make_meetings_ahead(team=team, today=timezone.localdate())
        services.move_meeting(meeting=first, version=None, to=MeetingStatus.CANCELLED, by=coordinator)
        services.change_meeting(
            meeting=second,
            version=None,
            starts_at=second.starts_at + timedelta(days=5),
            place="",
            by=coordinator,
        )
        assert services.make_meetings_ahead(team=team, today=timezone.localdate()) == []

    def test_an_extra_meeting_takes_no_week(self, team, coordinator):
        extra = services.plan_meeting(
            team=team, starts_at=datetime(2026, 11, 26, 14, tzinfo=LONDON), by=coordinator
        )
        made = services.make_meetings_ahead(team=team, today=timezone.localdate())
        assert extra.is_extra
        assert date(2026, 11, 25) in [meeting.day for meeting in made]

    def test_one_planned_by_hand_on_the_teams_day_is_that_weeks(self, team, coordinator):
        by_hand = services.plan_meeting(
            team=team, starts_at=datetime(2026, 11, 25, 9, tzinfo=LONDON), by=coordinator
        )
        made = services.make_meetings_ahead(team=team, today=timezone.localdate())
        assert not by_hand.is_extra
        assert date(2026, 11, 25) not in [meeting.day for meeting in made]


@pytest.mark.django_db
class TestCutOff:
    @time_machine.travel(SATURDAY, tick=False)
    def test_an_extra_meeting_at_short_notice_takes_cases_until_it_begins(self, team, coordinator):
        starts_at = datetime(2026, 11, 22, 9, tzinfo=LONDON)
        meeting = services.plan_meeting(team=team, starts_at=starts_at, by=coordinator)
        assert meeting.cut_off_at == starts_at

    def test_the_list_closes_by_itself_and_once(self, team):
        with time_machine.travel(SATURDAY, tick=False):
            meeting, later, *_ = services.make_meetings_ahead(team=team, today=timezone.localdate())
        with time_machine.travel(datetime(2026, 11, 23, 16, 59, tzinfo=LONDON), tick=False):
            assert services.close_due_lists() == 0
        with time_machine.travel(datetime(2026, 11, 23, 17, tzinfo=LONDON), tick=False):
            assert services.close_due_lists() == 1
            assert services.close_due_lists() == 0
        meeting.refresh_from_db()
        later.refresh_from_db()
        assert (meeting.status, later.status) == (MeetingStatus.CLOSED_FOR_LISTING, MeetingStatus.PLANNED)
        event = Event.objects.get(type="meeting.moved")
        assert (event.by, event.target_id) == (None, meeting.pk)

    def test_a_meeting_of_old_has_its_cut_off_worked_out(self, team):
        with time_machine.travel(SATURDAY, tick=False):
            meeting = factories.meeting(team, cut_off_at=None)
        assert meeting.closes_at == datetime(2026, 11, 23, 17, tzinfo=LONDON)
        with time_machine.travel(datetime(2026, 11, 24, tzinfo=LONDON), tick=False):
            assert services.close_due_lists() == 1

    def test_it_moves_with_the_meeting(self, team, coordinator):
        with time_machine.travel(SATURDAY, tick=False):
            meeting, *_ = services.make_meetings_ahead(team=team, today=timezone.localdate())
            changed = services.change_meeting(
                meeting=meeting,
                version=meeting.version,
                starts_at=datetime(2026, 11, 27, 10, tzinfo=LONDON),
                place="Room 4",
                by=coordinator,
            )
            assert changed.cut_off_at == datetime(2026, 11, 25, 17, tzinfo=LONDON)
            assert changed.place == "Room 4"
            with pytest.raises(StaleVersion):
                services.change_meeting(
                    meeting=meeting, version=1, starts_at=meeting.starts_at, place="", by=coordinator
                )

    def test_after_it_only_the_chair_opens_the_list_again(self, team, coordinator, surgeon):
        with time_machine.travel(SATURDAY, tick=False):
            meeting, *_ = services.make_meetings_ahead(team=team, today=timezone.localdate())
            services.set_chair(meeting=meeting, version=None, chair=surgeon, by=coordinator)
        with time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=LONDON), tick=False):
            services.close_due_lists()
            with pytest.raises(PermissionDenied):
                services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.PLANNED, by=coordinator)
            again = services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.PLANNED, by=surgeon)
            assert not again.is_late(timezone.now())
            assert services.close_due_lists() == 0


@pytest.mark.django_db
class TestChanging:
    def test_not_to_a_day_before_a_listed_cases_referral(self, put_on_list, meeting, episode, coordinator):
        put_on_list(episode)
        episode.case.referrals.create(
            patient=episode.case.patient,
            team=episode.case.team,
            organisation=factories.organisation(),
            referrer_name="Dr Late",
            received_on=timezone.localdate() + timedelta(days=2),
            reason="A lump",
        )
        with pytest.raises(ValidationError, match="was referred on"):
            services.change_meeting(
                meeting=meeting,
                version=None,
                starts_at=meeting.starts_at - timedelta(days=3),
                place="",
                by=coordinator,
            )

    def test_not_once_it_is_open(self, open_meeting, coordinator):
        meeting = open_meeting()
        with pytest.raises(WrongState):
            services.change_meeting(
                meeting=meeting,
                version=None,
                starts_at=meeting.starts_at + timedelta(days=1),
                place="",
                by=coordinator,
            )

    def test_cancelling_puts_every_case_off_with_its_code(self, meeting, listing, coordinator):
        services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.CANCELLED, by=coordinator)
        listing.refresh_from_db()
        assert (listing.status, listing.off_reason) == (ListingStatus.POSTPONED, PostponeReason.CANCELLED)
