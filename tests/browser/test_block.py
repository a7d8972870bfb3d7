"""The block of standard of care cases and the minutes, by keys and on two people's screens at once."""

import pytest
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from mdt import services
from mdt.models import Decision, Listing
from mdt.workflow import MeetingStatus, Track
from tests.browser import twenty
from tests.browser.test_month import at_work

__all__ = ["at_work"]

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20_000
"""Milliseconds in which a screen must show what somebody else did; it takes two or three seconds."""


@pytest.fixture
def morning(monkeypatch):
    """Four standard of care cases that a surgeon confirmed, and one that is to be discussed; the session is open."""
    monkeypatch.setattr(twenty, "KINDS", {"standard of care": 4, "not quorate": 1, "urgent": 1})
    prepared = twenty.prepare()
    meeting, by = prepared.meeting, prepared.centre.people[Role.COORDINATOR]
    meeting.refresh_from_db()
    type(meeting).objects.filter(pk=meeting.pk).update(starts_at=timezone.now())
    meeting.refresh_from_db()
    services.move_meeting(meeting=meeting, version=meeting.version, to=MeetingStatus.IN_SESSION, by=by)
    for role in SIX_ROLES:
        services.record_attendance(meeting=meeting, person=prepared.centre.people[role], by=by)
    return prepared


def focused(page):
    return page.evaluate("document.activeElement.id")


def test_one_is_pulled_out_by_its_key_and_the_rest_is_recorded_as_one_block(morning, at_work):
    surgeon, nurse = (at_work(morning.centre.people[role]) for role in (Role.SURGEON, Role.NURSE_SPECIALIST))
    first, second, third, fourth = morning.listings["standard of care"]
    block = f"/meetings/{morning.meeting.pk}/standard-cases/"
    for person in (surgeon, nurse):
        person.opens(block)
        person.sees("4 cases confirmed")
    nurse.has_no_axe_violations()

    nurse.page.keyboard.press("o")
    nurse.sees("No case is chosen: ↑ and ↓ choose one, then O pulls it out.", "4 cases confirmed")
    assert not focused(nurse.page)
    nurse.page.keyboard.press("ArrowDown")
    assert focused(nurse.page) == f"case-{first.pk}"
    nurse.does_not_see("No case is chosen")
    nurse.page.keyboard.press("ArrowDown")
    assert focused(nurse.page) == f"case-{second.pk}"
    with nurse.page.expect_navigation():
        nurse.page.keyboard.press("o")
    nurse.sees("Pulled out, to be discussed", "Pulled out in the meeting", "3 cases confirmed")
    assert Listing.objects.get(pk=second.pk).track == Track.DISCUSS
    surgeon.page.get_by_text("3 cases confirmed").wait_for(timeout=PATIENCE)

    nurse.presses("Undo")
    nurse.sees("4 cases confirmed")
    surgeon.page.get_by_text("4 cases confirmed").wait_for(timeout=PATIENCE)

    nurse.page.locator(f"#case-{third.pk}").focus()
    with nurse.page.expect_navigation():
        nurse.page.keyboard.press("o")
    surgeon.page.get_by_text("3 cases confirmed").wait_for(timeout=PATIENCE)
    surgeon.presses("Record 3 cases as one block")
    surgeon.sees("3 standard-of-care decisions recorded")
    nurse.page.get_by_text("3 decisions recorded").wait_for(timeout=PATIENCE)
    assert {each.listing_id for each in Decision.objects.filter(kind="standard_of_care")} == {
        each.pk for each in (first, second, fourth)
    }


def test_with_single_keys_off_the_letter_does_nothing(morning, at_work):
    nurse = morning.centre.people[Role.NURSE_SPECIALIST]
    type(nurse).objects.filter(pk=nurse.pk).update(single_keys=False)
    person = at_work(nurse)
    person.opens(f"/meetings/{morning.meeting.pk}/standard-cases/")
    first = morning.listings["standard of care"][0]
    person.page.locator(f"#case-{first.pk}").focus()
    person.page.keyboard.press("o")
    person.page.reload()
    person.sees("4 cases confirmed")
    first.refresh_from_db()
    assert first.track == Track.STANDARD_OF_CARE


def test_the_minutes_follow_the_meeting(morning, at_work):
    coordinator = at_work(morning.centre.people[Role.COORDINATOR])
    coordinator.opens(f"/meetings/{morning.meeting.pk}/minutes/")
    coordinator.sees("Who was there", "to be recorded")
    coordinator.has_no_axe_violations()
    services.record_standards(meeting=morning.meeting, by=morning.centre.people[Role.SURGEON])
    decided = coordinator.page.get_by_text("Agree the plan (standard of care)")
    decided.first.wait_for(timeout=PATIENCE)
    assert decided.count() == 4
    assert not coordinator.complaints


def test_without_javascript_each_case_has_its_buttons(morning, at_work):
    nurse = at_work(morning.centre.people[Role.NURSE_SPECIALIST], java_script_enabled=False)
    nurse.opens(f"/meetings/{morning.meeting.pk}/standard-cases/")
    nurse.presses("Pull out")
    nurse.sees("Pulled out in the meeting", "3 cases confirmed")
    nurse.presses("Undo")
    nurse.sees("4 cases confirmed")
