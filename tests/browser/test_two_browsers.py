"""A meeting in two browsers: one presents, the other follows, looks around, loses the connection and comes back."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.permissions import SIX_ROLES, Role
from desk.demo import loading
from mdt import services
from mdt.models import Listing, Meeting
from mdt.workflow import NOT_OPENED, MeetingStatus, Outcome

SOON = 15_000
"""Milliseconds that a busy machine may take; how soon it is in fact is measured in bench/."""

PHONE = {"viewport": {"width": 390, "height": 844}}


def member(role, team):
    row = team.memberships.filter(role=role, is_active=True).select_related("user").order_by("pk").first()
    return row.user


@pytest.fixture
def meeting(centre):
    """The demonstration centre's next meeting, opened by its coordinator, with its six roles in the room."""
    waiting = Meeting.objects.filter(status__in=NOT_OPENED).with_counts().filter(cases__gte=3)
    meeting = waiting.order_by("starts_at").select_related("team").first()
    by = User.objects.get(email=f"coordinator@{loading.DOMAIN}")
    meeting = services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.IN_SESSION, by=by)
    for role in SIX_ROLES:
        services.record_attendance(meeting=meeting, person=member(role, meeting.team), by=by)
    return meeting


@pytest.fixture
def references(meeting):
    rows = Listing.objects.filter(meeting=meeting).on_the_list().select_related("episode__case")
    return [row.episode.case.reference for row in rows.order_by("position", "pk")]


def shows(person, words):
    expect(person.page.locator("body")).to_contain_text(words, timeout=SOON)


def shown_case(person, reference):
    expect(person.page.locator("#room-who")).to_contain_text(reference, timeout=SOON)


def test_the_follower_goes_where_the_presenter_goes(signed_in, meeting, references):
    presenter, follower = signed_in("coordinator"), signed_in("nurse", **PHONE)
    for person in (presenter, follower):
        person.opens(f"/meetings/{meeting.pk}/screen/")
    presenter.sees("Live: you are presenting")
    presenter_name = User.objects.get(email=f"coordinator@{loading.DOMAIN}").full_name
    follower.sees(f"Following {presenter_name}")
    here = presenter.page.locator("#room").get_attribute("data-listing")
    start = [str(pk) for pk in Listing.objects.filter(meeting=meeting).values_list("pk", flat=True)].index(
        here
    )

    with presenter.page.expect_navigation():
        presenter.page.locator("#bar-next").click()
    shown_case(follower, references[start + 1])
    shown_case(presenter, references[start + 1])
    assert references[start + 1] in follower.page.title()

    with presenter.page.expect_navigation():
        presenter.page.locator("#bar-discuss").click()
    expect(follower.page.locator("[data-timer]")).to_be_visible(timeout=SOON)
    expect(follower.page.locator("[data-timer] b")).to_contain_text(":", timeout=SOON)
    expect(follower.page.locator("#room-news")).to_contain_text("being discussed", timeout=SOON)

    row = Listing.objects.get(pk=presenter.page.locator("#room").get_attribute("data-listing"))
    decide(row, meeting.team)
    shows(follower, "Decided")
    shows(presenter, "Decided")
    assert follower.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    follower.has_no_axe_violations()
    presenter.has_no_axe_violations()


def decide(listing, team):
    details = services.DecisionDetails(
        outcome=Outcome.NO_DECISION, rationale="The biopsy is not back.", no_decision_reason="histology"
    )
    services.record_decision(listing=listing, details=details, by=member(Role.SURGEON, team))


def test_looking_around_and_back(signed_in, meeting, references):
    follower = signed_in("nurse")
    follower.opens(f"/meetings/{meeting.pk}/screen/")
    reference = follower.page.locator("#room-who").inner_text()
    with follower.page.expect_navigation():
        follower.page.keyboard.press("ArrowRight")
    follower.sees("Looking around; the meeting is on case")
    assert follower.page.locator("#room-who").inner_text() != reference
    with follower.page.expect_navigation():
        follower.page.keyboard.press("f")
    follower.sees("Following")
    follower.page.keyboard.press("g")
    expect(follower.page.locator("#goto-find")).to_be_focused()
    follower.page.keyboard.type("2")
    expect(follower.page.locator("#goto-list li:visible")).to_have_count(1)
    with follower.page.expect_navigation():
        follower.page.keyboard.press("Enter")
    shown_case(follower, references[1])


def test_a_lost_connection_is_said_and_comes_back_by_itself(signed_in, meeting):
    follower = signed_in("nurse")
    follower.opens(f"/meetings/{meeting.pk}/screen/")
    follower.page.route("**/live/**", lambda route: route.abort())
    note = follower.page.locator("#room-note")
    expect(note).to_contain_text("Not connected since", timeout=SOON)
    expect(note).to_contain_text("what you type is kept here")
    follower.page.unroute("**/live/**")
    expect(note).to_be_hidden(timeout=SOON)
    follower.complaints.clear()


def test_signed_out_in_another_tab(signed_in, meeting, references):
    follower = signed_in("nurse")
    follower.opens(f"/meetings/{meeting.pk}/screen/")
    cookies = follower.page.context.cookies()
    follower.page.context.clear_cookies()
    shows(follower, "You are signed out. Sign in again in another tab")
    expect(follower.page.locator("#room-who")).to_be_hidden(timeout=SOON)
    assert references[0] not in follower.page.locator("body").inner_text()
    follower.page.context.add_cookies(cookies)
    follower.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(follower.page.locator("#room-who")).to_be_visible(timeout=SOON)
    follower.complaints.clear()


def test_whoever_belongs_to_the_meeting_no_longer_sees_no_case(signed_in, meeting, references):
    follower = signed_in("nurse")
    follower.opens(f"/meetings/{meeting.pk}/screen/")
    User.objects.get(email=f"nurse@{loading.DOMAIN}").memberships.all().delete()
    follower.page.route("**/live/**", lambda route: route.fulfill(status=404, body=""))
    shows(follower, "This meeting is no longer yours to see")
    assert references[0] not in follower.page.content()
    follower.complaints.clear()


def test_a_screen_that_waits_comes_alive_and_ends(signed_in, meeting):
    by = User.objects.get(email=f"coordinator@{loading.DOMAIN}")
    ended = services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=by)
    follower = signed_in("nurse")
    follower.opens(f"/meetings/{meeting.pk}/screen/")
    follower.sees("The session has ended")
    follower.has_no_axe_violations()
    services.move_meeting(meeting=ended, version=None, to=MeetingStatus.IN_SESSION, by=by)
    shows(follower, "Following")
    ended.refresh_from_db()
    services.move_meeting(meeting=ended, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=by)
    shows(follower, "The session has ended")
