"""A whole meeting of twenty cases, run by five people at their own browsers, one of them on a telephone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from cases.workflow import CaseStatus
from mdt.models import Attendance, Decision, Listing, RatificationRefusal
from mdt.workflow import DecisionKind, ListingStatus
from tests.browser import month, twenty
from tests.browser.test_month import at_work

__all__ = ["at_work"]

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

PATIENCE = 20_000
"""Milliseconds in which a follower's screen must show what somebody saved; it takes two or three seconds."""
MOST = 10
"""Interactions that a standard decision may take."""
ROOM = {"viewport": {"width": 1920, "height": 1080}}
TELEPHONE = {"viewport": {"width": 375, "height": 812}}


class Seat:
    """Somebody in the room, who counts the keys and fields that they touch."""

    def __init__(self, person, meeting):
        self.person, self.page, self.meeting = person, person.page, meeting
        self.interactions = 0

    def follows_the_presenter(self):
        self.person.opens(f"/meetings/{self.meeting.pk}/screen/")

    def presses(self, key):
        """A key that leads to another page."""
        self.interactions += 1
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def strikes(self, key):
        """A key that stays on the page."""
        self.interactions += 1
        self.page.keyboard.press(key)

    def chooses(self, **fields):
        self.interactions += len(fields)
        self.person.types(**fields)

    def waits_for(self, words):
        self.page.get_by_text(words).locator("visible=true").first.wait_for(timeout=PATIENCE)

    def waits_for_case(self, listing):
        who = self.page.locator("#room-who").get_by_text(listing.episode.case.reference)
        who.wait_for(timeout=PATIENCE)

    def keeps_a_picture(self, name):
        folder = os.environ.get("PICTURES")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png")


def test_twenty_cases(at_work):
    given = twenty.prepare()
    people = given.centre.people
    presenter = Seat(at_work(people[Role.COORDINATOR], **ROOM), given.meeting)
    chair = Seat(at_work(people[Role.SURGEON], **ROOM), given.meeting)
    oncologist = Seat(at_work(people[Role.ONCOLOGIST], **ROOM), given.meeting)
    nurse = Seat(at_work(people[Role.NURSE_SPECIALIST], **TELEPHONE), given.meeting)
    pathologist = Seat(at_work(people[Role.PATHOLOGIST]), given.meeting)
    oncologist.follows_the_presenter()
    oncologist.waits_for("The meeting has not begun")
    when_the_session_opens(presenter)
    oncologist.waits_for("Following Toby Wren")
    when_everybody_is_there(presenter, nurse)
    when_the_standard_cases_are_recorded(oncologist, chair, given)
    for listing in given.listings["agreed"]:
        when_a_standard_case_is_decided(presenter, chair, nurse, listing)
    when_two_are_decided_without_the_pathologist(presenter, chair, given)
    when_the_oncologist_steps_aside(presenter, chair, oncologist, given.listings["recusal"][0])
    when_somebody_disagrees(presenter, chair, given.listings["dissent"][0])
    when_a_decision_is_corrected(presenter, chair, given.listings["correction"][0])
    when_three_are_put_off(presenter, given)
    when_two_are_benign(presenter, chair, given)
    when_the_urgent_one_is_ratified(presenter, chair, given)
    when_the_session_ends(presenter, oncologist, given)
    when_one_is_ratified_and_one_refused(pathologist, given)
    then_everything_is_as_it_was_said(given)


def when_the_session_opens(presenter):
    presenter.person.opens(f"/meetings/{presenter.meeting.pk}/move/?to=in_session")
    presenter.person.presses("Open the meeting")
    presenter.waits_for("Live: you are presenting")


def when_everybody_is_there(presenter, nurse):
    """The nurse says so herself, from her telephone; the rest are ticked at once."""
    nurse.person.opens(f"/meetings/{nurse.meeting.pk}/present/")
    nurse.person.presses("I am here remotely")
    presenter.person.opens(f"/meetings/{presenter.meeting.pk}/present/")
    for box in presenter.page.locator("[name=ticked]").all():
        box.check()
    presenter.person.presses("Everybody ticked has arrived")
    presenter.person.sees("Meeting quorate: 6 of 6 roles")
    presenter.person.has_no_axe_violations()
    nurse.follows_the_presenter()
    nurse.person.has_no_axe_violations()


