"""Who is present, at a real browser: over the case by one key, and a page of its own."""

import os

import pytest
from django.conf import settings

from accounts.permissions import SIX_ROLES, Competence, Role
from mdt import services
from mdt.models import Attendance
from tests import factories
from tests.browser.conftest import Person
from tests.mdt.conftest import (
    coordinator,
    episode,
    listing,
    meeting,
    open_meeting,
    people,
    plan,
    put_on_list,
    surgeon,
    team,
)

__all__ = [
    "coordinator",
    "episode",
    "listing",
    "meeting",
    "open_meeting",
    "people",
    "plan",
    "put_on_list",
    "surgeon",
    "team",
]

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"room": (1920, 1080), "phone": (375, 812)}


@pytest.fixture
def at_screen(chromium, live_server, client):
    """Signs a member in at a browser window of their own."""
    contexts = []

    def at_screen(user, **window):
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        context = chromium.new_context(**window)
        contexts.append(context)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return Person(context.new_page(), live_server.url)

    yield at_screen
    for context in contexts:
        context.close()


NAMES = [
    (Role.SURGEON, "Miss Ana Duarte", "in_person"),
    (Role.SURGEON, "Mr Tom Whitlock", "in_person"),
    (Role.SURGEON, "Mr Ravi Menon", "in_person"),
    (Role.SURGEON, "Miss Eve Colley", "remote"),
    (Role.ONCOLOGIST, "Dr Jan Lewandowski", "in_person"),
    (Role.ONCOLOGIST, "Dr Ife Adeyemi", "remote"),
    (Role.NURSE_SPECIALIST, "Bridget Doyle", "in_person"),
    (Role.NURSE_SPECIALIST, "Sam Porter", "in_person"),
    (Role.PATHOLOGIST, "Dr Nadia Hussain", "in_person"),
    (Role.PATHOLOGIST, "Dr Leo Brandt", "remote"),
    (Role.RADIOLOGIST, "Dr Owen Pritchard", "remote"),
    (Role.RADIOLOGIST, "Dr Mia Fenwick", "remote"),
    (Role.PALLIATIVE_CARE, "Dr Kofi Amoah", "in_person"),
    (Role.OBSERVER, "Dr Finn Okello", "in_person"),
    (Role.OBSERVER, "Dr Una Price", "remote"),
    (Role.TRIAL_COORDINATOR, "Joan Bell", "remote"),
]


@pytest.fixture
def crowded(meeting, team, people, coordinator, listing, open_meeting):
    """Twenty people are there; nobody gives radiotherapy, and one has stepped aside."""
    open_meeting()
    for role, name, mode in NAMES:
        gives = [Competence.SYSTEMIC_TREATMENT] if role == Role.ONCOLOGIST else []
        person = factories.member(role, team, user=factories.user(full_name=name), competences=gives)
        services.record_attendance(meeting=meeting, person=person, mode=mode, by=coordinator)
    deputy = factories.member(
        Role.PATHOLOGIST, team, user=factories.user(full_name="Dr Ivy Stone"), is_core=False
    )
    services.record_attendance(
        meeting=meeting, person=deputy, deputises_for=people[Role.PATHOLOGIST], by=coordinator
    )
    aside = Attendance.objects.get(person__full_name="Dr Owen Pritchard").person
    services.recuse(listing=listing, person=aside, interest="The patient is a neighbour.", by=coordinator)
    services.start_discussion(listing=listing, by=coordinator)
    return listing


def keeps(person, name, whole=False):
    """A picture, where PICTURES names a folder for them."""
    if folder := os.environ.get("PICTURES"):
        person.page.screenshot(path=f"{folder}/{name}.png", full_page=whole)


@pytest.mark.parametrize("size", SIZES)
def test_twenty_people_on_the_strip_and_on_the_page(at_screen, crowded, coordinator, size):
    width, height = SIZES[size]
    person = at_screen(coordinator, viewport={"width": width, "height": height})
    person.opens(f"/meetings/listing/{crowded.pk}/")
    person.sees(
        "Meeting quorate: 6 of 6 roles", "This plan: nobody for radiotherapy", "Duarte, Whitlock, Menon"
    )
    keeps(person, f"strip-crowded-{size}", whole=size == "phone")
    person.has_no_axe_violations()
    person.opens(f"/meetings/{crowded.meeting_id}/present/?listing={crowded.pk}")
    person.sees("Dr Ivy Stone", "The patient is a neighbour.")
    keeps(person, f"page-crowded-{size}", whole=True)
    person.has_no_axe_violations()
    assert person.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("size", SIZES)
def test_nobody_there_yet(at_screen, listing, open_meeting, coordinator, size):
    open_meeting()
    width, height = SIZES[size]
    person = at_screen(coordinator, viewport={"width": width, "height": height})
    person.opens(f"/meetings/listing/{listing.pk}/")
    person.sees("Meeting not quorate: 0 of 6 roles", "This plan: not quorate")
    keeps(person, f"strip-empty-{size}", whole=size == "phone")
    person.opens(f"/meetings/{listing.meeting_id}/present/?listing={listing.pk}")
    person.sees("You are not recorded as present")
    keeps(person, f"page-empty-{size}", whole=True)
    person.has_no_axe_violations()


def test_the_key_p_opens_it_over_the_case_and_what_is_pressed_stays_there(
    at_screen, listing, open_meeting, coordinator, people
):
    open_meeting()
    person = at_screen(coordinator, viewport={"width": 1920, "height": 1080})
    person.opens(f"/meetings/listing/{listing.pk}/")
    person.page.keyboard.press("p")
    panel = person.page.locator("dialog[open]")
    panel.get_by_role("button", name=f"Here in person {people[Role.SURGEON]}").click()
    panel.get_by_text(f"{people[Role.SURGEON]} is here in person.").wait_for()
    keeps(person, "panel")
    for role in SIX_ROLES[1:]:
        panel.get_by_label(people[role].full_name, exact=True).check()
    panel.get_by_role("button", name="Everybody ticked has arrived").click()
    panel.get_by_text("Meeting quorate: 6 of 6 roles").wait_for()
    panel.get_by_role("link", name="Correct the time of", exact=False).first.click()
    panel.get_by_text("It was recorded by mistake, remove it").click()
    panel.get_by_text("Meeting not quorate: 5 of 6 roles").wait_for()
    assert Attendance.objects.count() == 5
    person.page.keyboard.press("Escape")
    person.page.locator("#there-answers").get_by_text("Meeting not quorate: 5 of 6 roles").wait_for(
        timeout=20_000
    )
