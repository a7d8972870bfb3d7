"""What the screens of a meeting show, and who moves them."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.permissions import Permission, Role, roles_with
from audit.events import EventType
from audit.models import Event
from mdt import services
from mdt.models import Listing, Screen
from mdt.services.screens import NotPresenting
from mdt.workflow import ListingStatus, MeetingStatus, NotNow, Track
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(team, put_on_list):
    return [put_on_list(factories.episode_with_facts(team)) for _ in range(3)]


@pytest.fixture
def screen(meeting):
    """What stands in the database now."""
    return lambda: Screen.objects.get(meeting=meeting)


def events(kind):
    return Event.objects.filter(type=kind)


class TestOpening:
    def test_whoever_opens_the_session_presents_its_first_case(
        self, three, open_meeting, screen, coordinator
    ):
        open_meeting()
        assert screen().presenter == coordinator
        assert screen().listing == three[0]
        assert events(EventType.CASE_SHOWN).get().case_id == three[0].episode.case_id

    def test_the_first_that_is_to_be_discussed_and_not_decided(self, three, open_meeting, screen):
        Listing.objects.filter(pk=three[0].pk).update(status=ListingStatus.DECIDED)
        Listing.objects.filter(pk=three[1].pk).update(track=Track.STANDARD_OF_CARE)
        open_meeting()
        assert screen().listing == three[2]

    def test_a_list_without_cases_shows_nothing(self, open_meeting, screen, coordinator):
        open_meeting()
        assert screen().listing is None
        assert screen().presenter == coordinator

    def test_ending_the_session_empties_the_screen(self, three, open_meeting, screen, coordinator, meeting):
        open_meeting()
        meeting.refresh_from_db()
        ended = services.move_meeting(
            meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator
        )
        assert (screen().listing, screen().presenter) == (None, None)
        with pytest.raises(NotNow, match="outcomes to finish"):
            services.show_case(listing=three[0], by=coordinator)
        services.move_meeting(meeting=ended, version=None, to=MeetingStatus.IN_SESSION, by=coordinator)
        assert screen().listing == three[0]


class TestShowing:
    @pytest.fixture(autouse=True)
    def _opened(self, three, open_meeting):
        open_meeting()

    def test_the_presenter_moves_the_room(self, three, screen, coordinator):
        services.show_case(listing=three[2], by=coordinator)
        assert screen().listing == three[2]
        shown = events(EventType.CASE_SHOWN).latest("pk")
        assert (shown.target_id, shown.case_id) == (three[2].pk, three[2].episode.case_id)

    def test_a_second_press_on_the_same_case_changes_nothing(self, three, screen, coordinator):
        services.show_case(listing=three[1], by=coordinator)
        before, count = screen().shown_at, Event.objects.count()
        services.show_case(listing=three[1], by=coordinator)
        assert screen().shown_at == before
        assert Event.objects.count() == count

    def test_nobody_else_moves_it_before_taking_over(self, three, screen, surgeon, coordinator):
        with pytest.raises(NotPresenting, match=f"{coordinator} is presenting") as refused:
            services.show_case(listing=three[1], by=surgeon)
        assert refused.value.presenter == coordinator
        assert screen().listing == three[0]
        services.take_presenting(meeting=three[0].meeting, by=surgeon)
        services.show_case(listing=three[1], by=surgeon)
        assert (screen().listing, screen().presenter) == (three[1], surgeon)

    def test_taking_over_leaves_the_case_and_is_recorded_once(
        self, three, screen, surgeon, coordinator, meeting
    ):
        services.take_presenting(meeting=meeting, by=surgeon)
        services.take_presenting(meeting=meeting, by=surgeon)
        assert (screen().listing, screen().presenter) == (three[0], surgeon)
        event = events(EventType.PRESENTER_CHANGED).get()
        assert event.target_id == meeting.pk
        assert event.data == {"presenter": surgeon.pk, "before": coordinator.pk}

    def test_where_nobody_presents_whoever_moves_it_does(self, three, screen, surgeon, meeting):
        Screen.objects.filter(meeting=meeting).update(presenter=None)
        services.show_case(listing=three[1], by=surgeon)
        assert (screen().listing, screen().presenter) == (three[1], surgeon)

    def test_a_session_opened_before_there_were_screens_gets_one(self, three, screen, surgeon, meeting):
        Screen.objects.filter(meeting=meeting).delete()
        services.show_case(listing=three[1], by=surgeon)
        assert screen().listing == three[1]

    @pytest.mark.parametrize("status", [ListingStatus.POSTPONED, ListingStatus.WITHDRAWN])
    def test_what_left_the_list_is_not_shown_anew(self, three, screen, coordinator, status):
        Listing.objects.filter(pk=three[1].pk).update(status=status)
        with pytest.raises(NotNow, match="not on the list any more"):
            services.show_case(listing=three[1], by=coordinator)

    def test_a_case_that_is_put_off_while_it_is_shown_stays(self, three, screen, coordinator):
        services.postpone_listing(
            listing=three[0], version=None, reason="capacity", note="", to=None, by=coordinator
        )
        assert screen().listing == three[0]

    def test_a_decided_case_can_be_shown_again(self, three, screen, coordinator):
        Listing.objects.filter(pk=three[1].pk).update(status=ListingStatus.DECIDED)
        assert services.show_case(listing=three[1], by=coordinator).listing == three[1]


@pytest.mark.parametrize("role", Role)
def test_only_who_runs_meetings_moves_or_takes_over(role, team, three, open_meeting, meeting):
    open_meeting()
    Screen.objects.filter(meeting=meeting).update(presenter=None)
    person = factories.member(role, team)
    acts = (
        lambda: services.take_presenting(meeting=meeting, by=person),
        lambda: services.show_case(listing=three[1], by=person),
    )
    for act in acts:
        if role in roles_with(Permission.RUN_MEETING):
            assert act().presenter == person
        else:
            with pytest.raises(PermissionDenied):
                act()


def test_not_before_the_meeting_is_in_session(three, coordinator, meeting):
    with pytest.raises(NotNow, match="planned"):
        services.show_case(listing=three[0], by=coordinator)
    with pytest.raises(NotNow, match="planned"):
        services.take_presenting(meeting=meeting, by=coordinator)


def test_nothing_moves_that_cannot_be_recorded(
    three, open_meeting, coordinator, surgeon, meeting, monkeypatch
):
    open_meeting()

    def refuse(*args, **kwargs):
        raise OSError("no audit")

    monkeypatch.setattr("mdt.services.screens.audit.record", refuse)
    with pytest.raises(OSError, match="no audit"):
        services.show_case(listing=three[1], by=coordinator)
    with pytest.raises(OSError, match="no audit"):
        services.take_presenting(meeting=meeting, by=surgeon)
    screen = Screen.objects.get(meeting=meeting)
    assert (screen.listing, screen.presenter) == (three[0], coordinator)