def when_the_standard_cases_are_recorded(oncologist, chair, given):
    """One is pulled out by a key and put back; then the chair records them as a block."""
    block = f"/meetings/{given.meeting.pk}/standard-cases/"
    oncologist.person.opens(block)
    oncologist.person.has_no_axe_violations()
    oncologist.strikes("ArrowDown")
    oncologist.presses("o")
    chair.person.opens(block)
    chair.person.sees("Pulled out by Dr Piers Aldous", "4 cases")
    oncologist.person.presses("Undo")
    chair.waits_for("5 cases")
    chair.keeps_a_picture("block")
    chair.page.locator("#block-record").click()
    chair.waits_for("5 decisions recorded")
    chair.follows_the_presenter()


def moves_to(presenter, listing):
    presenter.follows_the_presenter()
    presenter.page.keyboard.press("g")
    presenter.page.locator("#goto-find").fill(listing.episode.case.reference)
    with presenter.page.expect_navigation():
        presenter.page.keyboard.press("Enter")
    presenter.waits_for_case(listing)


def is_discussed(presenter, chair, listing):
    """The presenter shows the case and starts its discussion; the chair, who follows still, sees it."""
    listing.refresh_from_db()
    moves_to(presenter, listing)
    presenter.presses("s")
    chair.waits_for_case(listing)
    chair.page.locator("#room-who [data-key=d]").wait_for(timeout=PATIENCE)


def decides(chair, listing, key, save="Control+Enter", **fields):
    """From the keyboard; who tells the patient is chosen, the rest of a standard case comes filled in."""
    chair.interactions = 0
    chair.presses("d")
    chair.strikes(key)
    chair.chooses(tells_patient=month.NAMES[Role.NURSE_SPECIALIST], trial_considered="Yes", **fields)
    if save:
        chair.presses(save)
        chair.waits_for("Recorded:")
        chair.waits_for("Following Toby Wren")
    return Decision.objects.filter(listing=listing).first()


def when_a_standard_case_is_decided(presenter, chair, nurse, listing):
    is_discussed(presenter, chair, listing)
    nurse.waits_for_case(listing)
    decision = decides(chair, listing, "1")
    assert chair.interactions <= MOST
    assert (decision.kind, decision.outcome) == (DecisionKind.DISCUSSED, "agree_plan")
    assert decision.plan.status == "agreed"
    nurse.waits_for("Agree the plan")
    nurse.keeps_a_picture("telephone")
    assert nurse.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def when_two_are_decided_without_the_pathologist(presenter, chair, given):
    there = f"/meetings/{presenter.meeting.pk}/present/"
    presenter.person.opens(there)
    presenter.person.presses(f"Leaves {month.NAMES[Role.PATHOLOGIST]}")
    for listing in given.listings["not quorate"]:
        is_discussed(presenter, chair, listing)
        chair.waits_for("This plan: not quorate")
        name = month.NAMES[Role.PATHOLOGIST]
        decision = decides(chair, listing, "1", to_ratify_by=name)
        assert decision.kind == DecisionKind.PROVISIONAL
        assert decision.plan.status == "proposed"
        assert decision.to_ratify_by == given.centre.people[Role.PATHOLOGIST]
    chair.keeps_a_picture("provisional")
    presenter.person.opens(there)
    presenter.person.presses(f"Here in person {month.NAMES[Role.PATHOLOGIST]}")


def when_the_oncologist_steps_aside(presenter, chair, oncologist, listing):
    """A colleague of the same role is there, so that the case stays quorate."""
    is_discussed(presenter, chair, listing)
    oncologist.person.opens(f"/meetings/listing/{listing.pk}/recuse/")
    oncologist.chooses(person=month.NAMES[Role.ONCOLOGIST], interest="The patient is a cousin.")
    oncologist.person.page.locator("main form button[type=submit]").first.click()
    oncologist.waits_for("The patient is a cousin.")
    chair.waits_for("The patient is a cousin.")
    decision = decides(chair, listing, "1")
    assert [each["name"] for each in decision.recused] == [month.NAMES[Role.ONCOLOGIST]]
    assert decision.kind == DecisionKind.DISCUSSED
    oncologist.follows_the_presenter()


def when_somebody_disagrees(presenter, chair, listing):
    is_discussed(presenter, chair, listing)
    decides(chair, listing, "1", save="")
    chair.strikes("x")
    chair.page.locator("#decide-dissent select").first.select_option(label=_option(chair, Role.ONCOLOGIST))
    chair.page.locator("#decide-dissent textarea").first.fill("Chemotherapy before the operation.")
    chair.keeps_a_picture("deciding")
    chair.person.has_no_axe_violations()
    chair.presses("Control+Enter")
    chair.waits_for("Recorded:")
    dissent = Decision.objects.get(listing=listing).dissents.get()
    assert (dissent.person.full_name, dissent.reason) == (
        month.NAMES[Role.ONCOLOGIST],
        "Chemotherapy before the operation.",
    )


def _option(chair, role):
    options = chair.page.locator("#decide-dissent select").first.locator("option")
    return options.filter(has_text=month.NAMES[role]).first.inner_text()


def when_a_decision_is_corrected(presenter, chair, listing):
    is_discussed(presenter, chair, listing)
    first = decides(chair, listing, "2", rationale="An MRI of the whole thigh first.")
    chair.presses("d")
    chair.page.keyboard.press("8")
    chair.chooses(rationale="It is to be watched, not imaged again.")
    chair.presses("Control+Enter")
    chair.waits_for("Recorded:")
    second = Decision.objects.standing().get(listing=listing)
    assert (first.outcome, second.outcome) == ("more_imaging", "surveillance")
    assert second.replaces == first


def when_three_are_put_off(presenter, given):
    for listing in given.listings["postponed"]:
        presenter.person.opens(f"/meetings/listing/{listing.pk}/off/")
        presenter.person.ticks("Put off; it is proposed again")
        presenter.person.types(reason="Radiology")
        presenter.person.presses("Save")


def when_two_are_benign(presenter, chair, given):
    for listing in given.listings["benign"]:
        is_discussed(presenter, chair, listing)
        decides(chair, listing, "b", rationale="A lipoma.")


def when_the_urgent_one_is_ratified(presenter, chair, given):
    listing = given.listings["urgent"][0]
    is_discussed(presenter, chair, listing)
    chair.person.sees("To ratify")
    decision = decides(chair, listing, "1", rationale="Ratified.")
    assert decision.ratifies == given.urgent


def when_the_session_ends(presenter, oncologist, given):
    presenter.person.opens(f"/meetings/{given.meeting.pk}/move/?to=outcomes_to_finish")
    presenter.person.presses("End the session")
    oncologist.waits_for("The session has ended")
    presenter.person.opens(f"/meetings/{given.meeting.pk}/minutes/")
    presenter.person.sees(
        "Chemotherapy before the operation.", "The patient is a cousin.", "Radiology", "A lipoma."
    )
    presenter.person.has_no_axe_violations()
    presenter.person.opens(f"/meetings/{given.meeting.pk}/outcomes/")
    presenter.person.sees("Every case has its outcome")


def when_one_is_ratified_and_one_refused(pathologist, given):
    ratified, refused = [
        Decision.objects.get(listing=listing, kind=DecisionKind.PROVISIONAL)
        for listing in given.listings["not quorate"]
    ]
    pathologist.person.opens(f"/meetings/decision/{ratified.pk}/")
    pathologist.person.presses("Ratify")
    pathologist.person.opens(f"/meetings/decision/{refused.pk}/")
    pathologist.page.get_by_text("I do not ratify it").first.click()
    pathologist.chooses(reason="The biopsy is not representative.")
    pathologist.person.presses("Refuse to ratify it")
    pathologist.person.sees("The biopsy is not representative.")


def then_everything_is_as_it_was_said(given):
    def count(**of):
        return Decision.objects.standing().filter(listing__meeting=given.meeting, **of).count()

    listings = Listing.objects.filter(meeting=given.meeting)
    assert listings.count() == sum(twenty.KINDS.values()) == 20
    assert listings.filter(status=ListingStatus.DECIDED).count() == 17
    assert listings.filter(status=ListingStatus.POSTPONED).count() == 3
    assert count(kind=DecisionKind.STANDARD_OF_CARE) == 5
    assert count(kind=DecisionKind.PROVISIONAL) == RatificationRefusal.objects.count() == 1
    assert count(outcome="benign") == 2
    assert count(ratifies__kind=DecisionKind.URGENT) == 1
    assert count(ratifies__kind=DecisionKind.PROVISIONAL) == 1
    cases = [listing.episode.case for listing in given.listings["benign"]]
    for case in cases:
        case.refresh_from_db()
    assert {case.status for case in cases} == {CaseStatus.CLOSED}
    here = Attendance.objects.filter(meeting=given.meeting, left_at__isnull=True)
    assert not here.exists()
    told = Decision.objects.filter(listing__meeting=given.meeting, tells_patient__isnull=False)
    assert told.filter(tell_by_on__lte=timezone.localdate() + timedelta(days=5)).count() == told.count()
    assert {each["role"] for each in told.filter(kind=DecisionKind.DISCUSSED).first().present} >= set(
        SIX_ROLES
    )
